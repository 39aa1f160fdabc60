import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { Knowledge } from "@/lib/api/knowledge";
import type { WireStep } from "@/lib/api/runs";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { readConfig } from "../../config/env";
import { createModelRegistry } from "../../models/create-registry";
import { seedPast } from "../../seed/seed";
import { openTestCore } from "../../testing/harness";
import { openRunningCore, type RunningCore } from "../../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function makeAgent(): Promise<WireAgent> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert", "memory_replace", "archival_memory_insert", "archival_memory_search"],
  });
  expect(made.status).toBe(200);
  return made.body;
}

async function ask(agentId: string, q: string, step = ""): Promise<Knowledge> {
  const asked = await t.api<Knowledge>(
    "GET",
    `/v1/agents/${agentId}/knowledge?q=${encodeURIComponent(q)}${step && `&step_id=${step}`}`,
  );
  expect([asked.status, asked.body]).toEqual([200, expect.anything()]);
  return asked.body;
}

const typesOf = ({ events }: Knowledge) => events.map(({ type }) => type);
const insert = (id: string, text: string) =>
  calls({ id, name: "memory_insert", args: { label: "human", new_string: text } });
const archive = (id: string, content: string) => calls({ id, name: "archival_memory_insert", args: { content } });
const search = (id: string, query: string, more = {}) =>
  calls({ id, name: "archival_memory_search", args: { query, ...more } });

describe("what an agent knows, and why not", () => {
  test("what nobody ever said", async () => {
    const agent = await makeAgent();
    const { verdict, events } = await ask(agent.id, "volcano");
    expect([verdict.code, events]).toEqual(["never-said", []]);
  });

  test("what was said and not written down is in the conversation until a compaction takes it", async () => {
    const agent = await makeAgent();
    t.push(says("I see."), says("Yes."), says("Well."));
    for (const text of ["My volcano smokes.", "Nice weather.", "Is it?"]) await t.say({ agentId: agent.id }, text);
    const before = await ask(agent.id, "volcano");
    expect([before.verdict.code, typesOf(before), before.now.messages_in_context]).toEqual(["in-context", ["said"], 1]);
    t.push(says("They spoke of the weather."));
    const compacted = await t.api("POST", `/v1/agents/${agent.id}/summarize`, {
      compaction_settings: { mode: "all" },
    });
    expect(compacted.status).toBeLessThan(300);
    const after = await ask(agent.id, "volcano");
    expect([after.verdict.code, typesOf(after)]).toEqual(["not-stored", ["said", "left-context"]]);
    expect(after.verdict.text).toContain("whose summary does not say it");
    expect(after.events[1]).toMatchObject({ messages: 1, in_summary: false });
  });

  test("what was written, dropped and written again, with the versions that did it", async () => {
    const agent = await makeAgent();
    const replace = (id: string, old_string: string, new_string: string) =>
      calls({ id, name: "memory_replace", args: { label: "human", old_string, new_string } });
    t.push(insert("a", "Has a volcano"), says("Noted."), replace("b", "Has a volcano", "Has a hill"), says("Hm."));
    await t.say({ agentId: agent.id }, "Note it");
    await t.say({ agentId: agent.id }, "Tidy up");
    const dropped = await ask(agent.id, "a volcano");
    expect([dropped.verdict.code, typesOf(dropped)]).toEqual(["dropped", ["written", "dropped"]]);
    expect(dropped.events.map((event) => "number" in event && [event.number, event.operation])).toEqual([
      [2, "memory_insert"],
      [3, "memory_replace"],
    ]);
    expect(dropped.verdict.text).toContain("dropped in v3 by memory_replace");
    t.push(insert("c", "Has a volcano again"), says("Sorry."));
    await t.say({ agentId: agent.id }, "You forgot");
    const back = await ask(agent.id, "volcano");
    expect(back.verdict.code).toBe("in-memory");
    expect(back.verdict.text).toContain("missing from v3, where memory_replace dropped it, to v4");
    expect(back.now.blocks).toEqual([{ block_id: agent.blocks[0]!.id, label: "human", text: "Has a volcano again" }]);
  });

  test("a step shows whether the model had it before its eyes then", async () => {
    const agent = await makeAgent();
    t.push(says("Who?"), insert("a", "Has a volcano"), says("Noted."));
    await t.say({ agentId: agent.id }, "Hi");
    await t.say({ agentId: agent.id }, "Note it");
    const steps = await t.api<WireStep[]>("GET", `/v1/steps?agent_id=${agent.id}&order=asc`);
    const [first, , third] = steps.body.map(({ id }) => id);
    expect((await ask(agent.id, "volcano", first)).verdict.code).toBe("not-shown");
    const shown = await ask(agent.id, "volcano", third);
    expect([shown.verdict.code, shown.shown?.places.length]).toEqual(["shown", expect.any(Number)]);
    const other = await makeAgent();
    const wrong = await t.api("GET", `/v1/agents/${other.id}/knowledge?q=volcano&step_id=${first}`);
    expect(wrong.status).toBe(400);
  });

  test("what is in the archive: searched and found, found and cut, missed, and deleted", async () => {
    const agent = await makeAgent();
    t.push(archive("a", "The summit hut of Etna opens in May."), says("Kept."));
    await t.say({ agentId: agent.id }, "Keep this");
    expect((await ask(agent.id, "summit hut")).verdict.text).toContain("not searched for since");
    t.push(search("b", "summit hut"), says("May."));
    await t.say({ agentId: agent.id }, "When?");
    const found = await ask(agent.id, "summit hut");
    // What the search returned stands in the conversation now.
    expect(found.now).toMatchObject({ passages: 1, blocks: [] });
    expect(found.events).toContainEqual(expect.objectContaining({ type: "searched", rank: 1, returned: true }));
    await t.api("PATCH", `/v1/agents/${agent.id}/reset-messages`, {});
    expect((await ask(agent.id, "summit hut")).verdict.code).toBe("in-archive");
    // Many that fit better, and a search that returns one.
    t.push(...[1, 2, 3].map((n) => archive(`c${n}`, `Basil and mint: plot ${n}, basil, mint.`)), says("Ok."));
    await t.say({ agentId: agent.id }, "Keep these");
    t.push(archive("d", "The mint by the wall came from Chios and is watered on Sundays with the roses."), says("Ok."));
    await t.say({ agentId: agent.id }, "And this");
    t.push(search("e", "basil mint", { top_k: 1 }), says("Three plots."));
    await t.say({ agentId: agent.id }, "Herbs?");
    await t.api("PATCH", `/v1/agents/${agent.id}/reset-messages`, {});
    const cut = await ask(agent.id, "mint Chios");
    expect(cut.verdict).toMatchObject({
      code: "search-cut",
      text: expect.stringMatching(/in place \d and returned 1/),
    });
    type Found = { id: string; text: string }[];
    const { body } = await t.api<Found>("GET", `/v1/agents/${agent.id}/archival-memory?search=Chios`);
    await t.api("DELETE", `/v1/agents/${agent.id}/archival-memory/${body[0]!.id}`);
    const removed = await ask(agent.id, "mint Chios");
    expect([removed.verdict.code, removed.events.at(-1)?.type]).toEqual(["removed", "removed"]);
  });

  test("a word that is in thousands of messages is told by the first and the last of them, and how many lie between", async () => {
    const agent = await makeAgent();
    t.push(says("Yes."));
    await t.say({ agentId: agent.id }, "The first volcano.");
    const [{ n }] = (await t.core.db.query<{ n: number }>(
      `WITH c AS (SELECT conversation_id, organization_id, max(seq) AS last FROM message WHERE agent_id = $1 GROUP BY 1, 2)
       , made AS (INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, created_at)
         SELECT 'message-' || gen_random_uuid(), c.organization_id, $1, c.conversation_id, c.last + g, 'user',
           jsonb_build_array(jsonb_build_object('type', 'text', 'text', repeat('x ', 3000) || 'volcano ' || g)), now()
         FROM c, generate_series(1, 3000) g RETURNING 1) SELECT count(*)::int AS n FROM made`,
      [agent.id],
    )) as [{ n: number }];
    const { events, left_out, now } = await ask(agent.id, "volcano");
    expect([events.length, left_out]).toEqual([200, n + 1 - 200]);
    expect(events[0]).toMatchObject({ type: "said", text: "The first volcano." });
    expect(events.at(-1)!.text).toContain("volcano 3000");
    expect(events.at(-1)!.text.length).toBeLessThan(300);
    expect(now.messages_in_context).toBeGreaterThan(0);
  });

  test("a query without a word is refused with what to do; another tenant's agent is unknown", async () => {
    const agent = await makeAgent();
    const refused = await t.api<{ detail: string }>("GET", `/v1/agents/${agent.id}/knowledge?q=%3F`);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([422, expect.stringContaining("at least one word")]);
    const unknown = await t.api("GET", "/v1/agents/agent-00000000-0000-4000-8000-000000000000/knowledge?q=x");
    expect(unknown.status).toBe(404);
  });
});

describe("on the seeded past", () => {
  test("the lost allergy is answered in one question: who dropped it, and when it came back", async () => {
    const { providers: environment } = readConfig({});
    const core = await openTestCore({ models: createModelRegistry({ environment, defaultModel: null }) });
    const { ada } = await seedPast(core.core, Date.UTC(2026, 10, 22));
    const q = encodeURIComponent("Why did it forget the walnut allergy?");
    const { body } = await core.api<Knowledge>("GET", `/v1/agents/${ada}/knowledge?q=${q}`);
    await core.close();
    expect(body.words.map(({ word }) => word)).toEqual(["walnut", "allergy"]);
    expect(body.verdict.code).toBe("in-memory");
    expect(body.verdict.text).toMatch(/missing from v\d+, where memory_rethink dropped it, to v\d+/);
    const types = typesOf(body);
    expect(types.indexOf("said")).toBeLessThan(types.indexOf("written"));
    expect(types.indexOf("written")).toBeLessThan(types.indexOf("dropped"));
    expect(types.lastIndexOf("written")).toBeGreaterThan(types.indexOf("dropped"));
    const dropped = body.events.find(({ type }) => type === "dropped");
    expect(dropped?.step_id).toMatch(/^step-/);
  });
});
