import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { says } from "@/lib/engine/testing/scripted-model";
import { createApp } from "../http/app";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import type { StepContext } from "./context";
import type { ContextDiff } from "./diff";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
});
afterAll(() => t?.close());

async function ok<Body>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  expect([answer.status < 300, answer.body]).toEqual([true, answer.body]);
  return answer.body;
}

/** A step of the agent, made now. */
async function step(agentId: string, more: object = {}): Promise<string> {
  t.push(says("Yes."));
  await ok("POST", `/v1/agents/${agentId}/messages`, { input: "Hi", ...more });
  return (await ok<{ id: string }[]>("GET", `/v1/steps?agent_id=${agentId}&order=desc&limit=1`))[0]!.id;
}

type Versions = { id: string; number: number; operation: string; cause: object }[];

test("a difference names what touched each part of the context, and nothing that did not", async () => {
  const agent = await ok<WireAgent>("POST", "/v1/agents", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    system: "You are Sam.",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["archival_memory_search"],
  });
  const first = await step(agent.id);
  const block = agent.blocks[0]!.id;
  const patch = (body: object) => ok("PATCH", `/v1/agents/${agent.id}`, body);
  // Each change is a version of its own, made by a key of its own name, so that it is known again.
  const keyed = async (name: string, method: string, path: string, body?: object) => {
    const { key } = await ok<{ key: string }>("POST", "/v1/keys", { name, role: "editor" });
    const response = await createApp(t.core).request(path, {
      method,
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    expect([response.status, name]).toEqual([200, name]);
  };
  await patch({ timezone: "Europe/Oslo" });
  await keyed("prompt", "PATCH", `/v1/agents/${agent.id}`, { system: "You are Max." });
  await patch({ message_buffer_autoclear: false });
  await keyed("window", "PATCH", `/v1/agents/${agent.id}`, { context_window_limit: 20_000 });
  const tool = (await ok<{ id: string }[]>("GET", "/v1/tools?name=archival_memory_insert"))[0]!.id;
  await keyed("tool", "PATCH", `/v1/agents/${agent.id}/tools/attach/${tool}`);
  await ok("PATCH", `/v1/blocks/${block}`, { metadata: { seen: true } });
  await keyed("value", "PATCH", `/v1/blocks/${block}`, { value: "Bob, from Oslo" });
  const second = await step(agent.id);
  const third = await step(agent.id, { override_model: "openai/gpt-5-mini" });

  const names = (causes: readonly { name?: string }[]) => causes.map(({ name }) => name);
  const diff = await ok<ContextDiff>("GET", `/v1/steps/${second}/context/diff?with=${first}`);
  const of = (label: string) => names(diff.sections.find((section) => section.label === label)!.causes);
  expect(of("instructions")).toEqual(["prompt"]);
  expect(of("human")).toEqual(["value"]);
  expect(of("archival_memory_insert")).toEqual(["tool"]);
  const settings = Object.fromEntries(diff.settings.map(({ name, causes }) => [name, names(causes)]));
  expect(settings).toMatchObject({
    context_window: ["window"],
    context_window_limit: ["window"],
    timezone: [undefined],
  });
  expect(Object.keys(settings)).not.toContain("message_buffer_autoclear");

  const override = await ok<ContextDiff>("GET", `/v1/steps/${third}/context/diff?with=${second}`);
  expect(override.settings.filter(({ name }) => name === "model")).toEqual([
    { name: "model", before: "openai/gpt-4o-mini", after: "openai/gpt-5-mini", causes: [] },
  ]);

  const context = await ok<StepContext>("GET", `/v1/steps/${second}/context`);
  const cause = (label: string) => context.sections.find((section) => section.label === label)!.cause?.name;
  expect([cause("instructions"), cause("archival_memory_insert"), cause("human")]).toEqual(["prompt", "tool", "value"]);
  const [created] = await ok<Versions>("GET", `/v1/agents/${agent.id}/versions?order=asc&limit=1`);
  const search = context.sections.find((section) => section.label === "archival_memory_search")!;
  expect(search.cause).toEqual(created!.cause);
});
