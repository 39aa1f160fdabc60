import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls } from "@/lib/engine/testing/scripted-model";
import { textOf } from "@/lib/stream/message";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { loadConversation } from "./load";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

const MODEL = "openai/gpt-4o-mini";

async function makePair(limits: Record<string, number>) {
  const make = async (body: Record<string, unknown>) =>
    (await t.api<WireAgent>("POST", "/v1/agents/", { model: MODEL, ...body })).body;
  const speaker = await make({
    agent_type: "voice_convo_agent",
    memory_blocks: [{ label: "human", value: "Nothing known." }],
    initial_message_sequence: [],
  });
  const keeper = await make({ agent_type: "voice_sleeptime_agent", block_ids: [speaker.blocks[0]!.id] });
  const group = await t.api<{ id: string }>("POST", "/v1/groups/", {
    description: "",
    agent_ids: [keeper.id],
    manager_config: { manager_type: "voice_sleeptime", manager_agent_id: speaker.id, ...limits },
  });
  expect(group.status).toBe(200);
  return { speaker, keeper, groupId: group.body.id };
}

const speak = (message: string) => calls({ id: crypto.randomUUID(), name: "send_message", args: { message } });

test("when the buffer is full, the oldest leave the context, and what they said is stored where the agent finds it", async () => {
  const { speaker, keeper, groupId } = await makePair({ max_message_buffer_length: 8, min_message_buffer_length: 4 });
  const target = { agentId: speaker.id };
  t.push(speak("Hello Ada."));
  await t.say(target, "my name is Ada");
  t.push(speak("Bees, lovely."));
  await t.say(target, "I keep bees");
  expect((await loadConversation(t.ctx, target)).transcript.length).toBe(6);

  t.push(
    speak("Good night."),
    calls({
      id: "k1",
      name: "store_memories",
      args: { chunks: [{ start_index: 0, end_index: 1, context: "Who she is." }], request_heartbeat: true },
    }),
    calls({ id: "k2", name: "rethink_user_memory", args: { new_memory: "Ada keeps bees.", request_heartbeat: true } }),
    calls({ id: "k3", name: "finish_rethinking_memory", args: {} }),
  );
  const { items } = await t.say(target, "good night");
  const usage = items.find((item) => item.type === "usage");
  const [runId] = usage?.type === "usage" ? (usage.runIds ?? []) : [];
  expect(runId).toMatch(/^run-/);
  await t.core.runs.find(runId!)?.done;

  const left = (await loadConversation(t.ctx, target)).transcript;
  expect(left[0]).toMatchObject({ role: "user", parts: [{ type: "text", text: "good night" }] });
  expect(left.length).toBe(3);
  const asked = t.requests.find((request) => request.tools.some((tool) => tool.name === "store_memories"))!;
  expect(textOf(asked.messages.at(-1)!)).toBe(
    [
      "Lines 0 to 3 are about to leave the voice agent's view:",
      "0: user: my name is Ada",
      "1: assistant: Hello Ada.",
      "2: user: I keep bees",
      "3: assistant: Bees, lovely.",
      "",
      "These newer lines stay in view, and are context only:",
      "4: user: good night",
      "5: assistant: Good night.",
    ].join("\n"),
  );
  const run = await t.api<{ metadata: Record<string, unknown> }>("GET", `/v1/runs/${runId}`);
  expect(run.body.metadata).toMatchObject({ group_id: groupId });
  expect(run.body.metadata.evicted_message_ids).toHaveLength(6);

  const notes = await t.api<{ text: string }[]>("GET", `/v1/agents/${speaker.id}/archival-memory`);
  expect(notes.body.map((note) => note.text)).toEqual(["Who she is.\n\nuser: my name is Ada\nassistant: Hello Ada."]);
  expect((await t.api<unknown[]>("GET", `/v1/archives/?agent_id=${keeper.id}`)).body).toHaveLength(1);
  // What left is still listed, and the next turn shows what was learned.
  const listed = await t.api<{ message_type: string }[]>("GET", `/v1/agents/${speaker.id}/messages`);
  expect(listed.body.filter((message) => message.message_type === "user_message")).toHaveLength(3);
  t.push(speak("Yes, Ada."));
  await t.say(target, "do you know me?");
  const request = t.requests.at(-1)!;
  expect(request.system).toContain("Ada keeps bees.");
  expect(JSON.stringify(request.messages)).not.toContain("my name is Ada");
});

test("a buffer that is not full is left alone, and agents of other types have none", async () => {
  const { speaker } = await makePair({ max_message_buffer_length: 30, min_message_buffer_length: 10 });
  t.push(speak("Hello."));
  const { items } = await t.say({ agentId: speaker.id }, "hi");
  expect(items.find((item) => item.type === "usage")).toMatchObject({ runIds: null });
  expect((await loadConversation(t.ctx, { agentId: speaker.id })).transcript.length).toBe(3);
});
