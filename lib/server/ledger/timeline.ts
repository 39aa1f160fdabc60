import type { TimelineEntry } from "@/lib/api/ledger";
import type { Cause } from "@/lib/engine/cause";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { invalid } from "../core/errors";
import { type EntryType, READERS } from "./timeline-readers";
import { type Bounds, boundsOf, matchingSteps, numbersOf, type TimelineQuery } from "./timeline-steps";

type Row = { seq: number; created_at: Date; entry: Record<string, unknown> };

const TYPES = Object.keys(READERS) as EntryType[];

/** Steps of two conversations may run side by side: what one did can come long after the other began. */
const EVERYWHERE: Bounds = { after: 0, before: Number.MAX_SAFE_INTEGER };

/** What the records of a page of matching steps may come to: each step has a few. */
const MOST_OF_STEPS = 5000;

/**
 * All records of an agent in the order of the ledger, a page at a time. Shared blocks count, whoever wrote them. With a
 * filter a page is of steps: those that pass, each with what it did and what others did before the next.
 */
export async function readTimeline(ctx: Ctx, agentId: string, query: TimelineQuery): Promise<TimelineEntry[]> {
  await getAgentRow(ctx, agentId);
  // With a lower bound alone, the page begins right after it, whichever way it is shown.
  const forward = query.order === "asc" || (query.after != null && query.before == null);
  const bounds = await boundsOf(ctx, agentId, query);
  const steps = await matchingSteps(ctx, agentId, query, bounds, forward);
  if (steps?.length === 0) return [];
  const limit = steps ? MOST_OF_STEPS : query.limit;
  const read = { bounds: steps ? EVERYWHERE : bounds, forward, limit, steps };
  const pages = await Promise.all(typesOf(query.types).map((type) => readEntries(ctx, agentId, type, read)));
  const sign = forward ? 1 : -1;
  const page = pages
    .flat()
    .sort((a, b) => sign * (a.seq - b.seq))
    .slice(0, limit);
  return forward === (query.order === "asc") ? page : page.toReversed();
}

type Read = { bounds: Bounds; forward: boolean; limit: number; steps: string[] | null };

async function readEntries(ctx: Ctx, agentId: string, type: EntryType, read: Read): Promise<TimelineEntry[]> {
  const { bounds, forward, limit, steps } = read;
  const rows = await ctx.db.query<Row>(`${READERS[type]} ORDER BY seq ${forward ? "ASC" : "DESC"} LIMIT $4`, [
    agentId,
    bounds.after,
    bounds.before,
    limit,
    steps,
  ]);
  const numbers =
    type === "step"
      ? await numbersOf(
          ctx,
          agentId,
          rows.map((row) => row.seq),
        )
      : null;
  return rows.map((row) => {
    const number = numbers ? { number: numbers.get(row.seq) } : {};
    return { type, seq: row.seq, created_at: row.created_at.toISOString(), ...number, ...row.entry } as TimelineEntry;
  });
}

function typesOf(list: string | null | undefined): EntryType[] {
  if (!list) return TYPES;
  return list.split(",").map((name) => {
    const type = TYPES.find((known) => known === name.trim());
    if (!type) throw invalid(`types: '${name}' is not one of ${TYPES.join(", ")}`);
    return type;
  });
}

/** Causes of records by id, for those that have one. */
export async function causesOf(
  ctx: Ctx,
  table: "agent_version" | "block_version" | "compile",
  ids: readonly string[],
): Promise<Map<string, Cause>> {
  if (ids.length === 0) return new Map();
  const rows = await ctx.db.query<{ id: string; cause: Cause }>(
    `SELECT id, cause FROM ${table} WHERE id = ANY($1::text[])`,
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.cause]));
}
