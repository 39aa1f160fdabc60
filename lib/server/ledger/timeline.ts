import type { TimelineEntry } from "@/lib/api/ledger";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { invalid } from "../core/errors";
import { type EntryType, READERS } from "./timeline-readers";
import {
  type Bounds,
  boundsOf,
  matchingSteps,
  numbersOf,
  type Part,
  partsOf,
  type TimelineQuery,
} from "./timeline-steps";

type Row = { seq: number; created_at: Date; entry: Record<string, unknown> };

const TYPES = Object.keys(READERS) as EntryType[];

/** Steps of two conversations may run side by side: what one did can come long after the other began. */
const EVERYWHERE: Bounds = { after: 0, before: Number.MAX_SAFE_INTEGER };

/** What the records of a page of matching steps may come to: each step has a few. */
const MOST_OF_STEPS = 5000;

/**
 * All records of an agent in the order of the ledger, a page at a time. Shared blocks count, whoever wrote them. With a
 * filter a page is of steps: those that pass, each with what it did and what others did before the next. With
 * `with_origin`, also those of the agents that it was forked from, up to the fork; numbers of steps count these too.
 */
export async function readTimeline(ctx: Ctx, agentId: string, query: TimelineQuery): Promise<TimelineEntry[]> {
  await getAgentRow(ctx, agentId);
  // With a lower bound alone, the page begins right after it, whichever way it is shown.
  const forward = query.order === "asc" || (query.after != null && query.before == null);
  const parts = await partsOf(ctx, agentId, query.with_origin);
  const bounds = await boundsOf(ctx, parts, query);
  const steps = await matchingSteps(ctx, parts, query, bounds, forward);
  if (steps?.length === 0) return [];
  const limit = steps ? MOST_OF_STEPS : query.limit;
  const read = { bounds: steps ? EVERYWHERE : bounds, forward, limit, steps };
  const types = typesOf(query.types);
  const pages = await Promise.all(parts.flatMap((part) => types.map((type) => readEntries(ctx, part, type, read))));
  const sign = forward ? 1 : -1;
  const page = pages
    .flat()
    .sort((a, b) => sign * (a.seq - b.seq))
    .slice(0, limit);
  return forward === (query.order === "asc") ? page : page.toReversed();
}

type Read = { bounds: Bounds; forward: boolean; limit: number; steps: string[] | null };

async function readEntries(ctx: Ctx, part: Part, type: EntryType, read: Read): Promise<TimelineEntry[]> {
  const { bounds, forward, limit, steps } = read;
  const rows = await ctx.db.query<Row>(`${READERS[type]} ORDER BY seq ${forward ? "ASC" : "DESC"} LIMIT $4`, [
    part.agentId,
    bounds.after,
    Math.min(bounds.before, part.before),
    limit,
    steps,
  ]);
  const seqs = type === "step" ? rows.map((row) => row.seq) : [];
  const numbers = await numbersOf(ctx, part, seqs);
  const origin = part.isOrigin ? { origin_agent_id: part.agentId } : {};
  return rows.map((row) => {
    const number = type === "step" ? { number: numbers.get(row.seq) } : {};
    const { seq, created_at: at } = row;
    return { type, seq, created_at: at.toISOString(), ...number, ...row.entry, ...origin } as TimelineEntry;
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
