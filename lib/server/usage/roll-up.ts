import type { Core } from "../core/core";
import type { Sql } from "../db/database";
import { retried } from "../db/transact";
import { jobKind } from "../jobs/queue";
import { computedSql, computedToolsSql, TOOL_COLUMNS, USAGE_COLUMNS } from "./compute";
import { MERGE_TOOLS, MERGE_USAGE } from "./merge";

export const HOUR_MS = 3_600_000;
/** How long after its end an hour is left alone: longer than a run's first commit can take, or clocks can differ. */
const SETTLE_MS = 10 * 60_000;
/** When an hour with a run that is not over is added up again. */
const AGAIN_MS = 2 * 60_000;
/** How long one job goes on; the next sweep sends another. */
const JOB_MS = 60_000;

/** Adds up the hours of an organization that are over and not added up yet, and those that have changed, a day at a time. */
export const ROLL_UP_USAGE = jobKind<{ organizationId: string }>({
  name: "roll-up-usage",
  concurrency: 1,
  retries: 5,
  retryDelayS: 10,
  retryDelayMaxS: 600,
  timeoutS: 10 * 60,
  run: async (core, { organizationId }, signal) => {
    const until = Date.now() + JOB_MS;
    while (Date.now() < until && !signal.aborted) if (!(await rollUpSlice(core, organizationId))) return;
  },
});

/** Organizations that have hours to add up: `$1` is now. */
export const DUE_USAGE = `
SELECT o.id FROM organization o LEFT JOIN usage_progress p ON p.organization_id = o.id
WHERE EXISTS (SELECT 1 FROM usage_stale s WHERE s.organization_id = o.id AND s.due_at <= $1::timestamptz)
  OR EXISTS (SELECT 1 FROM run WHERE run.organization_id = o.id AND run.created_at >= coalesce(p.rolled_to, to_timestamp(0))
    AND run.created_at < date_trunc('hour', $1::timestamptz - interval '${SETTLE_MS} milliseconds', 'UTC'))`;

/**
 * One slice: hours of one UTC day, in one transaction. Whatever is interrupted is as if it had not begun, and who comes
 * second waits for the first and finds nothing left. Marks are taken and runs that are not over are looked for before
 * anything is added up: what changes afterwards is marked anew, or was seen to be unfinished.
 *
 * @returns false where there is nothing to do.
 */
export function rollUpSlice(core: Core, organizationId: string): Promise<boolean> {
  return retried(() => core.db.transaction((sql) => slice(sql, organizationId, core.now())));
}

async function slice(sql: Sql, org: string, now: Date): Promise<boolean> {
  await sql.query(
    "INSERT INTO usage_progress SELECT id, to_timestamp(0) FROM organization WHERE id = $1 ON CONFLICT DO NOTHING",
    [org],
  );
  const [progress] = await sql.query<{ rolled_to: Date }>(
    "SELECT rolled_to FROM usage_progress WHERE organization_id = $1 FOR UPDATE",
    [org],
  );
  if (!progress) return false;
  const rolledTo = progress.rolled_to;
  const closed = floor(now.getTime() - SETTLE_MS, HOUR_MS);
  const stale = await staleHours(sql, org, rolledTo, now);
  if (stale.length > 0) {
    await addUp(sql, org, stale, now);
    return true;
  }
  const [next] = await sql.query<{ at: Date | null }>(
    "SELECT min(created_at) AS at FROM run WHERE organization_id = $1 AND created_at >= $2::timestamptz AND created_at < $3::timestamptz",
    [org, rolledTo.toISOString(), new Date(closed).toISOString()],
  );
  if (!next?.at) return false;
  const from = floor(next.at.getTime(), HOUR_MS);
  const to = Math.min(closed, dayAfter(from));
  const hours = Array.from({ length: (to - from) / HOUR_MS }, (_, n) => new Date(from + n * HOUR_MS).toISOString());
  await addUp(sql, org, hours, now);
  await sql.query("UPDATE usage_progress SET rolled_to = $2::timestamptz WHERE organization_id = $1", [
    org,
    new Date(to).toISOString(),
  ]);
  return true;
}

/** Takes the marks of the hours of one day that are due. Those that were never added up need none. */
async function staleHours(sql: Sql, org: string, rolledTo: Date, now: Date): Promise<string[]> {
  await sql.query("DELETE FROM usage_stale WHERE organization_id = $1 AND hour >= $2::timestamptz", [
    org,
    rolledTo.toISOString(),
  ]);
  const rows = await sql.query<{ hour: Date }>(
    `DELETE FROM usage_stale s USING (SELECT date_trunc('day', min(hour), 'UTC') AS day FROM usage_stale
        WHERE organization_id = $1 AND due_at <= $2::timestamptz) AS first
      WHERE s.organization_id = $1 AND s.due_at <= $2::timestamptz AND s.hour >= first.day
        AND s.hour < first.day + interval '24 hours' RETURNING s.hour`,
    [org, now.toISOString()],
  );
  return rows.map(({ hour }) => hour.toISOString()).toSorted();
}

const OF_HOURS = "date_trunc('hour', run.created_at, 'UTC') = ANY($4::timestamptz[])";

/** Puts hours of one day in the place of what was known of them, and their day and month likewise. */
async function addUp(sql: Sql, org: string, hours: readonly string[], now: Date): Promise<void> {
  const again = new Date(now.getTime() + AGAIN_MS).toISOString();
  const end = new Date(Date.parse(hours.at(-1)!) + HOUR_MS).toISOString();
  // The bounds are said besides the hours: by them the database knows how few rows there are.
  const given = [org, hours[0], end, hours];
  await sql.query(MARK_OPEN, [...given, again]);
  await sql.query(MARK_ANSWERED, [...given, now.toISOString()]);
  for (const [table, computed, columns, name] of [
    ["usage", computedSql(OF_HOURS), USAGE_COLUMNS, "computed"],
    ["tool_usage", computedToolsSql(OF_HOURS), TOOL_COLUMNS, "computed_tools"],
  ] as const) {
    const gone = `DELETE FROM ${table} WHERE organization_id = $1 AND grain = 'hour' AND at = ANY($2::timestamptz[])`;
    await sql.query(gone, [org, hours]);
    await sql.query(`WITH ${computed} INSERT INTO ${table} (${columns}) SELECT ${columns} FROM ${name}`, given);
  }
  const day = new Date(hours[0]!);
  day.setUTCHours(0);
  await mergeInto(sql, org, ["hour", "day"], day, new Date(dayAfter(day.getTime())));
  const month = new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth()));
  await mergeInto(sql, org, ["day", "month"], month, new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth() + 1)));
}

async function mergeInto(sql: Sql, org: string, [fine, coarse]: [string, string], from: Date, to: Date): Promise<void> {
  const span = [from.toISOString(), to.toISOString()];
  for (const [table, merge] of [
    ["usage", MERGE_USAGE],
    ["tool_usage", MERGE_TOOLS],
  ] as const) {
    const gone = `DELETE FROM ${table} WHERE organization_id = $1 AND grain = $2 AND at = $3::timestamptz`;
    await sql.query(gone, [org, coarse, span[0]]);
    await sql.query(merge, [org, fine, coarse, ...span]);
  }
}

const IN_HOURS = `run.organization_id = $1 AND run.created_at >= $2::timestamptz AND run.created_at < $3::timestamptz AND ${OF_HOURS}`;

const MARK_OPEN = `
INSERT INTO usage_stale SELECT DISTINCT $1, date_trunc('hour', run.created_at, 'UTC'), $5::timestamptz FROM run
WHERE ${IN_HOURS} AND run.completed_at IS NULL
ON CONFLICT (organization_id, hour) DO UPDATE SET due_at = EXCLUDED.due_at`;

/** Calls of earlier runs that runs of these hours have answered: an approval, or what a client's tool returned. */
const MARK_ANSWERED = `
INSERT INTO usage_stale
SELECT DISTINCT $1, date_trunc('hour', asked.created_at, 'UTC'), $5::timestamptz FROM run
  JOIN message m ON m.run_id = run.id AND m.role = 'tool'
  JOIN tool_call c ON c.step_id = m.step_id AND c.run_id <> run.id
  JOIN run asked ON asked.id = c.run_id AND asked.organization_id = $1
WHERE ${IN_HOURS} AND date_trunc('hour', asked.created_at, 'UTC') < date_trunc('hour', run.created_at, 'UTC')
  AND c.ended_at >= run.created_at
ON CONFLICT (organization_id, hour) DO UPDATE SET due_at = least(usage_stale.due_at, EXCLUDED.due_at)`;

const DAY_MS = 24 * HOUR_MS;
const floor = (time: number, unit: number) => Math.floor(time / unit) * unit;
const dayAfter = (time: number) => floor(time, DAY_MS) + DAY_MS;
