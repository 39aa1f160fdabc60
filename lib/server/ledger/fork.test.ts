import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlockVersion } from "@/lib/api/blocks";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import type { ContextDiff } from "./diff";
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

const TOOLS = ["memory_insert", "memory_replace", "memory", "archival_memory_insert"];

function createAgent(body: Record<string, unknown> = {}): Promise<WireAgent> {
  return ok<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    tools: TOOLS,
    memory_blocks: [{ label: "human", value: "Bob" }],
    ...body,
  });
}

let count = 0;
const insert = (text: string) =>
  calls({ id: `i${++count}`, name: "memory_insert", args: { label: "human", new_string: text } });

async function stepsOf(agentId: string): Promise<string[]> {
  const rows = await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE agent_id = $1 ORDER BY seq", [agentId]);
  return rows.map((row) => row.id);
}

/** Says something, and the agent writes a line into its block `human`. */
async function writeLine(agentId: string, line: string): Promise<void> {
  t.push(insert(line), says("Noted."));
  await t.say({ agentId }, `Write ${line}`);
}

type Made = { agent_id: string; conversation_id: string; run_id: string | null; notes: string[] };
const fork = (stepId: string, body: Record<string, unknown> = {}) =>
  ok<Made>("POST", `/v1/steps/${stepId}/fork`, { moment: "after", ...body });

const humanOf = async (agentId: string) =>
  (await ok<WireAgent>("GET", `/v1/agents/${agentId}`)).blocks.find((block) => block.label === "human")!;

type Segment = { text: string; block_id: string; version_id: string; cause: { kind: string; toolCall?: string } };
const blameOf = async (blockId: string, version = "") =>
  (await ok<{ segments: Segment[] }>("GET", `/v1/blocks/${blockId}/blame${version}`)).segments;

describe("blame through forks", () => {
  test("goes on at who wrote it in the original, however often it was copied; a copy is no author", async () => {
    const origin = await createAgent();
    await writeLine(origin.id, "first line");
    const [, last] = await stepsOf(origin.id);
    const first = await fork(last!);
    await writeLine(first.agent_id, "second line");
    const second = await fork((await stepsOf(first.agent_id)).at(-1)!);
    await writeLine(second.agent_id, "third line");
    await writeLine(origin.id, "another past");

    const blocks = [origin.id, first.agent_id, second.agent_id].map(humanOf);
    const [a, b, c] = (await Promise.all(blocks)).map((block) => block.id!);
    const segments = await blameOf(c!);
    expect(segments.map((one) => one.text).join("")).toBe("Bob\nfirst line\nsecond line\nthird line");
    expect(segments.map((one) => [one.text.trim(), one.block_id, one.cause.kind])).toEqual([
      ["Bob", a, "api"],
      ["first line", a, "agent"],
      ["second line", b, "agent"],
      ["third line", c, "agent"],
    ]);
    const versions = await ok<WireBlockVersion[]>("GET", `/v1/blocks/${c}/versions?order=asc`);
    expect(versions.every((version) => version.operation === "fork" || version.step_id !== null)).toBe(true);
    expect(
      await blameOf(
        b!,
        `?version_id=${(await ok<WireBlockVersion[]>("GET", `/v1/blocks/${b}/versions?order=asc`))[0]!.id}`,
      ),
    ).not.toEqual([]);

    await ok("DELETE", `/v1/agents/${origin.id}`);
    const left = await blameOf(c!);
    expect(left.map((one) => one.text).join("")).toBe("Bob\nfirst line\nsecond line\nthird line");
    expect(left.map((one) => one.cause.kind)).toEqual(["fork", "fork", "agent", "agent"]);
  });

  test("what a fork changes on purpose is the fork's, and the rest is not", async () => {
    const origin = await createAgent();
    await writeLine(origin.id, "kept line");
    const made = await fork((await stepsOf(origin.id)).at(-1)!, {
      changes: { blocks: { human: "Bob\nkept line\nand changed" }, system: "You are Max." },
    });
    const segments = await blameOf((await humanOf(made.agent_id)).id!);
    expect(segments.map((one) => [one.text.trim(), one.cause.kind])).toEqual([
      ["Bob", "api"],
      ["kept line", "agent"],
      ["and changed", "fork"],
    ]);
    const versions = await ok<{ operation: string; config: { system: string } }[]>(
      "GET",
      `/v1/agents/${made.agent_id}/versions?order=asc`,
    );
    expect(versions.map((version) => version.config.system)).toEqual([origin.system, "You are Max."]);
  });
});

describe("the past of a fork", () => {
  test("leads to the steps of the original, up to the fork and no further", async () => {
    const origin = await createAgent();
    await writeLine(origin.id, "one");
    await writeLine(origin.id, "two");
    await writeLine(origin.id, "three");
    const steps = await stepsOf(origin.id);
    const made = await fork(steps[3]!);
    await writeLine(made.agent_id, "else");
    const again = await fork((await stepsOf(made.agent_id)).at(-1)!);
    for (const agentId of [made.agent_id, again.agent_id]) {
      const state = await ok<WireStateAt>("GET", `/v1/agents/${agentId}/state?step_id=${steps[1]}`);
      expect(state).toMatchObject({ agent_id: origin.id, blocks: [{ value: "Bob\none" }] });
      expect((await t.api("GET", `/v1/agents/${agentId}/state?step_id=${steps[3]}`)).status).toBe(200);
      expect((await t.api("GET", `/v1/agents/${agentId}/state?step_id=${steps[4]}`)).status).toBe(404);
    }
    expect(
      (await t.api("GET", `/v1/agents/${origin.id}/state?step_id=${(await stepsOf(made.agent_id))[0]}`)).status,
    ).toBe(404);
    const before = await fork(steps[2]!, { moment: "before" });
    expect((await t.api("GET", `/v1/agents/${before.agent_id}/state?step_id=${steps[1]}`)).status).toBe(200);
    expect((await t.api("GET", `/v1/agents/${before.agent_id}/state?step_id=${steps[2]}`)).status).toBe(404);
  });

  type Entry = { type: string; id: string; seq: number; origin_agent_id?: string; cause?: { kind: string } };
  test("is in its time line where it is asked for, in one order, a page at a time", async () => {
    const origin = await createAgent();
    for (const line of ["one", "two", "three"]) await writeLine(origin.id, line);
    const steps = await stepsOf(origin.id);
    const first = await fork(steps[3]!);
    await writeLine(first.agent_id, "four");
    const own = await stepsOf(first.agent_id);
    const second = await fork(own[1]!);
    await writeLine(second.agent_id, "five");
    const last = await stepsOf(second.agent_id);
    const path = `/v1/agents/${second.agent_id}/timeline`;
    const idsOf = (entries: Entry[]) => entries.filter((entry) => entry.type === "step").map((entry) => entry.id);
    expect(idsOf(await ok<Entry[]>("GET", `${path}?order=asc`))).toEqual(last);
    const all = await ok<Entry[]>("GET", `${path}?order=asc&with_origin=true&limit=1000`);
    expect(idsOf(all)).toEqual([...steps.slice(0, 4), ...own, ...last]);
    const whose = all.filter((entry) => entry.type === "step").map((entry) => entry.origin_agent_id ?? second.agent_id);
    expect(new Set(whose)).toEqual(new Set([origin.id, first.agent_id, second.agent_id]));
    const walked: Entry[] = [];
    for (;;) {
      const from = walked.length > 0 ? `&before=${walked.at(-1)!.seq}` : "";
      const page = await ok<Entry[]>("GET", `${path}?with_origin=true&limit=3${from}`);
      if (page.length === 0) break;
      walked.push(...page);
    }
    expect(walked.toReversed()).toEqual(all);
    const forward: Entry[] = [];
    for (let after = 0; ; after = forward.at(-1)!.seq) {
      const page = await ok<Entry[]>("GET", `${path}?with_origin=true&limit=3&order=asc&after=${after}`);
      if (page.length === 0) break;
      forward.push(...page);
    }
    expect(forward).toEqual(all);
  });

  test("can be compared with its own: what changed since, and by whom", async () => {
    const origin = await createAgent();
    await writeLine(origin.id, "shared");
    const [first, second] = await stepsOf(origin.id);
    const made = await fork(second!);
    await writeLine(made.agent_id, "only here");
    await ok("PATCH", `/v1/agents/${made.agent_id}`, { system: "You are Max." });
    t.push(says("Max."));
    await t.say({ agentId: made.agent_id }, "Who?");
    const own = await stepsOf(made.agent_id);
    const diff = await ok<ContextDiff>("GET", `/v1/steps/${own.at(-1)}/context/diff?with=${first}`);
    const of = (label: string) => diff.sections.find((section) => section.label === label)!;
    expect(of("human").causes.map((cause) => cause.kind)).toEqual(["agent", "agent"]);
    expect(of("instructions")).toMatchObject({ change: "changed", causes: [{ kind: "api" }] });
    const sibling = await fork(second!);
    t.push(says("Hi."));
    await t.say({ agentId: sibling.agent_id }, "Hi");
    const [other] = await stepsOf(sibling.agent_id);
    expect((await t.api("GET", `/v1/steps/${other}/context/diff?with=${own.at(-1)}`)).status).toBe(200);
    const stranger = await createAgent();
    t.push(says("Hi."));
    await t.say({ agentId: stranger.id }, "Hi");
    const [strange] = await stepsOf(stranger.id);
    expect((await t.api("GET", `/v1/steps/${strange}/context/diff?with=${first}`)).status).toBe(400);
    const context = await ok<{ sections: { label: string; cause: { kind: string } | null }[] }>(
      "GET",
      `/v1/steps/${own[0]}/context`,
    );
    expect(context.sections.find((section) => section.label === "human")!.cause).toMatchObject({ kind: "api" });
  });

  test("deleting either leaves the other whole, and a deleted fork leaves nothing behind", async () => {
    const origin = await createAgent();
    t.push(calls({ id: "k1", name: "archival_memory_insert", args: { content: "A fact", tags: [] } }), says("Kept."));
    await t.say({ agentId: origin.id }, "Keep it");
    const last = (await stepsOf(origin.id)).at(-1)!;
    const before = await t.rowCounts();
    const made = await fork(last);
    await writeLine(made.agent_id, "a line");
    await ok("DELETE", `/v1/agents/${made.agent_id}`);
    expect(await t.rowCounts()).toEqual(before);
    const heir = await fork(last);
    await ok("DELETE", `/v1/agents/${origin.id}`);
    const passages = await ok<{ text: string }[]>("GET", `/v1/agents/${heir.agent_id}/archival-memory`);
    expect(passages.map((passage) => passage.text)).toEqual(["A fact"]);
    expect(await ok<unknown[]>("GET", `/v1/agents/${heir.agent_id}/timeline?with_origin=true`)).not.toEqual([]);
    t.push(says("Still here."));
    expect((await t.say({ agentId: heir.agent_id }, "Hi")).stopReason).toBe("end_turn");
  });
});

describe("a fork into a conversation", () => {
  test("has the memory of then for itself, and notes say what else is today's", async () => {
    const agent = await createAgent();
    await writeLine(agent.id, "then");
    const [, last] = await stepsOf(agent.id);
    const human = await humanOf(agent.id);
    await ok("PATCH", `/v1/blocks/${human.id}`, { value: "today" });
    const extra = await ok<{ id: string }>("POST", "/v1/blocks/", { label: "extra", value: "attached since" });
    await ok("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/attach/${extra.id}`);
    await ok("PATCH", `/v1/agents/${agent.id}`, { system: "You are Max." });
    const made = await fork(last!, { into: "conversation" });
    expect(made.agent_id).toBe(agent.id);
    expect(made.notes).toEqual(["the system prompt is today's"]);
    const before = t.requests.length;
    t.push(
      calls({
        id: "m1",
        name: "memory",
        args: { command: "create", path: "/memories/plans", description: "Plans", file_text: "Sail" },
      }),
      insert("and now"),
      says("Ok."),
    );
    const said = await t.say({ conversationId: made.conversation_id }, "Go on");
    expect(said.stopReason).toBe("end_turn");
    const [first, , third] = t.requests.slice(before);
    expect(first!.system).toContain("then");
    expect(first!.system).not.toContain("today");
    expect(first!.system).not.toContain("attached since");
    expect(first!.system).toContain("You are Max.");
    expect(third!.system).toContain("Sail");
    expect((await humanOf(agent.id)).value).toBe("today");
    const now = await ok<WireAgent>("GET", `/v1/agents/${agent.id}`);
    expect(now.blocks.map((block) => block.label)).toEqual(["human", "extra"]);
    const own = (await stepsOf(agent.id)).slice(-3);
    const labels = async (id: string, moment: string) =>
      (await ok<WireStateAt>("GET", `/v1/agents/${agent.id}/state?step_id=${id}&moment=${moment}`)).blocks.map(
        ({ label, value }) => [label, value],
      );
    expect(await labels(own[0]!, "before")).toEqual([["human", "Bob\nthen"]]);
    expect(await labels(own[0]!, "after")).toEqual([
      ["human", "Bob\nthen"],
      ["plans", "Sail"],
    ]);
    expect(await labels(own[1]!, "after")).toEqual([
      ["human", "Bob\nthen\nand now"],
      ["plans", "Sail"],
    ]);
    const copies = await ok<{ id: string }>("POST", `/v1/conversations/${made.conversation_id}/fork`);
    t.push(says("Here too."));
    await t.say({ conversationId: copies.id }, "And you?");
    expect(t.requests.at(-1)!.system).toContain("and now");
    expect(t.requests.at(-1)!.system).not.toContain("attached since");
  });

  test("says nothing where nothing differs, and asks what the original would have asked", async () => {
    const agent = await createAgent();
    await writeLine(agent.id, "then");
    const last = (await stepsOf(agent.id)).at(-1)!;
    const made = await fork(last, { into: "conversation" });
    expect(made.notes).toEqual([]);
    t.push(says("Yes."));
    await t.say({ conversationId: made.conversation_id }, "And?");
    const asked = t.requests.at(-1)!.system.replace(made.conversation_id, "default");
    t.push(says("Yes."));
    await t.say({ agentId: agent.id }, "And?");
    expect(asked).toBe(t.requests.at(-1)!.system);
  });

  test("can have other values in its own blocks; system and tools are the agent's", async () => {
    const agent = await createAgent();
    await writeLine(agent.id, "then");
    const last = (await stepsOf(agent.id)).at(-1)!;
    const made = await fork(last, { into: "conversation", changes: { blocks: { human: "Other" } } });
    t.push(says("Yes."));
    await t.say({ conversationId: made.conversation_id }, "And?");
    expect(t.requests.at(-1)!.system).toContain("Other");
    const refused = await t.api("POST", `/v1/steps/${last}/fork`, { into: "conversation", changes: { system: "x" } });
    expect(refused.status).toBe(400);
  });
});

describe("making a fork", () => {
  test("of many passages and messages leaves the loop to others, and is whole or not there at all", async () => {
    const agent = await createAgent();
    await writeLine(agent.id, "x");
    const archive = await ok<{ id: string }>("POST", "/v1/archives/", { name: "Large" });
    await ok("PATCH", `/v1/agents/${agent.id}/archives/attach/${archive.id}`);
    await t.core.db.query(
      `WITH made AS (INSERT INTO passage (id, organization_id, archive_id, text, tags, created_at)
         SELECT 'passage-' || gen_random_uuid(), $1, $2, 'Fact ' || n, '{}', now() FROM generate_series(1, 6000) n RETURNING id)
       INSERT INTO passage_event (id, organization_id, archive_id, passage_id, type, cause)
         SELECT 'event-' || gen_random_uuid(), $1, $2, id, 'insert', '{"kind":"api","actor":"user"}' FROM made`,
      [t.ctx.actor.organizationId, archive.id],
    );
    await writeLine(agent.id, "y");
    const last = (await stepsOf(agent.id)).at(-1)!;
    const before = await t.rowCounts();
    await t.core.db.query(
      `CREATE FUNCTION no_more() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF NEW.copied_from_id IS NOT NULL AND NEW.text = 'Fact 5900' THEN RAISE EXCEPTION 'no room'; END IF; RETURN NEW; END $$`,
    );
    await t.core.db.query("CREATE TRIGGER no_more BEFORE INSERT ON passage FOR EACH ROW EXECUTE FUNCTION no_more()");
    expect((await t.api("POST", `/v1/steps/${last}/fork`, { moment: "after" })).status).toBe(500);
    await t.core.db.query("DROP TRIGGER no_more ON passage");
    expect(await t.rowCounts()).toEqual(before);
    let turns = 0;
    let done = false;
    const watch = async () => {
      while (!done) {
        turns++;
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const watching = watch();
    const made = await fork(last);
    done = true;
    await watching;
    expect(turns).toBeGreaterThan(25);
    const state = await ok<WireAgent[]>("GET", `/v1/agents/${made.agent_id}/archival-memory?limit=1000`);
    expect(state).toHaveLength(1000);
    const [copied] = await t.core.db.query<{ count: number }>(
      "SELECT count(*)::int AS count FROM passage p JOIN agent_archive l ON l.archive_id = p.archive_id WHERE l.agent_id = $1",
      [made.agent_id],
    );
    expect(copied!.count).toBe(6000);
  });

  test("keeps messages at their places, those out of context too, and belongs to no run", async () => {
    const agent = await createAgent();
    await writeLine(agent.id, "x");
    await ok("PATCH", `/v1/agents/${agent.id}/reset-messages`, {});
    await writeLine(agent.id, "y");
    const last = (await stepsOf(agent.id)).at(-1)!;
    const made = await fork(last);
    type Row = { seq: number; role: string; parts: unknown; run_id: string | null; copied_from_id: string | null };
    const rows = (agentId: string) =>
      t.core.db.query<Row>(
        "SELECT seq, role, parts, run_id, copied_from_id FROM message WHERE agent_id = $1 AND seq > 0 ORDER BY seq",
        [agentId],
      );
    const [own, copies] = [await rows(agent.id), await rows(made.agent_id)];
    const said = (list: Row[]) => list.map(({ seq, role, parts }) => [seq, role, parts]);
    expect(said(copies)).toEqual(said(own));
    expect(copies.every((row) => row.run_id === null && row.copied_from_id !== null)).toBe(true);
    const heads = await t.core.db.query<{ context: [number, number | null][]; next_seq: number }>(
      "SELECT context, next_seq FROM conversation WHERE agent_id = ANY($1::text[])",
      [[agent.id, made.agent_id]],
    );
    expect(heads[0]!.next_seq).toBe(heads[1]!.next_seq);
  });
});
