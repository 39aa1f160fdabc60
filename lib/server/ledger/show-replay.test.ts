import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireReplay, WireRun } from "@/lib/api/runs";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function makeAgent(): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
  });
  return made.body.id;
}

const newest = async (agentId: string) => (await t.api<WireRun[]>("GET", `/v1/runs?agent_id=${agentId}`)).body[0]!;

async function runOf(agentId: string): Promise<WireRun> {
  const args = { label: "human", new_string: "Likes tea" };
  t.push(calls({ id: "a", name: "memory_insert", args }), says("Noted."));
  await t.api("POST", `/v1/agents/${agentId}/messages`, { messages: [{ role: "user", content: "I like tea" }] });
  return newest(agentId);
}

test("a run is run again from its record: the same messages, and neither a model nor memory is touched", async () => {
  const agentId = await makeAgent();
  const run = await runOf(agentId);
  const [asked, rows] = [t.requests.length, await t.rowCounts()];
  const { status, body } = await t.api<WireReplay>("POST", `/v1/runs/${run.id}/replay`);
  expect(status).toBe(200);
  expect(body).toMatchObject({ run_id: run.id, identical: true, first_difference: null });
  expect(body).toMatchObject({ model_calls: 2, tool_returns: 1 });
  expect(body.messages).toEqual((await t.api("GET", `/v1/runs/${run.id}/messages`)).body);
  expect(t.requests.length).toBe(asked);
  expect(await t.rowCounts()).toEqual(rows);
});

test("a record that was changed behind the server's back is told", async () => {
  const run = await runOf(await makeAgent());
  await t.core.db.query(
    `UPDATE message SET parts = replace(parts::text, 'I like tea', 'I like rum')::jsonb WHERE run_id = $1`,
    [run.id],
  );
  const { body } = await t.api<WireReplay>("POST", `/v1/runs/${run.id}/replay`);
  expect(body.identical).toBe(false);
  expect(body.first_difference).toContain("is no longer what was sent");
});

test("a run that is not over is refused, and told what to do", async () => {
  const agentId = await makeAgent();
  let go = () => {};
  t.push(async function* () {
    await new Promise<void>((resolve) => {
      go = resolve;
    });
    yield* says("At last.");
  });
  const sent = t.api("POST", `/v1/agents/${agentId}/messages`, { messages: [{ role: "user", content: "Wait" }] });
  await vi.waitFor(async () => expect((await newest(agentId))?.status).toBe("running"));
  const { status, body } = await t.api<{ detail: string }>("POST", `/v1/runs/${(await newest(agentId)).id}/replay`);
  expect([status, body.detail]).toEqual([409, expect.stringContaining("is not over yet")]);
  go();
  await sent;
});

test("a compaction that somebody asked for is refused in a sentence: it has no turn", async () => {
  const agentId = await makeAgent();
  await runOf(agentId);
  await runOf(agentId);
  t.push(says("They like tea."));
  expect((await t.api("POST", `/v1/agents/${agentId}/summarize`, {})).status).toBeLessThan(300);
  const run = await newest(agentId);
  expect(run.metadata).toMatchObject({ run_type: "compaction" });
  const refused = await t.api<{ detail: string }>("POST", `/v1/runs/${run.id}/replay`);
  expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining("is a compaction")]);
});
