import type { FairLimits, WireFairUse } from "@/lib/api/limits-of-use";
import { isAtLeast } from "@/lib/api/roles";
import type { Actor, Core, Ctx } from "../core/core";
import { ApiError, notFound } from "../core/errors";
import type { Database, Sql } from "../db/database";
import { transact } from "../db/transact";

/** How long this process believes what it has read of limits: another server's change is in force after that. */
const FRESH_MS = 2000;
const MINUTE_MS = 60_000;

type Row = {
  key_id: string;
  requests_per_minute: number | null;
  runs_at_once: number | null;
  tokens_per_day: number | null;
  dollars_per_month: number | null;
};

/** The key that a request came with; null for none. */
export const keyOf = ({ through, credentialId }: Actor): string | null =>
  through?.kind === "key" ? (credentialId ?? null) : null;

const subjectsOf = (actor: Actor): string[] => ["", ...(keyOf(actor) === null ? [] : [keyOf(actor)!])];

type Known = { at: number; rows: readonly Row[] };
const known = new WeakMap<Database, Map<string, Known>>();
const MOST_KNOWN = 10_000;

/** The limits of an organization and its keys, as of a moment ago. */
async function limitsOf(core: Core, organizationId: string): Promise<readonly Row[]> {
  const cache = known.get(core.db) ?? new Map<string, Known>();
  known.set(core.db, cache);
  const recent = cache.get(organizationId);
  if (recent && performance.now() - recent.at < FRESH_MS) return recent.rows;
  const rows = await readLimits(core.db, organizationId);
  if (cache.size >= MOST_KNOWN) cache.clear();
  cache.set(organizationId, { at: performance.now(), rows });
  return rows;
}

/** Sent when what is known is older than a moment, in whichever request or run that falls: no part of what these cost. */
export const READ_LIMITS = {
  name: "fair_limits",
  text: `SELECT key_id, requests_per_minute, runs_at_once, tokens_per_day, dollars_per_month FROM fair_limit
         WHERE organization_id = $1 ORDER BY key_id`,
};

const readLimits = (sql: Sql, organizationId: string): Promise<Row[]> => sql.query<Row>(READ_LIMITS, [organizationId]);

const ofActor = (rows: readonly Row[], actor: Actor) => rows.filter((row) => subjectsOf(actor).includes(row.key_id));
const whose = (keyId: string) => (keyId === "" ? "this organization" : "this key");

function refusal(sentence: string, retryAfterS: number): ApiError {
  return new ApiError("too-many", `RATE_LIMITED: ${sentence}`, { retry_after: Math.max(1, Math.ceil(retryAfterS)) });
}

/**
 * Counts a request of a program, over all servers of the database. Pages of who is signed in are not counted: people see
 * what is used up, and change it.
 *
 * @throws ApiError `too-many` for one more than may be in this minute.
 */
export async function countRequest(ctx: Ctx): Promise<void> {
  const { actor } = ctx;
  if (actor.sessionId !== undefined) return;
  const limits = ofActor(await limitsOf(ctx, actor.organizationId), actor).filter(
    (row) => row.requests_per_minute !== null,
  );
  if (limits.length === 0) return;
  const now = ctx.now().getTime();
  const minute = new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS);
  const counts = await ctx.db.query<{ key_id: string; count: number }>(
    {
      name: "count_request",
      text: `INSERT INTO request_count AS r (organization_id, key_id, minute, count)
             SELECT $1, key_id, $3, 1 FROM unnest($2::text[]) AS key_id ORDER BY key_id
             ON CONFLICT (organization_id, key_id) DO UPDATE
               SET count = CASE WHEN r.minute >= EXCLUDED.minute THEN r.count + 1 ELSE 1 END,
                   minute = greatest(r.minute, EXCLUDED.minute)
             RETURNING key_id, count`,
    },
    [actor.organizationId, limits.map((row) => row.key_id), minute],
  );
  for (const { key_id, requests_per_minute } of limits) {
    const { count = 0 } = counts.find((one) => one.key_id === key_id) ?? {};
    if (count <= requests_per_minute!) continue;
    throw refusal(
      `${whose(key_id)} may send ${requests_per_minute} requests a minute, and has. Send this again when the minute is over.`,
      (minute.getTime() + MINUTE_MS - now) / 1000,
    );
  }
}

type Used = { runs: number; tokens: number; dollars: number; unpriced: number };

async function usedBy(sql: Sql, organizationId: string, keyId: string, now: Date): Promise<Used> {
  const [row] = await sql.query<Used>(
    `SELECT (SELECT count(*) FROM run WHERE organization_id = $1 AND active_key IS NOT NULL AND ($2 = '' OR key_id = $2)) AS runs,
       coalesce(sum(tokens) FILTER (WHERE day = ($3::timestamptz AT TIME ZONE 'UTC')::date), 0)::bigint AS tokens,
       coalesce(sum(dollars), 0) AS dollars, coalesce(sum(unpriced), 0)::bigint AS unpriced
     FROM fair_use WHERE organization_id = $1 AND key_id = $2 AND day >= date_trunc('month', $3::timestamptz AT TIME ZONE 'UTC')::date`,
    [organizationId, keyId, now],
  );
  return row!;
}

const endOfDay = (now: Date) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
const endOfMonth = (now: Date) => Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1);

/**
 * Starts a run, if it may be started: over all servers, one at a time where there is a limit, so that no two take the same
 * place. A run that is at work goes on, also where it uses up what is left. A part of other work takes no place of its own.
 *
 * @throws ApiError `too-many` for one run more than may be at once, and where a day's tokens or a month's dollars are used up.
 */
export async function withinLimits<T>(
  ctx: Ctx,
  { isPart }: { isPart: boolean },
  start: (sql: Sql) => Promise<T>,
): Promise<T> {
  const { actor } = ctx;
  const { organizationId } = actor;
  if (ofActor(await limitsOf(ctx, organizationId), actor).length === 0) return start(ctx.db);
  return transact(ctx, async (sql) => {
    await sql.query("SELECT key_id FROM fair_limit WHERE organization_id = $1 ORDER BY key_id FOR UPDATE", [
      organizationId,
    ]);
    const now = ctx.now();
    for (const limit of ofActor(await readLimits(sql, organizationId), actor)) {
      requireLeft(limit, await usedBy(sql, organizationId, limit.key_id, now), { isPart, now });
    }
    return start(sql);
  });
}

function requireLeft(limit: Row, used: Used, { isPart, now }: { isPart: boolean; now: Date }): void {
  const { key_id, runs_at_once, tokens_per_day, dollars_per_month } = limit;
  const who = whose(key_id);
  if (runs_at_once !== null && !isPart && used.runs >= runs_at_once) {
    throw refusal(`${who} may have ${runs_at_once} runs at once, and has. Try again when one has ended.`, 2);
  }
  if (tokens_per_day !== null && used.tokens >= tokens_per_day) {
    throw refusal(
      `${who} may use ${tokens_per_day} tokens a day, and has used ${used.tokens}. The next day begins at 00:00 UTC; an owner or admin may give more in Settings.`,
      (endOfDay(now) - now.getTime()) / 1000,
    );
  }
  if (dollars_per_month !== null && used.dollars >= dollars_per_month) {
    throw refusal(
      `${who} may spend $${dollars_per_month} a month, and has spent $${used.dollars.toFixed(2)}. The next month begins on the 1st, UTC; an owner or admin may give more in Settings.`,
      (endOfMonth(now) - now.getTime()) / 1000,
    );
  }
}

/** @throws ApiError `not-found` for a key that the actor does not see: an admin sees all, others their own. */
async function requireKey({ db, actor }: Ctx, id: string): Promise<void> {
  const { organizationId, userId, role } = actor;
  const isAdmin = role === undefined || isAtLeast(role, "admin");
  const where = { id, organizationId, ...(isAdmin ? {} : { userId, kind: "person" }) };
  if (!(await db.prisma.apiKey.findFirst({ where, select: { id: true } }))) throw notFound("key", id);
}

/** What an organization or a key may, and what of it is used up. @throws ApiError `not-found`. */
export async function fairUse(ctx: Ctx, keyId: string | null): Promise<WireFairUse> {
  const { organizationId } = ctx.actor;
  if (keyId !== null) await requireKey(ctx, keyId);
  const now = ctx.now();
  const subject = keyId ?? "";
  const limit = (await readLimits(ctx.db, organizationId)).find((row) => row.key_id === subject);
  const used = await usedBy(ctx.db, organizationId, subject, now);
  const minute = new Date(Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS);
  const requests = await ctx.db.prisma.requestCount.findUnique({
    where: { organizationId_keyId: { organizationId, keyId: subject } },
  });
  return {
    key_id: keyId,
    limits: {
      requests_per_minute: limit?.requests_per_minute ?? null,
      runs_at_once: limit?.runs_at_once ?? null,
      tokens_per_day: limit?.tokens_per_day ?? null,
      dollars_per_month: limit?.dollars_per_month ?? null,
    },
    used: {
      requests_per_minute: requests && requests.minute >= minute ? requests.count : 0,
      runs_at_once: used.runs,
      tokens_per_day: used.tokens,
      dollars_per_month: used.dollars,
    },
    unpriced_steps: used.unpriced,
  };
}

/** Says how much an organization or a key may; null is as much as it likes. @throws ApiError `not-found`. */
export async function setLimits(ctx: Ctx, keyId: string | null, limits: FairLimits): Promise<WireFairUse> {
  const { organizationId } = ctx.actor;
  if (keyId !== null) await requireKey(ctx, keyId);
  const { requests_per_minute, runs_at_once, tokens_per_day, dollars_per_month } = limits;
  await ctx.db.query(
    `INSERT INTO fair_limit (organization_id, key_id, requests_per_minute, runs_at_once, tokens_per_day, dollars_per_month)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (organization_id, key_id) DO UPDATE SET
       requests_per_minute = EXCLUDED.requests_per_minute, runs_at_once = EXCLUDED.runs_at_once,
       tokens_per_day = EXCLUDED.tokens_per_day, dollars_per_month = EXCLUDED.dollars_per_month`,
    [organizationId, keyId ?? "", requests_per_minute, runs_at_once, tokens_per_day, dollars_per_month],
  );
  known.get(ctx.db)?.delete(organizationId);
  return fairUse(ctx, keyId);
}
