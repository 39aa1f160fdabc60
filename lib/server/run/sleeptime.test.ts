import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlockVersion } from "@/lib/api/blocks";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { log as serverLog } from "../core/log";
import { openRunningCore, type RunningCore, type Said } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());
beforeEach(() => {
  t.requests.length = 0;
});

const get = async (id: string) => (await t.api<WireAgent>("GET", `/v1/agents/${id}`)).body;
async function create(body: Record<string, unknown> = {}): Promise<{ primary: WireAgent; tender: WireAgent }> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    name: "Sam",
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    enable_sleeptime: true,
    include_base_tools: false,
    ...body,
  });
  expect(made.status).toBe(200);
  return { primary: made.body, tender: await get(made.body.managed_group!.agent_ids[0]!) };
}
const labels = (agent: WireAgent) => agent.blocks.map((block) => block.label);
const setFrequency = (primary: WireAgent, sleeptime_agent_frequency: number) =>
  t.api("PATCH", `/v1/groups/${primary.managed_group!.id}`, {
    manager_config: { manager_type: "sleeptime", sleeptime_agent_frequency },
  });

const runIdsOf = (said: Said) => said.items.find((item) => item.type === "usage")?.runIds ?? null;
const finish = () => calls({ id: `f-${Math.random()}`, name: "memory_finish_edits", args: {} });

/** Says something to the primary agent, and has the sleep-time agent look and finish at once where it is its turn. */
async function turn(primary: WireAgent, text: string): Promise<string[]> {
  t.push(says(`You said ${text}`));
  t.otherwise.script = finish();
  const said = await t.say({ agentId: primary.id }, text);
  const runIds = runIdsOf(said) ?? [];
  for (const id of runIds) await t.core.runs.find(id)?.done;
  return runIds;
}

describe("an agent with enable_sleeptime", () => {
  test("comes with one that shares its memory, in a group of frequency 5", async () => {
    const { primary, tender } = await create();
    expect(primary.multi_agent_group).toEqual(primary.managed_group);
    expect(primary.managed_group).toMatchObject({
      manager_type: "sleeptime",
      manager_agent_id: primary.id,
      sleeptime_agent_frequency: 5,
      turns_counter: -1,
      last_processed_message_id: null,
    });
    expect(tender).toMatchObject({
      name: "Sam-sleeptime",
      agent_type: "sleeptime_agent",
      model: "openai/gpt-4o-mini",
      embedding: null,
      managed_group: null,
    });
    expect(tender.tools.map((tool) => tool.name)).toEqual([
      "memory_replace",
      "memory_insert",
      "memory_rethink",
      "memory_finish_edits",
    ]);
    expect(labels(tender)).toEqual(["memory_persona", "human"]);
    expect(tender.blocks[1]!.id).toBe(primary.blocks[0]!.id);
  });

  test("is not made by half: a label that both would have is refused", async () => {
    const before = await t.rowCounts();
    const answer = await t.api("POST", "/v1/agents/", {
      model: "openai/gpt-4o-mini",
      enable_sleeptime: true,
      memory_blocks: [{ label: "memory_persona", value: "v" }],
    });
    expect(answer.status).toBe(409);
    expect(await t.rowCounts()).toEqual(before);
  });

  test("of a type that nobody tends stays alone", async () => {
    for (const agent_type of ["sleeptime_agent", "workflow_agent"]) {
      const body = { agent_type, model: "openai/gpt-4o-mini", enable_sleeptime: true };
      expect((await t.api<WireAgent>("POST", "/v1/agents/", body)).body.managed_group).toBeNull();
    }
  });

  test("may get it later, once", async () => {
    const body = { name: "Late", model: "openai/gpt-4o-mini", memory_blocks: [{ label: "human", value: "Bob" }] };
    const made = (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;
    expect(made.managed_group).toBeNull();
    const patch = () => t.api<WireAgent>("PATCH", `/v1/agents/${made.id}`, { enable_sleeptime: true });
    const both = await Promise.all([patch(), patch()]);
    expect(both.map((one) => one.status)).toEqual([200, 200]);
    const groups = (await t.api<unknown[]>("GET", `/v1/agents/${made.id}/groups`)).body;
    expect(groups).toHaveLength(1);
    const tender = await get((await get(made.id)).managed_group!.agent_ids[0]!);
    expect([tender.name, labels(tender)]).toEqual(["Late-sleeptime", ["memory_persona", "human"]]);
  });

  test("shares the blocks that it gets, and takes those that it gives up along", async () => {
    const { primary, tender } = await create();
    const block = (await t.api<{ id: string }>("POST", "/v1/blocks/", { label: "plans", value: "v" })).body;
    const mine = (await t.api<{ id: string }>("POST", "/v1/blocks/", { label: "memory_persona", value: "v" })).body;
    const change = (way: string, id: string) =>
      t.api("PATCH", `/v1/agents/${primary.id}/core-memory/blocks/${way}/${id}`);
    await change("attach", block.id);
    expect(labels(await get(tender.id))).toEqual(["memory_persona", "human", "plans"]);
    // The label of its own block stays its own.
    expect((await change("attach", mine.id)).status).toBe(200);
    expect(labels(await get(tender.id))).toEqual(["memory_persona", "human", "plans"]);
    await change("detach", block.id);
    expect(labels(await get(tender.id))).toEqual(["memory_persona", "human"]);
    await t.api("PATCH", `/v1/agents/${primary.id}`, { block_ids: [block.id] });
    expect(labels(await get(tender.id))).toEqual(["memory_persona", "plans"]);
  });

  test("is deleted together with its sleep-time agent and their group, and leaves nothing behind", async () => {
    const before = await t.rowCounts();
    const { primary, tender } = await create();
    expect((await turn(primary, "hello")).length).toBe(1);
    expect((await t.api("DELETE", `/v1/agents/${primary.id}`)).status).toBe(200);
    expect((await t.api("GET", `/v1/agents/${tender.id}`)).status).toBe(404);
    expect(await t.rowCounts()).toEqual(before);
  });

  test("goes on without one that was deleted by itself", async () => {
    const { primary, tender } = await create();
    await t.api("DELETE", `/v1/agents/${tender.id}`);
    expect((await get(primary.id)).managed_group).toBeNull();
    expect(await turn(primary, "alone?")).toEqual([]);
  });
});

describe("a sleep-time agent", () => {
  test("works on its turns, which are told with the usage, and sees what came since", async () => {
    const { primary, tender } = await create();
    await setFrequency(primary, 2);
    expect((await turn(primary, "one")).length).toBe(1);
    expect(await turn(primary, "two")).toEqual([]);
    const [runId] = await turn(primary, "three");
    const counter = (await get(primary.id)).managed_group!;
    expect(counter.turns_counter).toBe(0);

    const asked = t.requests.filter((request) => request.tools.some((tool) => tool.name === "memory_finish_edits"));
    const shown = asked.map((request) => JSON.stringify(request.messages.findLast((one) => one.role === "user")));
    expect(shown).toHaveLength(2);
    expect(shown[0]).toContain("<system-reminder>");
    expect(shown[0]).toContain("You said one");
    expect(shown[1]).toContain("[user] two");
    expect(shown[1]).toContain("You said three");
    expect(shown[1]).not.toContain("You said one");

    const run = (await t.api<Record<string, unknown>>("GET", `/v1/runs/${runId}`)).body;
    expect(run).toMatchObject({
      agent_id: tender.id,
      background: true,
      status: "completed",
      stop_reason: "tool_rule",
      metadata: { run_type: "sleeptime_agent_send_message_async", group_id: counter.id },
    });
    const last = (await t.api<{ id: string }[]>("GET", `/v1/agents/${primary.id}/messages`)).body.at(-1)!;
    expect(counter.last_processed_message_id).toBe(last.id);
  });

  test("writes memory that both have, with sleep-time as its cause", async () => {
    const { primary, tender } = await create();
    t.push(
      says("Noted."),
      calls({ id: "r", name: "memory_rethink", args: { label: "human", new_memory: "Bob, who likes tea" } }),
      finish(),
    );
    const said = await t.say({ agentId: primary.id }, "I like tea");
    await t.core.runs.find(runIdsOf(said)![0]!)!.done;
    expect((await get(primary.id)).blocks[0]!.value).toBe("Bob, who likes tea");
    const path = `/v1/blocks/${primary.blocks[0]!.id}/versions`;
    const [version] = (await t.api<WireBlockVersion[]>("GET", path)).body;
    expect(version).toMatchObject({
      agent_id: tender.id,
      cause: { kind: "sleep-time", actor: tender.id, run: runIdsOf(said)![0] },
    });
    // The primary agent's next request has it.
    t.push(says("Tea."));
    await t.say({ agentId: primary.id }, "What do I like?");
    expect(JSON.stringify(t.requests.at(-1)!.system)).toContain("Bob");
  });

  test("has its messages listed as the group's, until they are taken out of its context", async () => {
    const { primary, tender } = await create();
    await turn(primary, "remember me");
    const group = (await get(primary.id)).managed_group!;
    const list = async () =>
      (await t.api<{ message_type: string }[]>("GET", `/v1/groups/${group.id}/messages?limit=100`)).body;
    expect((await list()).map((message) => message.message_type)).toEqual([
      "user_message",
      "tool_call_message",
      "tool_return_message",
    ]);
    const inGroup = `/v1/agents/${tender.id}/messages?group_id=${group.id}`;
    expect((await t.api<unknown[]>("GET", inGroup)).body).toHaveLength(3);
    expect((await get(tender.id)).message_ids).toHaveLength(4);
    expect(await t.api("PATCH", `/v1/groups/${group.id}/reset-messages`)).toMatchObject({ status: 200, body: null });
    expect((await get(tender.id)).message_ids).toHaveLength(1);
    expect(await list()).toHaveLength(3);
    expect((await turn(primary, "again")).length).toBe(1);
    expect(JSON.stringify(t.requests.at(-1)!.messages)).not.toContain("remember me");
  });

  test("that is at work is left to it, and tried again after the next turn", async () => {
    const { primary, tender } = await create();
    const told = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    t.push(async function* () {
      await opened;
      yield* says("Done with that.");
    });
    const busy = t.say({ agentId: tender.id }, "something else");
    await expect.poll(() => t.core.runs.active().length).toBe(1);
    expect(await turn(primary, "one")).toEqual([]);
    expect((await get(primary.id)).managed_group!.turns_counter).toBe(-1);
    open();
    await busy;
    expect((await turn(primary, "two")).length).toBe(1);
    expect(JSON.stringify(t.requests.at(-1)!.messages)).toContain("You said one");
    expect(told).toHaveBeenCalled();
    told.mockRestore();
  });

  test("rests while it is switched off, and after a turn that failed", async () => {
    const { primary } = await create();
    await t.api("PATCH", `/v1/agents/${primary.id}`, { enable_sleeptime: false });
    expect(await turn(primary, "off")).toEqual([]);
    await t.api("PATCH", `/v1/agents/${primary.id}`, { enable_sleeptime: true });
    const error = { kind: "llm_error" as const, message: "broken", detail: null, status: null };
    t.push([{ type: "error", error }]);
    const failed = await t.say({ agentId: primary.id }, "fails");
    expect([failed.stopReason, runIdsOf(failed)]).toEqual(["llm_api_error", null]);
    expect((await get(primary.id)).managed_group!.turns_counter).toBe(-1);
    expect((await turn(primary, "on")).length).toBe(1);
  });

  test("costs agents that have none not a statement", async () => {
    const made = await t.api<WireAgent>("POST", "/v1/agents/", {
      model: "openai/gpt-4o-mini",
      include_base_tools: false,
    });
    const { primary } = await create();
    await setFrequency(primary, 100);
    await turn(primary, "first");
    const cost = async (agentId: string) => {
      t.push(says("Hi."), says("Hi."));
      await t.say({ agentId }, "warm");
      return t.countStatements(() => t.say({ agentId }, "hello"));
    };
    expect(await cost(primary.id)).toBe((await cost(made.body.id)) + 1);
  });
});
