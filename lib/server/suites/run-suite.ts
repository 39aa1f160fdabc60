import type { SuiteCase, SuiteContent } from "@/lib/api/suite-file";
import type { SuiteItemResult, SuiteRunOptions } from "@/lib/api/suites";
import type { ObservedTurn } from "@/lib/engine/checks/check";
import { deleteAgent } from "../agents/delete-agent";
import type { Core, Ctx } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import { log } from "../core/log";
import { databaseFault } from "../db/faults";
import { storableJson } from "../db/json";
import { jobKind } from "../jobs/queue";
import { sentenceOf } from "../run/busy";
import { answersOf, sayTo, speakerOf } from "./converse";
import { type Memory, observe, readMemory } from "./observe";
import { runChecks } from "./run-checks";
import { startCase } from "./start-case";

/** Cases of one run that are at work at a time, unless it says otherwise. */
const LANES = 4;

/**
 * Works a run of a suite off, some cases side by side. A case that a process did not live to end is begun anew, on a new
 * copy of its agent; what is over stays.
 */
export const RUN_SUITE = jobKind<{ suiteRunId: string }>({
  name: "run-suite",
  concurrency: 4,
  share: {
    async ownerOf(core, { suiteRunId }) {
      const rows = await core.db.query<{ id: string }>("SELECT organization_id AS id FROM suite_run WHERE id = $1", [
        suiteRunId,
      ]);
      return rows[0]?.id ?? null;
    },
    most: (core) => core.config.shares.batches,
  },
  retries: 20,
  retryDelayS: 1,
  retryDelayMaxS: 60,
  timeoutS: 12 * 60 * 60,
  run: async (core, { suiteRunId }, signal) => {
    const [run] = await core.db.query<Run>(
      "SELECT id, organization_id, user_id, content, options FROM suite_run WHERE id = $1 AND status = 'running'",
      [suiteRunId],
    );
    if (!run) return;
    const ctx: Ctx = { ...core, actor: { organizationId: run.organization_id, userId: run.user_id }, suiteRunId };
    const ids = await openItems(core, suiteRunId);
    const lane = async () => {
      for (let id = ids.shift(); id; id = ids.shift()) await runItem(ctx, run, id, signal);
    };
    const lanes = await Promise.allSettled(Array.from({ length: run.options.parallel ?? LANES }, lane));
    for (const ended of lanes) if (ended.status === "rejected") throw ended.reason;
    await finishRun(ctx, suiteRunId);
  },
});

type Run = { id: string; organization_id: string; user_id: string; content: SuiteContent; options: SuiteRunOptions };
type Item = { id: string; case_name: string; variant: string; repeat: number };

async function openItems(core: Core, suiteRunId: string): Promise<string[]> {
  const rows = await core.db.query<{ id: string }>(
    "SELECT id FROM suite_item WHERE suite_run_id = $1 AND status IN ('created', 'running') ORDER BY position",
    [suiteRunId],
  );
  return rows.map(({ id }) => id);
}

async function runItem(ctx: Ctx, run: Run, itemId: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const item = await takeItem(ctx, itemId);
  if (!item) return;
  const one = run.content.cases.find(({ name }) => name === item.case_name);
  try {
    if (!one) throw notFound("case", item.case_name);
    const result = await runCase(ctx, run.content, one, item, signal);
    const passed = result.findings.every((finding) => finding.passed);
    await endItem(ctx, itemId, { status: passed ? "passed" : "failed", result, error: null });
    if (!passed && run.options.bail) await skipRest(ctx, run.id);
  } catch (error) {
    if (signal.aborted || databaseFault(error)) throw error;
    if (!(error instanceof ApiError)) log.error({ err: error, itemId }, "a case could not be run");
    const told = error instanceof ApiError ? sentenceOf(error) : "An unexpected error: the server's log says more.";
    await endItem(ctx, itemId, { status: "error", result: null, error: told });
    if (run.options.bail) await skipRest(ctx, run.id);
  }
}

/** Marks an item as running, from its beginning. Null for one that is over, or whose run was cancelled. */
async function takeItem(ctx: Ctx, itemId: string): Promise<Item | null> {
  const [item] = await ctx.db.query<Item>(
    `UPDATE suite_item i SET status = 'running', turns = 0, agent_id = NULL, started_at = $2::timestamptz FROM suite_run r
     WHERE i.id = $1 AND r.id = i.suite_run_id AND r.status = 'running' AND i.status IN ('created', 'running')
     RETURNING i.id, i.case_name, i.variant, i.repeat`,
    [itemId, ctx.now().toISOString()],
  );
  return item ?? null;
}

async function runCase(
  ctx: Ctx,
  content: SuiteContent,
  one: SuiteCase,
  item: Item,
  signal: AbortSignal,
): Promise<SuiteItemResult> {
  const variant = content.variants?.find(({ name }) => name === item.variant) ?? null;
  const { agentId, notes } = await startCase(ctx, (one.start ?? content.start)!, `test: ${one.name}`, variant);
  await keepAgent(ctx, item.id, agentId);
  const before = await readMemory(ctx, agentId);
  const speak = await speakerOf(ctx, agentId, one);
  const answers = await answersOf(ctx, one);
  const turns: ObservedTurn[] = [];
  const findings: SuiteItemResult["findings"] = [];
  const check = async (checks: SuiteCase["checks"] | undefined, turn: number | null) => {
    if (!checks?.length) return;
    const observed = await observe(ctx, { agentId, before, turns: [...turns], checks });
    const found = await runChecks(ctx, { agentId, checks, observed, signal });
    findings.push(...found.map((finding) => ({ ...finding, turn })));
  };
  for (let said = await speak(turns, signal); said; said = await speak(turns, signal)) {
    if (!(await goesOn(ctx, item.id))) break;
    const turn = await sayTo(ctx, agentId, said.user, signal, answers);
    turns.push(turn);
    await ctx.db.query("UPDATE suite_item SET turns = $2 WHERE id = $1", [item.id, turns.length]);
    if (turn.error) findings.push(failure(turn, turns.length));
    await check([...said.checks], turns.length);
    if (turn.error) break;
  }
  await check(one.checks, null);
  const { used } = await observe(ctx, { agentId, before, turns, checks: [] });
  return { findings, turns, memory: changedMemory(before, await readMemory(ctx, agentId)), used, notes };
}

/** Says whose copy it is. One that was made while its run was deleted goes at once: nothing else would take it along. */
async function keepAgent(ctx: Ctx, itemId: string, agentId: string): Promise<void> {
  const kept = await ctx.db.query("UPDATE suite_item SET agent_id = $2 WHERE id = $1 RETURNING id", [itemId, agentId]);
  if (kept.length === 0) await deleteAgent(ctx, agentId);
}

/** A run that failed fails its case, whatever else is checked. */
function failure(turn: ObservedTurn, number: number): SuiteItemResult["findings"][number] {
  return {
    kind: "limits",
    expected: "the agent answers",
    passed: false,
    found: turn.error ?? "",
    step_id: turn.step_id,
    turn: number,
  };
}

function changedMemory(before: Memory, after: Memory): SuiteItemResult["memory"] {
  const valueIn = (memory: Memory, id: string) => memory.blocks.find((block) => block.id === id)?.value ?? null;
  const all = [...after.blocks, ...before.blocks.filter(({ id }) => valueIn(after, id) === null)];
  const without = (one: Memory, other: Memory) => {
    const known = new Set(other.passages.map(({ id }) => id));
    return one.passages.filter(({ id }) => !known.has(id)).map(({ text }) => text);
  };
  return {
    blocks: all
      .map(({ id, label }) => ({ label, before: valueIn(before, id), after: valueIn(after, id) }))
      .filter((block) => block.before !== block.after),
    archive_added: without(after, before),
    archive_removed: without(before, after),
  };
}

/** Whether nobody has cancelled the run meanwhile. */
async function goesOn(ctx: Ctx, itemId: string): Promise<boolean> {
  const rows = await ctx.db.query("SELECT 1 FROM suite_item WHERE id = $1 AND status = 'running'", [itemId]);
  return rows.length > 0;
}

type End = { status: "passed" | "failed" | "error"; result: SuiteItemResult | null; error: string | null };

async function endItem(ctx: Ctx, itemId: string, { status, result, error }: End): Promise<void> {
  await ctx.db.query(
    `UPDATE suite_item SET status = $2, result = $3::jsonb, error = $4, completed_at = $5::timestamptz
     WHERE id = $1 AND status = 'running'`,
    [itemId, status, result && storableJson(result), error, ctx.now().toISOString()],
  );
}

async function skipRest(ctx: Ctx, suiteRunId: string): Promise<void> {
  await ctx.db.query(
    "UPDATE suite_item SET status = 'skipped', completed_at = $2::timestamptz WHERE suite_run_id = $1 AND status = 'created'",
    [suiteRunId, ctx.now().toISOString()],
  );
}

/** Ends a run whose items are all over. It has passed if all of them have that were not left out. */
async function finishRun(ctx: Ctx, suiteRunId: string): Promise<void> {
  await ctx.db.query(
    `UPDATE suite_run SET completed_at = $2::timestamptz,
       status = CASE WHEN EXISTS (SELECT 1 FROM suite_item WHERE suite_run_id = $1 AND status IN ('failed', 'error'))
         THEN 'failed' ELSE 'passed' END
     WHERE id = $1 AND status = 'running'
       AND NOT EXISTS (SELECT 1 FROM suite_item WHERE suite_run_id = $1 AND status IN ('created', 'running'))`,
    [suiteRunId, ctx.now().toISOString()],
  );
}
