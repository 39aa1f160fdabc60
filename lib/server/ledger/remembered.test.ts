import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import type { WireStateAt } from "./state";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const createAgent = (body: Record<string, unknown> = {}) =>
  ok<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    tools: ["archival_memory_insert"],
    memory_blocks: [],
    ...body,
  });

/** Lets the agent speak once. @returns the step. */
async function speak(agentId: string): Promise<string> {
  t.push(says("Yes."));
  const { runId } = await t.say({ agentId }, "And?");
  const [step] = await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE run_id = $1", [runId]);
  return step!.id;
}

const stateOf = (agentId: string, stepId: string) =>
  ok<WireStateAt>("GET", `/v1/agents/${agentId}/state?step_id=${stepId}`);

/** An archive of three passages, attached. */
async function lend(agentId: string): Promise<string> {
  const { id } = await ok<{ id: string }>("POST", "/v1/archives/", { name: "Lent" });
  await ok("PATCH", `/v1/agents/${agentId}/archives/attach/${id}`);
  await ok("POST", `/v1/archives/${id}/passages/batch`, { passages: ["a", "b", "c"].map((text) => ({ text })) });
  return id;
}

const rowsOf = async (table: string, id: string) =>
  (await t.core.db.query(`SELECT 1 FROM ${table} WHERE id = $1`, [id])).length;

describe("what an agent had", () => {
  test("an archive that was detached and then deleted stays in the past of who had it, and goes with the last of them", async () => {
    const [first, second] = [await createAgent(), await createAgent()];
    const archive = await lend(first.id);
    await ok("PATCH", `/v1/agents/${second.id}/archives/attach/${archive}`);
    const steps = [await speak(first.id), await speak(second.id)];
    const before = [await stateOf(first.id, steps[0]!), await stateOf(second.id, steps[1]!)];
    expect(before.map((state) => state.passages.count)).toEqual([3, 3]);
    for (const { id } of [first, second]) await ok("PATCH", `/v1/agents/${id}/archives/detach/${archive}`);
    await ok("DELETE", `/v1/archives/${archive}`);
    expect(await stateOf(first.id, steps[0]!)).toEqual(before[0]);
    expect((await t.api("GET", `/v1/archives/${archive}`)).status).toBe(404);
    await ok("DELETE", `/v1/agents/${first.id}`);
    expect(await stateOf(second.id, steps[1]!)).toEqual(before[1]);
    await ok("DELETE", `/v1/agents/${second.id}`);
    expect(await rowsOf("archive", archive)).toBe(0);
  });

  test("an archive that nobody ever had is erased at once", async () => {
    const { id } = await ok<{ id: string }>("POST", "/v1/archives/", { name: "Nobody's" });
    await ok("POST", `/v1/archives/${id}/passages`, { text: "x" });
    await ok("DELETE", `/v1/archives/${id}`);
    expect(await rowsOf("archive", id)).toBe(0);
  });

  test("what a deleted agent wrote into an archive that others have stays in their past", async () => {
    const [writer, reader] = [await createAgent(), await createAgent()];
    const archive = await lend(writer.id);
    await ok("PATCH", `/v1/agents/${reader.id}/archives/attach/${archive}`);
    t.push(calls({ id: "w", name: "archival_memory_insert", args: { content: "written", tags: [] } }), says("Ok."));
    await t.say({ agentId: writer.id }, "Write");
    const step = await speak(reader.id);
    expect((await stateOf(reader.id, step)).passages.count).toBe(4);
    await ok("DELETE", `/v1/agents/${writer.id}`);
    expect((await stateOf(reader.id, step)).passages.count).toBe(4);
  });

  test("an archive of a deleted agent that another once had is hidden, not erased", async () => {
    const [owner, other] = [await createAgent(), await createAgent()];
    t.push(calls({ id: "o", name: "archival_memory_insert", args: { content: "owned", tags: [] } }), says("Ok."));
    await t.say({ agentId: owner.id }, "Keep it");
    const [archive] = await ok<{ id: string }[]>("GET", `/v1/archives/?agent_id=${owner.id}`);
    await ok("PATCH", `/v1/agents/${other.id}/archives/attach/${archive!.id}`);
    const step = await speak(other.id);
    await ok("PATCH", `/v1/agents/${other.id}/archives/detach/${archive!.id}`);
    await ok("DELETE", `/v1/agents/${owner.id}`);
    expect((await stateOf(other.id, step)).passages.items.map((passage) => passage.text)).toEqual(["owned"]);
    expect((await t.api("GET", `/v1/archives/${archive!.id}`)).status).toBe(404);
    await ok("DELETE", `/v1/agents/${other.id}`);
    expect(await rowsOf("archive", archive!.id)).toBe(0);
  });

  test("a block of a deleted agent that another once had stays in that one's past, and goes with it", async () => {
    const maker = await createAgent({ memory_blocks: [{ label: "human", value: "Bob" }] });
    const block = maker.blocks[0]!.id!;
    const other = await createAgent({ block_ids: [block] });
    const step = await speak(other.id);
    await ok("PATCH", `/v1/agents/${other.id}/core-memory/blocks/detach/${block}`);
    await ok("DELETE", `/v1/agents/${maker.id}`);
    expect((await stateOf(other.id, step)).blocks).toMatchObject([{ label: "human", value: "Bob" }]);
    expect((await t.api("GET", `/v1/blocks/${block}`)).status).toBe(404);
    await ok("DELETE", `/v1/agents/${other.id}`);
    expect(await rowsOf("block", block)).toBe(0);
  });

  test("what older versions did not record counts as had from the first version on, and says so", async () => {
    const agent = await createAgent();
    const archive = await lend(agent.id);
    const gone = await lend(agent.id);
    const identity = await ok<{ id: string }>("POST", "/v1/identities/", {
      identifier_key: agent.id,
      name: "Bob",
      identity_type: "user",
      agent_ids: [agent.id],
    });
    const step = await speak(agent.id);
    await ok("PATCH", `/v1/agents/${agent.id}/archives/detach/${gone}`);
    await t.core.db.query("DELETE FROM resource_event WHERE agent_id = $1 AND operation = 'attach'", [agent.id]);
    const later = await ok<{ id: string }>("POST", "/v1/archives/", { name: "Later" });
    await t.core.db.query("INSERT INTO agent_archive (agent_id, archive_id) VALUES ($1, $2)", [agent.id, later.id]);
    const state = await stateOf(agent.id, step);
    expect(state.archives).toEqual([
      { id: archive, name: "Lent", assumed: true },
      { id: gone, name: "Lent", assumed: true },
    ]);
    expect(state.identities).toEqual([{ id: identity.id, name: "Bob", assumed: true }]);
    expect(state.passages.count).toBe(6);
  });

  test("passages of a state come in pages, each once, and a cursor that is none of them is refused", async () => {
    const agent = await createAgent();
    const archive = await lend(agent.id);
    const passages = Array.from({ length: 150 }, (_, at) => ({ text: `p${at}` }));
    await ok("POST", `/v1/archives/${archive}/passages/batch`, { passages });
    const step = await speak(agent.id);
    const path = `/v1/agents/${agent.id}/state?step_id=${step}`;
    const first = (await ok<WireStateAt>("GET", path)).passages;
    expect([first.count, first.items.length]).toEqual([153, 100]);
    const last = first.items.at(-1)!.id;
    const second = (await ok<WireStateAt>("GET", `${path}&passage_after=${last}&passage_limit=1000`)).passages;
    const ids = [...first.items, ...second.items].map((passage) => passage.id);
    expect(new Set(ids).size).toBe(153);
    expect((await t.api("GET", `${path}&passage_after=passage-00000000-0000-4000-8000-000000000000`)).status).toBe(404);
  });
});

describe("a client's access token", () => {
  test("of a fork reaches nothing of the original", async () => {
    const agent = await createAgent();
    const step = await speak(agent.id);
    const fork = await ok<{ agent_id: string }>("POST", `/v1/steps/${step}/fork`, { moment: "after" });
    const made = await ok<{ token: string }>("POST", "/v1/client-side-access-tokens", {
      hostname: "https://example.com",
      policy: [
        {
          type: "agent",
          id: fork.agent_id,
          access: ["read_agent", "read_messages", "write_agent", "write_messages"],
        },
      ],
    });
    const { createApp } = await import("../http/app");
    const app = createApp({ ...t.core, config: { ...t.core.config, password: "secret" } });
    const statusOf = async (path: string) =>
      (await app.request(path, { headers: { authorization: `Bearer ${made.token}` } })).status;
    expect(await statusOf(`/v1/agents/${fork.agent_id}`)).toBe(200);
    for (const path of [
      `/v1/agents/${agent.id}`,
      `/v1/agents/${fork.agent_id}/state?step_id=${step}`,
      `/v1/agents/${fork.agent_id}/timeline?with_origin=true`,
      `/v1/steps/${step}/context`,
      `/v1/steps/${step}/trace`,
    ])
      expect(await statusOf(path), path).toBe(403);
  });
});
