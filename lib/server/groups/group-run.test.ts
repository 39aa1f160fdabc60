import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireGroup } from "@/lib/api/group";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { asJson } from "../testing/requests";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());
beforeEach(() => {
  t.requests.length = 0;
  t.otherwise.script = null;
});

const makeAgent = async (name: string) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", { name, model: "openai/gpt-4o-mini", include_base_tools: false })).body
    .id;
const makeGroup = async (agent_ids: string[], manager_config?: Record<string, unknown>) =>
  (await t.api<WireGroup>("POST", "/v1/groups/", { description: "", agent_ids, manager_config })).body.id;

type Reply = {
  messages: { message_type: string; content: string; sender_id: string }[];
  stop_reason: { stop_reason: string };
  usage: { step_count: number; run_ids: string[] };
};
const send = (groupId: string, body: Record<string, unknown> = { input: "discuss" }) =>
  t.api<Reply>("POST", `/v1/groups/${groupId}/messages`, body);
const spoken = (reply: Reply) =>
  reply.messages.flatMap((one) => (one.message_type === "assistant_message" ? [[one.sender_id, one.content]] : []));
/** The last message that each request to a model ended with. */
const asked = () => t.requests.map((request) => JSON.stringify(request.messages.map((message) => message.parts)));

describe("a round-robin group", () => {
  test("has each agent speak once, hearing those before it, and answers with all of it", async () => {
    const [ann, bob] = [await makeAgent("Ann"), await makeAgent("Bob")];
    const group = await makeGroup([ann, bob]);
    t.push(says("Tea."), says("Coffee."));
    const { status, body } = await send(group);
    expect(status).toBe(200);
    expect(spoken(body)).toEqual([
      [ann, "Tea."],
      [bob, "Coffee."],
    ]);
    expect(body.stop_reason.stop_reason).toBe("end_turn");
    expect(body.usage).toMatchObject({ step_count: 2, run_ids: [expect.any(String), expect.any(String)] });
    expect(asked()[1]).toContain("discuss");
    expect(asked()[1]).toContain("Ann: Tea.");
    const listed = (await t.api<{ message_type: string }[]>("GET", `/v1/groups/${group}/messages?limit=100`)).body;
    expect(listed.map((one) => one.message_type)).toEqual([
      "user_message",
      "assistant_message",
      "user_message",
      "user_message",
      "assistant_message",
    ]);
    const runs = (await t.api<{ metadata: unknown }[]>("GET", `/v1/runs?agent_id=${ann}`)).body;
    expect(runs[0]!.metadata).toEqual({ run_type: "group_message", group_id: group });
  });

  test("goes round until its limit of turns", async () => {
    const [ann, bob] = [await makeAgent("Ann"), await makeAgent("Bob")];
    const group = await makeGroup([ann, bob], { manager_type: "round_robin", max_turns: 3 });
    t.push(says("One."), says("Two."), says("Three."));
    expect(spoken((await send(group)).body)).toEqual([
      [ann, "One."],
      [bob, "Two."],
      [ann, "Three."],
    ]);
    expect(asked()[2]).toContain("Bob: Two.");
  });

  test("streams the same, with one end", async () => {
    const group = await makeGroup([await makeAgent("Ann"), await makeAgent("Bob")]);
    t.push(says("Tea."), says("Coffee."));
    const { createApp } = await import("../http/app");
    const response = await createApp(t.core).request(`/v1/groups/${group}/messages/stream`, {
      method: "POST",
      body: asJson({ input: "discuss", include_pings: false }),
    });
    const frames = (await response.text()).split("\n\n").filter(Boolean);
    const types = frames
      .slice(0, -1)
      .map((frame) => (JSON.parse(frame.slice(6)) as { message_type: string }).message_type);
    expect(types).toEqual(["assistant_message", "assistant_message", "stop_reason", "usage_statistics"]);
    expect(frames.at(-1)).toBe("data: [DONE]");
  });

  test("stops where an agent fails, and keeps what was said", async () => {
    const [ann, bob, eve] = [await makeAgent("Ann"), await makeAgent("Bob"), await makeAgent("Eve")];
    const group = await makeGroup([ann, bob, eve]);
    const error = { kind: "llm_error" as const, message: "broken", detail: null, status: null };
    t.push(says("Tea."), [{ type: "error", error }]);
    const { status } = await send(group);
    expect(status).toBe(500);
    const ran = async (id: string) => (await t.api<unknown[]>("GET", `/v1/runs?agent_id=${id}`)).body.length;
    expect([await ran(ann), await ran(bob), await ran(eve)]).toEqual([1, 1, 0]);
  });
});

describe("a supervised group", () => {
  test("has its manager ask all agents with a tool of its own, and answer", async () => {
    const [boss, ann, bob] = [await makeAgent("Boss"), await makeAgent("Ann"), await makeAgent("Bob")];
    const group = await makeGroup([ann, bob], { manager_type: "supervisor", manager_agent_id: boss });
    t.push(calls({ id: "c", name: "send_message_to_all_agents_in_group", args: { message: "report" } }));
    t.otherwise.script = says("Fine.");
    const { body } = await send(group);
    const returned = body.messages.find((one) => one.message_type === "tool_return_message");
    expect(returned).toMatchObject({ tool_return: "Ann: Fine.\nBob: Fine.", status: "success" });
    expect(spoken(body)).toEqual([[boss, "Fine."]]);
    expect(body.usage.run_ids).toHaveLength(3);
  });
});

describe("a dynamic group", () => {
  test("has its manager choose who speaks, until it ends the conversation", async () => {
    const [boss, ann, bob] = [await makeAgent("Boss"), await makeAgent("Ann"), await makeAgent("Bob")];
    const group = await makeGroup([ann, bob], { manager_type: "dynamic", manager_agent_id: boss });
    t.push(says(bob), says("I am Bob."), says(`Next: ${ann}`), says("I am Ann."), says("DONE!"));
    const { body } = await send(group);
    expect(spoken(body)).toEqual([
      [bob, "I am Bob."],
      [ann, "I am Ann."],
    ]);
    expect(asked()[0]).toContain(`- ${ann}: Ann`);
    expect(asked()[3]).toContain("Bob: I am Bob.");
    expect(body.usage).toMatchObject({ step_count: 5 });
  });

  test("ends when its manager chooses nobody, or its turns are over", async () => {
    const [boss, ann] = [await makeAgent("Boss"), await makeAgent("Ann")];
    const config = { manager_type: "dynamic", manager_agent_id: boss, max_turns: 2 };
    const group = await makeGroup([ann], config);
    t.push(says(ann), says("One."), says(ann), says("Two."));
    expect(spoken((await send(group)).body)).toEqual([
      [ann, "One."],
      [ann, "Two."],
    ]);
    t.push(says("nobody"));
    expect(spoken((await send(group)).body)).toEqual([]);
  });
});

describe("a group", () => {
  test("that tends memory passes messages on to the agent whose memory it is", async () => {
    const made = await t.api<WireAgent>("POST", "/v1/agents/", { model: "openai/gpt-4o-mini", enable_sleeptime: true });
    const group = made.body.managed_group!;
    await t.api("PATCH", `/v1/groups/${group.id}`, {
      manager_config: { manager_type: "sleeptime", sleeptime_agent_frequency: 9 },
    });
    t.otherwise.script = calls({ id: `f-${Math.random()}`, name: "memory_finish_edits", args: {} });
    t.push(calls({ id: "s", name: "send_message", args: { message: "Hello." } }));
    const { body } = await send(group.id);
    expect(spoken(body)).toEqual([[made.body.id, "Hello."]]);
    await t.core.runs.drain(5000);
  });

  test("without agents, at work, or asked for the background is refused, and nothing is kept", async () => {
    const before = await t.rowCounts();
    expect((await send(await makeGroup([]))).status).toBe(400);
    const ann = await makeAgent("Ann");
    const group = await makeGroup([ann]);
    expect((await send(group, { input: "x", background: true, streaming: true })).status).toBe(422);
    expect((await send(group, { messages: [] })).status).toBe(422);
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    t.push(async function* () {
      await opened;
      yield* says("Now.");
    });
    const busy = t.say({ agentId: ann }, "work");
    await expect.poll(() => t.core.runs.active().length).toBe(1);
    expect((await send(group)).status).toBe(409);
    open();
    await busy;
    expect((await t.rowCounts()).run).toBe(before.run! + 1);
  });
});

describe("a group with an agent that is at work", () => {
  /** Sets an agent to work that waits until it is let go. */
  async function occupy(agentId: string): Promise<() => Promise<void>> {
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    t.push(async function* () {
      await held;
      yield* says("Done.");
    });
    const working = t.api("POST", `/v1/agents/${agentId}/messages`, { input: "work" });
    await vi.waitFor(() => expect(t.core.runs.active().some((run) => run.agentId === agentId)).toBe(true));
    return async () => {
      letGo();
      await working;
    };
  }

  test.each(["round_robin", "dynamic", "supervisor"])(
    "answers 409 with its run, and says nothing: %s",
    async (manager_type) => {
      const [boss, ann, bob] = [await makeAgent("Boss"), await makeAgent("Ann"), await makeAgent("Bob")];
      const manager = manager_type === "round_robin" ? {} : { manager_agent_id: boss };
      const group = await makeGroup([ann, bob], { manager_type, ...manager });
      const letGo = await occupy(manager_type === "supervisor" ? boss : bob);
      for (const path of ["messages", "messages/stream"]) {
        const { status, body } = await t.api("POST", `/v1/groups/${group}/${path}`, { input: "discuss" });
        expect([path, status, body]).toEqual([
          path,
          409,
          expect.objectContaining({ detail: expect.stringContaining("CONFLICT"), run_id: expect.any(String) }),
        ]);
      }
      await letGo();
      expect((await t.api<unknown[]>("GET", `/v1/runs?agent_id=${ann}`)).body).toEqual([]);
    },
  );

  test("answers 409 too where the agent was set to work during the round", async () => {
    const [ann, bob] = [await makeAgent("Ann"), await makeAgent("Bob")];
    const group = await makeGroup([ann, bob]);
    let letGo: (() => Promise<void>) | undefined;
    t.push(async function* () {
      letGo = await occupy(bob);
      yield* says("Tea.");
    });
    const { status, body } = await send(group);
    expect([status, body]).toEqual([409, expect.objectContaining({ detail: expect.stringContaining(bob) })]);
    await letGo!();
  });

  test("answers 409 where an agent waits for a person", async () => {
    const [ann, bob] = [await makeAgent("Ann"), await makeAgent("Bob")];
    const group = await makeGroup([ann, bob]);
    t.push(calls({ id: "c", name: "look", args: {} }));
    const client_tools = [{ name: "look", description: "", parameters: { type: "object", properties: {} } }];
    await t.api("POST", `/v1/agents/${bob}/messages`, { input: "look", client_tools });
    const { status, body } = await send(group);
    expect([status, body]).toEqual([409, { detail: expect.objectContaining({ code: "PENDING_APPROVAL" }) }]);
  });
});

test("a run whose agent is deleted says so, and is no failure of the server", async () => {
  const agentId = await makeAgent("Gone");
  const deleting = async function* () {
    expect((await t.api("DELETE", `/v1/agents/${agentId}`)).status).toBe(200);
    yield* says("Too late.");
  };
  t.push(deleting);
  const { status, body } = await t.api("POST", `/v1/agents/${agentId}/messages`, { input: "hi" });
  expect([status, JSON.stringify(body)]).toEqual([410, expect.stringContaining("The agent was deleted")]);
  expect(JSON.stringify(body)).not.toContain("taken over");
});
