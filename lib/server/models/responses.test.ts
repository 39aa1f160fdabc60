import { expect, test } from "vitest";
import type { Message } from "@/lib/stream/message";
import { chunk, network, requestOf, returned, type Speaker, turn, user } from "./testing/peculiar";

type Json = Record<string, unknown>;

function frames(items: Json[]) {
  const made: Json[] = [
    { type: "response.created", response: { id: "resp_1", created_at: 1, model: "gpt-5", service_tier: null } },
  ];
  for (const [output_index, item] of items.entries()) {
    const begun =
      item.type === "reasoning"
        ? { ...item, encrypted_content: null }
        : item.type === "function_call"
          ? { ...item, arguments: "" }
          : item;
    made.push({ type: "response.output_item.added", output_index, item: begun });
    if (item.type === "function_call")
      made.push({
        type: "response.function_call_arguments.delta",
        item_id: item.id,
        output_index,
        delta: item.arguments,
      });
    made.push({ type: "response.output_item.done", output_index, item });
  }
  made.push({
    type: "response.completed",
    response: { incomplete_details: null, usage: { input_tokens: 5, output_tokens: 2 } },
  });
  return made;
}

const THOUGHT = { type: "reasoning", id: "rs_1", encrypted_content: "ENC==", summary: [] };
const CALL = {
  type: "function_call",
  id: "fc_1",
  call_id: "call_1",
  name: "note",
  arguments: '{"what":"teal"}',
  status: "completed",
};

test("OpenAI's encrypted thoughts are asked for, kept, and given back before the call that they led to", async () => {
  const speaker: Speaker = { type: "openai", name: "gpt-5.4" };
  const { send, sent } = network({ frames: frames([THOUGHT, CALL]), done: false });
  const { messages, failure } = await turn(speaker, send, requestOf([user("hi")]));
  expect(failure).toBeNull();
  expect(sent[0]).toMatchObject({
    url: expect.stringMatching(/\/responses$/),
    body: { store: false, include: expect.arrayContaining(["reasoning.encrypted_content"]) },
  });
  const stored = JSON.parse(JSON.stringify(messages)) as Message[];
  await turn(speaker, send, requestOf([user("hi"), ...stored, returned("call_1")]));
  const input = sent[1]!.body.input as Json[];
  const at = input.findIndex((item) => item.type === "reasoning");
  expect(input[at]).toMatchObject({ id: "rs_1", encrypted_content: "ENC==" });
  expect(input[at + 1]).toMatchObject({ type: "function_call", call_id: "call_1" });
  expect(input[at + 2]).toMatchObject({ type: "function_call_output", call_id: "call_1" });

  const other = network({ frames: [chunk({ content: "ok" }), chunk({}, "stop")] });
  await turn(
    { type: "openai-compatible", provider: "local", name: "llama" },
    other.send,
    requestOf([user("hi"), ...stored, returned("call_1")]),
  );
  expect(JSON.stringify(other.sent[0]!.body)).not.toMatch(/ENC==|rs_1/);
});

test.each([
  ["gpt-5", "responses"],
  ["gpt-5.6-terra", "responses"],
  ["o4-mini", "responses"],
  ["o3", "responses"],
  ["gpt-4o", "chat/completions"],
  ["gpt-4.1", "chat/completions"],
])("%s is spoken to by %s", async (name, path) => {
  const { send, sent } = network({ status: 400, body: { error: { message: "no" } } });
  await turn({ type: "openai", name }, send, requestOf([user("hi")], { settings: { effort: "high" } }));
  expect(sent[0]!.url).toMatch(new RegExp(`${path}$`));
});
