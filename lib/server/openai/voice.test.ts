import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

type Completion = { choices: { message: { content: string } }[] };
const makeAgent = async (body: Record<string, unknown> = {}) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", include_base_tools: false, ...body }))
    .body;
const speak = (agent: WireAgent, content: string, more: Record<string, unknown> = {}) =>
  t.api<Completion>("POST", `/v1/voice-beta/${agent.id}/chat/completions`, {
    messages: [{ role: "user", content }],
    ...more,
  });

test("a turn that comes while the one before is at work waits for its end, and knows what was said", async () => {
  const agent = await makeAgent();
  const call = { call: { id: "call-1", type: "webCall" } };
  let finish = () => {};
  const asked = new Promise<void>((begun) => {
    t.push(async function* () {
      begun();
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
      yield* says("The first answer.");
    });
  });
  t.push(says("The second answer."));
  const first = speak(agent, "one", call);
  await asked;
  const second = speak(agent, "two", call);
  const other = t.api<unknown[]>("GET", `/v1/conversations/?agent_id=${agent.id}`);
  expect((await other).body).toHaveLength(1);
  finish();
  expect((await first).body.choices[0]!.message.content).toBe("The first answer.");
  const { status, body } = await second;
  expect([status, body.choices[0]!.message.content]).toEqual([200, "The second answer."]);
  const said = t.requests
    .at(-1)!
    .messages.flatMap(({ parts }) => parts.flatMap((part) => ("text" in part ? part.text : [])));
  expect(said).toEqual(["one", "The first answer.", "two"]);
});

test("each call, user and chat of a client has its conversation", async () => {
  const agent = await makeAgent();
  t.otherwise.script = says("Hi.");
  const named = [
    { call: { id: "a" } },
    { call: { id: "b" } },
    { metadata: { call_id: "c" } },
    { user: "d" },
    { call: { id: "a" }, user: "d" },
  ];
  for (const more of named) expect((await speak(agent, "hello", more)).status).toBe(200);
  t.otherwise.script = null;
  const { body } = await t.api<{ summary: string }[]>("GET", `/v1/conversations/?agent_id=${agent.id}`);
  expect(body.map((one) => one.summary).toSorted()).toEqual(["a", "b", "c", "d"]);
});

test.each(["voice_convo_agent", "memgpt_agent", "memgpt_v2_agent", "letta_v1_agent"])(
  "what was heard of an answer that was cut stays in the conversation of a %s",
  async (agent_type) => {
    const agent = await makeAgent({ agent_type, include_base_tools: true, initial_message_sequence: [] });
    const asked = new Promise<void>((begun) => {
      t.push(async function* (_request, signal) {
        if (agent_type === "letta_v1_agent") yield { type: "text", text: "I was about to" };
        else {
          yield { type: "tool-call", id: "c1", name: "send_message" };
          yield { type: "tool-call-arguments", id: "c1", text: '{"message": "I was about to' };
        }
        begun();
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
      });
    });
    const cut = t.say({ agentId: agent.id }, "go on");
    await asked;
    await t.api("POST", `/v1/agents/${agent.id}/messages/cancel`);
    expect((await cut).stopReason).toBe("cancelled");
    t.push(
      agent_type === "letta_v1_agent"
        ? says("Yes.")
        : calls({ id: "c2", name: "send_message", args: { message: "Yes." } }),
    );
    await t.say({ agentId: agent.id }, "stop, wait");
    const shown = JSON.stringify(t.requests.at(-1)!.messages);
    expect(shown).toContain("I was about to");
    expect(shown).not.toContain('"c1"');
  },
);

test("a voice agent that is to have a sleep-time agent gets one of its kind, in a group of its kind", async () => {
  const made = await makeAgent({ agent_type: "voice_convo_agent", enable_sleeptime: true, name: "Vera" });
  const later = await makeAgent({ agent_type: "voice_convo_agent", name: "Vito" });
  await t.api("PATCH", `/v1/agents/${later.id}`, { enable_sleeptime: true });
  for (const { id } of [made, later]) {
    const { body } = await t.api<WireAgent>("GET", `/v1/agents/${id}`);
    expect(body.managed_group).toMatchObject({ manager_type: "voice_sleeptime", manager_agent_id: id });
    const [tender] = body.managed_group!.agent_ids;
    expect((await t.api<WireAgent>("GET", `/v1/agents/${tender}`)).body.agent_type).toBe("voice_sleeptime_agent");
  }
});
