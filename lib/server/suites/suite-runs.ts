import type { Paging } from "@/lib/api/common";
import type { SuiteContent } from "@/lib/api/suite-file";
import type { SuiteCounts, SuiteItemResult, SuiteRunOptions, WireSuiteItem, WireSuiteRun } from "@/lib/api/suites";
import type { Ctx } from "../core/core";
import { badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { SuiteItemModel, SuiteModel, SuiteRunModel } from "../db/generated/models";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { cancelRuns } from "../run/cancel";
import { deleteMade, requireOver } from "./made-agents";
import { RUN_SUITE } from "./run-suite";
import { currentContent, getSuite } from "./suite-rows";

const MOST_ITEMS = 5000;
const RECENT = 10;

type Row = SuiteRunModel & { suite: Pick<SuiteModel, "name" | "baselineRunId"> };
const WITH_SUITE = { suite: { select: { name: true, baselineRunId: true } } } as const;

/** @throws ApiError `not-found`. */
export async function getSuiteRun(ctx: Ctx, suiteId: string, id: string): Promise<Row> {
  const where = { id, suiteId, organizationId: ctx.actor.organizationId };
  const row = await ctx.db.prisma.suiteRun.findFirst({ where, include: WITH_SUITE });
  if (!row) throw notFound("suite run", id);
  return row;
}

/**
 * Keeps a run of a suite's newest version and has it worked on.
 *
 * @throws ApiError `not-found`; 400 for a case or variant that the suite does not have, or for more than 5000 items.
 */
export async function createSuiteRun(ctx: Ctx, suiteId: string, options: SuiteRunOptions): Promise<WireSuiteRun> {
  const suite = await getSuite(ctx, suiteId);
  const content = await currentContent(ctx, suite);
  const items = itemsOf(content, options);
  const id = newId("suite_run");
  const { organizationId, userId } = ctx.actor;
  const now = ctx.now().toISOString();
  await transact(ctx, async (sql) => {
    // Held until the run is there: a suite that is deleted meanwhile takes it along.
    const held = await sql.query("SELECT id FROM suite WHERE id = $1 FOR SHARE", [suiteId]);
    if (held.length === 0) throw notFound("suite", suiteId);
    await sql.query(
      `INSERT INTO suite_run (id, organization_id, user_id, suite_id, version, content, options, status, created_at)
       VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7::jsonb, 'running', $8::timestamptz)`,
      [id, organizationId, userId, suiteId, suite.latestVersion, storableJson(content), storableJson(options), now],
    );
    await sql.query(
      `INSERT INTO suite_item (id, suite_run_id, position, case_name, variant, repeat, status)
       SELECT x.id, $1, x.position, x.name, x.variant, x.repeat, x.status
       FROM jsonb_to_recordset($2::jsonb) AS x(id text, position int, name text, variant text, repeat int, status text)`,
      [id, storableJson(items)],
    );
  });
  // Read before it is sent to the queue, which may be done with it at once.
  const wire = await retrieveSuiteRun(ctx, suiteId, id);
  await ctx.jobs.send(RUN_SUITE, { suiteRunId: id }, { key: id });
  return wire;
}

function itemsOf(content: SuiteContent, options: SuiteRunOptions) {
  const names = content.cases.map(({ name }) => name);
  requireKnown("case", options.cases, names);
  const variants = content.variants?.map(({ name }) => name) ?? [];
  requireKnown("variant", options.variants, variants);
  const chosen = options.variants ?? (variants.length > 0 ? variants : [""]);
  const cases = content.cases.filter(({ name }) => options.cases?.includes(name) ?? true);
  const items = cases.flatMap((one) =>
    chosen.flatMap((variant) =>
      Array.from({ length: options.repeats ?? one.repeats ?? content.repeats ?? 1 }, (_, n) => ({
        ...{
          id: newId("suite_item"),
          name: one.name,
          variant,
          repeat: n + 1,
          status: one.skip ? "skipped" : "created",
        },
      })),
    ),
  );
  if (items.length > MOST_ITEMS)
    throw badRequest(
      `INVALID_ARGUMENT: that is ${items.length} cases with their repeats and variants; at most ${MOST_ITEMS} can be run at once`,
    );
  return items.map((item, position) => ({ ...item, position }));
}

function requireKnown(kind: string, asked: readonly string[] | undefined, known: readonly string[]): void {
  const unknown = asked?.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw badRequest(
      `INVALID_ARGUMENT: the suite has no ${kind} '${unknown}'; it has ${known.map((one) => `'${one}'`).join(", ") || "none"}`,
    );
}

/** @throws ApiError `not-found`. */
export async function retrieveSuiteRun(ctx: Ctx, suiteId: string, id: string): Promise<WireSuiteRun> {
  const [wire] = await toWire(ctx, [await getSuiteRun(ctx, suiteId, id)]);
  return wire!;
}

export async function listSuiteRuns(ctx: Ctx, suiteId: string, paging: Paging): Promise<WireSuiteRun[]> {
  await getSuite(ctx, suiteId);
  const page = await keyset({
    paging,
    kind: "suite run",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.suiteRun.findFirst({ where: { id, suiteId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.suiteRun.findMany({
    where: { AND: [{ suiteId }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: WITH_SUITE,
  });
  return toWire(ctx, inListOrder(rows, page));
}

/** The last runs of suites, newest first. */
export async function recentRuns(ctx: Ctx, suites: readonly SuiteModel[]): Promise<Map<string, WireSuiteRun[]>> {
  const ids = await ctx.db.query<{ id: string }>(
    `SELECT r.id FROM unnest($1::text[]) AS s(id) CROSS JOIN LATERAL
       (SELECT id FROM suite_run WHERE suite_id = s.id ORDER BY created_at DESC, id DESC LIMIT ${RECENT}) r`,
    [suites.map(({ id }) => id)],
  );
  const rows = await ctx.db.prisma.suiteRun.findMany({
    where: { id: { in: ids.map(({ id }) => id) } },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    include: WITH_SUITE,
  });
  const runs = new Map<string, WireSuiteRun[]>();
  for (const wire of await toWire(ctx, rows)) runs.set(wire.suite_id, [...(runs.get(wire.suite_id) ?? []), wire]);
  return runs;
}

async function toWire(ctx: Ctx, rows: readonly Row[]): Promise<WireSuiteRun[]> {
  const counted = await ctx.db.query<{ id: string; status: keyof SuiteCounts; n: number }>(
    "SELECT suite_run_id AS id, status, count(*)::int AS n FROM suite_item WHERE suite_run_id = ANY($1::text[]) GROUP BY 1, 2",
    [rows.map(({ id }) => id)],
  );
  return rows.map((row) => {
    const counts: SuiteCounts = {
      total: 0,
      created: 0,
      running: 0,
      passed: 0,
      failed: 0,
      error: 0,
      cancelled: 0,
      skipped: 0,
    };
    for (const { status, n } of counted.filter(({ id }) => id === row.id)) {
      counts[status] = n;
      counts.total += n;
    }
    return {
      id: row.id,
      suite_id: row.suiteId,
      suite_name: row.suite.name,
      version: row.version,
      status: row.status as WireSuiteRun["status"],
      counts,
      options: row.options as SuiteRunOptions,
      has_baseline: row.suite.baselineRunId !== null,
      is_baseline: row.suite.baselineRunId === row.id,
      created_at: row.createdAt.toISOString(),
      completed_at: row.completedAt?.toISOString() ?? null,
      seconds_left: row.completedAt ? null : secondsLeft(ctx.now().getTime() - row.createdAt.getTime(), counts),
    };
  });
}

function secondsLeft(tookMs: number, { created, running, passed, failed, error }: SuiteCounts): number | null {
  const done = passed + failed + error;
  const open = created + running;
  return done === 0 || open === 0 ? null : Math.ceil(((tookMs / done) * open) / 1000);
}

export function toWireItem(row: SuiteItemModel): WireSuiteItem {
  return {
    id: row.id,
    suite_run_id: row.suiteRunId,
    position: row.position,
    case_name: row.caseName,
    variant: row.variant,
    repeat: row.repeat,
    status: row.status as WireSuiteItem["status"],
    agent_id: row.agentId,
    turns: row.turns,
    result: row.result as SuiteItemResult | null,
    error: row.error,
    started_at: row.startedAt?.toISOString() ?? null,
    completed_at: row.completedAt?.toISOString() ?? null,
  };
}

/** @throws ApiError `not-found`, also for a cursor. */
export async function listSuiteItems(
  ctx: Ctx,
  suiteId: string,
  id: string,
  query: { after?: string | null | undefined; limit: number; brief: boolean },
): Promise<WireSuiteItem[]> {
  await getSuiteRun(ctx, suiteId, id);
  const after = query.after
    ? await ctx.db.prisma.suiteItem.findFirst({ where: { id: query.after, suiteRunId: id } })
    : null;
  if (query.after && !after) throw notFound("suite item", query.after);
  const rows = await ctx.db.prisma.suiteItem.findMany({
    where: { suiteRunId: id, ...(after ? { position: { gt: after.position } } : {}) },
    orderBy: { position: "asc" },
    take: query.limit,
    omit: { result: query.brief },
  });
  return rows.map((row) => toWireItem({ ...row, result: "result" in row ? row.result : null }));
}

/** @throws ApiError `not-found`. */
export async function retrieveSuiteItem(ctx: Ctx, suiteId: string, id: string, itemId: string): Promise<WireSuiteItem> {
  await getSuiteRun(ctx, suiteId, id);
  const row = await ctx.db.prisma.suiteItem.findFirst({ where: { id: itemId, suiteRunId: id } });
  if (!row) throw notFound("suite item", itemId);
  return toWireItem(row);
}

/** Cancels a run, if it is not over: no case begins any more, and those that are at work are cancelled. */
export async function cancelSuiteRun(ctx: Ctx, suiteId: string, id: string): Promise<WireSuiteRun> {
  await getSuiteRun(ctx, suiteId, id);
  const now = ctx.now().toISOString();
  const cancelled = await ctx.db.query(
    `UPDATE suite_run SET status = 'cancelled', completed_at = $2::timestamptz WHERE id = $1 AND status = 'running' RETURNING id`,
    [id, now],
  );
  if (cancelled.length > 0) {
    const items = await ctx.db.query<{ agent_id: string | null }>(
      `UPDATE suite_item SET status = 'cancelled', completed_at = $2::timestamptz
       WHERE suite_run_id = $1 AND status IN ('created', 'running') RETURNING agent_id`,
      [id, now],
    );
    const active = await ctx.db.query<{ id: string; agent_id: string }>(
      "SELECT id, agent_id FROM run WHERE agent_id = ANY($1::text[]) AND active_key IS NOT NULL",
      [items.flatMap(({ agent_id }) => agent_id ?? [])],
    );
    await Promise.all(active.map((run) => cancelRuns(ctx, { agentId: run.agent_id, runIds: [run.id] })));
  }
  return retrieveSuiteRun(ctx, suiteId, id);
}

/** Deletes a run with the agents that it made. @throws ApiError `not-found`; 409 for one that is not over. */
export async function deleteSuiteRun(ctx: Ctx, suiteId: string, id: string): Promise<void> {
  const run = await getSuiteRun(ctx, suiteId, id);
  requireOver(run);
  await deleteMade(ctx, id);
  await transact(ctx, async (sql) => {
    await sql.query("UPDATE suite SET baseline_run_id = NULL WHERE id = $1 AND baseline_run_id = $2", [suiteId, id]);
    await sql.query("DELETE FROM suite_run WHERE id = $1", [id]);
  });
}

/** Makes a run the baseline that others are compared with. @throws ApiError `not-found`; 409 for one that is not over. */
export async function approveSuiteRun(ctx: Ctx, suiteId: string, id: string): Promise<WireSuiteRun> {
  const run = await getSuiteRun(ctx, suiteId, id);
  requireOver(run);
  if (run.status === "cancelled")
    throw conflict(`CONFLICT: run ${id} was cancelled: it says nothing of what it did not run`);
  await ctx.db.prisma.suite.update({ where: { id: suiteId }, data: { baselineRunId: id } });
  return retrieveSuiteRun(ctx, suiteId, id);
}
