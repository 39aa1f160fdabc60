import type { LanguageModelV4CallOptions } from "@ai-sdk/provider";
import { expect, test } from "vitest";
import { withThinkingTurns } from "./thinking-turns";

const user = (text: string) => ({ role: "user" as const, content: [{ type: "text" as const, text }] });
const call = (...before: object[]) => ({
  role: "assistant" as const,
  content: [...before, { type: "tool-call" as const, toolCallId: "c", toolName: "f", input: {} }] as never,
});
const back = {
  role: "tool" as const,
  content: [
    { type: "tool-result" as const, toolCallId: "c", toolName: "f", output: { type: "text" as const, value: "ok" } },
  ],
};
const thought = { type: "reasoning", text: "hm" };
const tools = ["f", "g"].map((name) => ({ type: "function" as const, name, inputSchema: { type: "object" as const } }));

function taken(prompt: LanguageModelV4CallOptions["prompt"], changes: Partial<LanguageModelV4CallOptions> = {}) {
  const made = withThinkingTurns({
    prompt,
    tools,
    providerOptions: { anthropic: { thinking: { type: "enabled", budgetTokens: 1024 } } },
    ...changes,
  });
  return {
    ...made,
    thinks: made.providerOptions?.anthropic?.thinking !== undefined,
    roles: made.prompt.map(({ role }) => role),
  };
}

test("a turn that goes on from a call without a thought goes on without thinking; from one with a thought it thinks", () => {
  expect(taken([user("a"), call(), back])).toMatchObject({ thinks: false });
  expect(taken([user("a"), call(thought), back])).toMatchObject({ thinks: true, roles: ["user", "assistant", "tool"] });
});

test("behind a turn that is over stands a word, so that the next one thinks", () => {
  expect(taken([user("a"), call(), back, user("b")])).toMatchObject({
    thinks: true,
    roles: ["user", "assistant", "tool", "assistant", "user"],
  });
  expect(taken([user("a"), call(thought), back, user("b")]).roles).toEqual(["user", "assistant", "tool", "user"]);
});

test("nothing is forced of a model that thinks: the one tool that must be called is the only one shown", () => {
  expect(taken([user("a")], { toolChoice: { type: "required" } }).toolChoice).toEqual({ type: "auto" });
  const one = taken([user("a")], { toolChoice: { type: "tool", toolName: "g" } });
  expect([one.toolChoice, one.tools?.map((tool) => tool.name)]).toEqual([{ type: "auto" }, ["g"]]);
  const off = taken([user("a")], { toolChoice: { type: "required" }, providerOptions: {} });
  expect(off.toolChoice).toEqual({ type: "required" });
});
