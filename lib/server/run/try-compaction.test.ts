import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireCompactionPreview } from "@/lib/api/compactions";
import type { TimelineEntry } from "@/lib/api/ledger";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { replayRun } from "../ledger/replay";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import type { CompactionState } from "./compaction-state";

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

type Conversation = { agentId: string; url: string };

/** A conversation of turns, each a question and its answer. */
async function talk(turns: number, body: Record<string, unknown> = {}): Promise<Conversation> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
    include_base_tools: false,
    ...body,
  });
  const agentId = made.body.id;
  for (let turn = 1; turn <= turns; turn++) {
    t.push(says(`Answer ${turn}`));
    await t.say({ agentId }, `Question ${turn}`);
  }
  return { agentId, url: `/v1/conversations/${agentId}/compaction` };
}

const preview = (url: string, body: Record<string, unknown> = {}) =>
  t.api<WireCompactionPreview & { detail: unknown }>("POST", `${url}/preview`, body);
const apply = (url: string, body: Record<string, unknown>) =>
  t.api<CompactionState & { detail: unknown }>("POST", `${url}/apply`, body);
const undo = (url: string) => t.api<CompactionState & { detail: unknown }>("POST", `${url}/undo`, {});
const keep = (url: string, message_ids: string[]) =>
  t.api<CompactionState & { detail: unknown }>("PUT", `${url}/kept-messages`, { message_ids });
const ALL = { compaction_settings: { mode: "all" } };

async function contextOf(agentId: string): Promise<string[]> {
  const agent = await t.api<WireAgent>("GET", `/v1/agents/${agentId}`);
  return agent.body.message_ids!.slice(1);
}
async function idOf(agentId: string, text: string): Promise<string> {
  const rows = await t.core.db.query<{ id: string }>(
    "SELECT id FROM message WHERE agent_id = $1 AND strpos(parts::text, $2) > 0 ORDER BY seq LIMIT 1",
    [agentId, text],
  );
  return rows[0]!.id;
}
/** What the model is shown of the conversation, in words. */
const shown = () =>
  t.requests.at(-1)!.messages.map(({ parts }) => parts.map((part) => ("text" in part ? part.text : "")).join(""));

describe("a preview of a compaction (point 5)", () => {
  test("tells what goes, the summary and the tokens, and changes nothing", async () => {
    const { agentId, url } = await talk(3);
    t.push(says("Answer 4"));
    await t.say({ agentId }, `Question 4${" of many words".repeat(200)}`);
    const before = await contextOf(agentId);
    t.push(says("They spoke of four questions."));
    const { status, body } = await preview(url, ALL);
    expect([status, body.mode, body.summary]).toEqual([200, "all", "They spoke of four questions."]);
    expect(body.evicted.map(({ text }) => text.slice(0, 10).trim())).toEqual(
      [1, 2, 3, 4].flatMap((n) => [`Question ${n}`, `Answer ${n}`]),
    );
    expect([body.messages_before, body.messages_after]).toEqual([before.length + 1, 2]);
    expect(body.tokens_after).toBeLessThan(body.tokens_before);
    expect(await contextOf(agentId)).toEqual(before);
    const told = await t.core.db.query("SELECT kind FROM model_call WHERE agent_id = $1 AND kind = 'generate'", [
      agentId,
    ]);
    expect(told).toHaveLength(1);
  });

  test("without a summary asks no model; other modes can be seen beside it", async () => {
    const { url } = await talk(4);
    const asked = t.requests.length;
    const gone = async (mode: string) =>
      (await preview(url, { compaction_settings: { mode }, summarize: false })).body.evicted.length;
    expect(await gone("all")).toBe(8);
    expect(await gone("self_compact_all")).toBe(8);
    expect(await gone("sliding_window")).toBeLessThan(8);
    expect(t.requests.length).toBe(asked);
  });

  test("says what to do where nothing can be cut, and for an unknown mode", async () => {
    const { url } = await talk(0);
    expect((await preview(url, ALL)).status).toBe(400);
    expect((await preview(url, { ...ALL, summarize: false })).body).toMatchObject({ evicted: [], messages_after: 1 });
    const { url: other } = await talk(2);
    const answer = await preview(other, { compaction_settings: { mode: "half" } });
    expect([answer.status, JSON.stringify(answer.body.detail)]).toEqual([
      422,
      expect.stringContaining("sliding_window"),
    ]);
  });
});

describe("applying a compaction (point 5)", () => {
  test("takes the summary that was seen, or written, and asks no model again", async () => {
    const { agentId, url } = await talk(3);
    t.push(says("Three questions."));
    const seen = await preview(url, ALL);
    const asked = t.requests.length;
    const done = await apply(url, { ...ALL, summary: `${seen.body.summary} Kindly.`, base_seq: seen.body.next_seq });
    expect(done.body.newest).toMatchObject({ summary: "Three questions. Kindly.", mode: "all", can_undo: true });
    expect(t.requests.length).toBe(asked);
    t.push(says("Yes."));
    await t.say({ agentId }, "Go on");
    expect(shown()).toEqual([expect.stringContaining("Three questions. Kindly."), "Go on"]);
  });

  test("is refused where something was said since the preview, and nothing changes", async () => {
    const { agentId, url } = await talk(3);
    const seen = await preview(url, { ...ALL, summarize: false });
    t.push(says("Answer 4"));
    await t.say({ agentId }, "Question 4");
    const before = await contextOf(agentId);
    const late = await apply(url, { ...ALL, summary: "Three.", base_seq: seen.body.next_seq });
    expect([late.status, String(late.body.detail)]).toEqual([409, expect.stringContaining("since the preview")]);
    expect(await contextOf(agentId)).toEqual(before);
  });
});

describe("what must stay (point 5)", () => {
  test("a marked message is in context after a compaction, with the calls that belong to it, and after the next", async () => {
    const { agentId, url } = await talk(1);
    t.push(
      calls({ id: "c", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }),
      says("Noted."),
    );
    await t.say({ agentId }, "I like tea");
    t.push(says("Answer 3"));
    await t.say({ agentId }, "Question 3");
    const call = await idOf(agentId, "memory_insert");
    const question = await idOf(agentId, "Question 1");
    expect((await keep(url, [call, question])).body.kept_message_ids).toEqual([question, call]);
    const seen = await preview(url, { ...ALL, summarize: false });
    expect(seen.body.kept.map(({ message_id }) => message_id)).toEqual([question, call]);
    expect(seen.body.evicted.map(({ message_id }) => message_id)).not.toContain(call);
    await apply(url, { ...ALL, summary: "They spoke." });
    const left = await contextOf(agentId);
    expect(left).toHaveLength(4);
    expect(left.slice(1)).toEqual([question, call, expect.any(String)]);
    t.push(says("Fine."));
    await t.say({ agentId }, "Go on");
    expect(t.requests.at(-1)!.messages.map(({ role }) => role)).toEqual(["user", "user", "assistant", "tool", "user"]);
    await apply(url, { ...ALL, summary: "They spoke again." });
    expect((await contextOf(agentId)).slice(1)).toEqual(left.slice(1));
    await keep(url, []);
    await apply(url, { ...ALL, summary: "They spoke at last." });
    expect(await contextOf(agentId)).toHaveLength(1);
  });

  test("marked lines are asked for, and stand in the summary whatever the model writes", async () => {
    const { url } = await talk(3);
    t.push(says("Nothing of note. Lives in Oslo."));
    const { body } = await preview(url, { ...ALL, keep_lines: ["ALLERGY: nuts", "Lives in Oslo."] });
    expect(t.requests.at(-1)!.system).toContain("word for word:\nALLERGY: nuts\nLives in Oslo.");
    expect(body.summary).toBe("Nothing of note. Lives in Oslo.\n\nKept word for word:\nALLERGY: nuts");
  });

  test("a message of another conversation is refused; marking is told on the time line", async () => {
    const { agentId, url } = await talk(1);
    const other = await talk(1);
    const strange = await keep(url, [await idOf(other.agentId, "Question 1")]);
    expect([strange.status, String(strange.body.detail)]).toEqual([400, expect.stringContaining("no message of this")]);
    const question = await idOf(agentId, "Question 1");
    await keep(url, [question]);
    await keep(url, []);
    const told = await t.api<TimelineEntry[]>("GET", `/v1/agents/${agentId}/timeline?types=resource-event&order=asc`);
    expect(
      told.body.filter((entry) => entry.type === "resource-event" && entry.resource === "kept-message"),
    ).toMatchObject([
      { operation: "attach", resource_id: question, cause: { kind: "api" } },
      { operation: "detach", resource_id: question },
    ]);
  });

  test("a run that compacts by itself leaves what is marked, replays byte for byte, and its fork has the marks", async () => {
    const { agentId, url } = await talk(6, { context_window_limit: 8000 });
    const long = "word ".repeat(900);
    for (let turn = 7; turn <= 9; turn++) {
      t.push(says(`${long} ${turn}`));
      await t.say({ agentId }, `Long ${turn}`);
    }
    const question = await idOf(agentId, "Question 2");
    await keep(url, [question]);
    t.otherwise.script = says("A summary, or an answer.");
    let compacted = await t.say({ agentId }, `More ${long}${long}`);
    for (let more = 0; more < 5 && !compacted.items.some(({ type }) => type === "summary"); more++)
      compacted = await t.say({ agentId }, `More ${long}${long}`);
    expect(compacted.items.some(({ type }) => type === "summary")).toBe(true);
    expect(await contextOf(agentId)).toContain(question);
    const replayed = await replayRun(t.ctx, compacted.runId);
    expect(replayed.firstDifference).toBeNull();
    const [step] = (await t.api<{ id: string }[]>("GET", `/v1/runs/${compacted.runId}/steps`)).body;
    const fork = await t.api<{ agent_id: string }>("POST", `/v1/steps/${step!.id}/fork`, {});
    const state = await t.api<CompactionState>("GET", `/v1/conversations/${fork.body.agent_id}/compaction`);
    expect(state.body.kept_message_ids).toHaveLength(1);
  });
});

describe("undoing a compaction (point 5)", () => {
  test("puts back what it took out, in the place of its summary, before what was said since; the summary stays on record", async () => {
    const { agentId, url } = await talk(3);
    const before = await contextOf(agentId);
    await apply(url, { ...ALL, summary: "Three questions." });
    t.push(says("Answer 4"));
    await t.say({ agentId }, "Question 4");
    const since = (await contextOf(agentId)).slice(1);
    const undone = await undo(url);
    expect(undone.body.newest).toMatchObject({ summary: "Three questions.", can_undo: false });
    expect(await contextOf(agentId)).toEqual([...before, ...since]);
    t.push(says("Answer 5"));
    await t.say({ agentId }, "Question 5");
    expect(shown()).toEqual([...[1, 2, 3, 4].flatMap((n) => [`Question ${n}`, `Answer ${n}`]), "Question 5"]);
    const told = await t.api<TimelineEntry[]>("GET", `/v1/agents/${agentId}/timeline?types=compaction&order=asc`);
    expect(told.body).toMatchObject([{ trigger: "manual" }, { trigger: "undo", cause: { kind: "revert" } }]);
    const again = await undo(url);
    expect([again.status, String(again.body.detail)]).toEqual([409, expect.stringContaining("no longer in context")]);
  });

  test("says so where there was none, and where its conversation was emptied since", async () => {
    const { agentId, url } = await talk(2);
    expect((await undo(url)).status).toBe(400);
    await apply(url, { ...ALL, summary: "Two." });
    await t.api("PATCH", `/v1/agents/${agentId}/reset-messages`, { add_default_initial_messages: false });
    expect((await undo(url)).status).toBe(409);
    const state = await t.api<CompactionState>("GET", url);
    expect(state.body.newest).toMatchObject({ can_undo: false });
  });
});
