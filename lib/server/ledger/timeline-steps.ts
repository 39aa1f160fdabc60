import type { Query } from "@/lib/api/endpoint";
import type { LEDGER_ENDPOINTS } from "@/lib/api/ledger";
import { storable } from "@/lib/engine/storable";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { originsOf } from "./origin";
import { stepOfSql } from "./timeline-readers";

export type TimelineQuery = Query<Extract<(typeof LEDGER_ENDPOINTS)[number], { id: "agents.timeline" }>>;

/** Bounds of `seq`, both exclusive. */
export type Bounds = { after: number; before: number };

/**
 * Part of a time line: what happened to one agent before a place of the ledger. `offset` is how many steps the parts
 * before it have.
 */
export type Part = { agentId: string; before: number; offset: number; isOrigin: boolean };

/** The parts of an agent's time line, oldest first: those of the agents that it was forked from, if asked for, and its own. */
export async function partsOf(ctx: Ctx, agentId: string, withOrigin: boolean): Promise<Part[]> {
  const origins = withOrigin ? (await originsOf(ctx, agentId)).toReversed() : [];
  const parts: Part[] = [];
  let offset = 0;
  for (const origin of origins) {
    const before = origin.seq + 1;
    parts.push({ agentId: origin.agentId, before, offset, isOrigin: true });
    offset += await countSteps(ctx, origin.agentId, before);
  }
  return [...parts, { agentId, before: Number.MAX_SAFE_INTEGER, offset, isOrigin: false }];
}

async function countSteps(ctx: Ctx, agentId: string, before: number): Promise<number> {
  const [row] = await ctx.db.query<{ n: number }>(
    "SELECT count(*)::int AS n FROM step WHERE agent_id = $1 AND seq < $2",
    [agentId, before],
  );
  return row!.n;
}

/** The bounds that a query names, by `seq`, by numbers of steps, or both. */
export async function boundsOf(ctx: Ctx, parts: readonly Part[], query: TimelineQuery): Promise<Bounds> {
  const bounds = { after: query.after ?? 0, before: query.before ?? Number.MAX_SAFE_INTEGER };
  const { from, to } = await rangeOf(ctx, parts, query);
  if (from !== null && from > 1)
    bounds.after = Math.max(bounds.after, ((await seqOf(ctx, parts, from)) ?? bounds.before) - 1);
  if (to !== null) bounds.before = Math.min(bounds.before, (await seqOf(ctx, parts, to + 1)) ?? bounds.before);
  return bounds;
}

type Range = { from: number | null; to: number | null };

async function rangeOf(ctx: Ctx, parts: readonly Part[], query: TimelineQuery): Promise<Range> {
  if (query.around) {
    const number = await numberOf(ctx, parts, query.around);
    return { from: number, to: number };
  }
  if (query.last_steps) {
    const own = parts.at(-1)!;
    const count = own.offset + (await countSteps(ctx, own.agentId, own.before));
    return { from: Math.max(count - query.last_steps + 1, 1), to: null };
  }
  return { from: query.from_step ?? null, to: query.to_step ?? null };
}

/** @throws ApiError `not-found` for a step of another agent. */
async function numberOf(ctx: Ctx, parts: readonly Part[], stepId: string): Promise<number> {
  const [row] = await ctx.db.query<{ agent_id: string; seq: number; n: number }>(
    `SELECT s.agent_id, s.seq, (SELECT count(*)::int FROM step x WHERE x.agent_id = s.agent_id AND x.seq <= s.seq) AS n
     FROM step s WHERE s.id = $1 AND s.agent_id = ANY($2::text[])`,
    [stepId, parts.map(({ agentId }) => agentId)],
  );
  const part = row && parts.find(({ agentId, before }) => agentId === row.agent_id && row.seq < before);
  if (!part) throw notFound("step", stepId);
  return part.offset + row.n;
}

async function seqOf(ctx: Ctx, parts: readonly Part[], number: number): Promise<number | null> {
  const part = parts.findLast(({ offset }) => offset < number)!;
  const [row] = await ctx.db.query<{ seq: number }>(
    "SELECT seq FROM step WHERE agent_id = $1 AND seq < $2 ORDER BY seq OFFSET $3 LIMIT 1",
    [part.agentId, part.before, number - part.offset - 1],
  );
  return row?.seq ?? null;
}

/** The numbers of steps of a part by their `seq`. */
export async function numbersOf(ctx: Ctx, part: Part, seqs: readonly number[]): Promise<Map<number, number>> {
  if (seqs.length === 0) return new Map();
  const [low, high] = [Math.min(...seqs), Math.max(...seqs)];
  const rows = await ctx.db.query<{ seq: number; number: number }>(
    `SELECT seq, number FROM (SELECT seq, (row_number() OVER (ORDER BY seq)
         + (SELECT count(*) FROM step WHERE agent_id = $1 AND seq < $2))::int AS number
       FROM step WHERE agent_id = $1 AND seq >= $2 AND seq <= $3) numbered WHERE seq = ANY($4::bigint[])`,
    [part.agentId, low, high, [...seqs]],
  );
  return new Map(rows.map((row) => [row.seq, part.offset + row.number]));
}

/** The steps within the bounds that pass the filter, newest or oldest first; null if there is no filter. */
export async function matchingSteps(
  ctx: Ctx,
  parts: readonly Part[],
  query: TimelineQuery,
  bounds: Bounds,
  forward: boolean,
): Promise<string[] | null> {
  const found: { id: string; seq: number }[] = [];
  for (const part of parts) {
    const steps = await matchingOf(ctx, part, query, bounds, forward);
    if (steps === null) return null;
    found.push(...steps);
  }
  const sign = forward ? 1 : -1;
  return found
    .sort((a, b) => sign * (a.seq - b.seq))
    .slice(0, query.limit)
    .map(({ id }) => id);
}

/** A block's version that no step wrote counts for the step before it. */
async function matchingOf(
  ctx: Ctx,
  part: Part,
  query: TimelineQuery,
  bounds: Bounds,
  forward: boolean,
): Promise<{ id: string; seq: number }[] | null> {
  const before = Math.min(bounds.before, part.before);
  const parameters: unknown[] = [part.agentId, bounds.after, before, query.limit];
  const given = (value: unknown) => `$${parameters.push(value)}::text`;
  const { conversation_id: conversation, block_id: block, tool, did } = query;
  const search = storable(query.search ?? "").trim();
  const conditions: string[] = [];
  if (conversation) conditions.push(`s.conversation_id = ${given(conversation)}`);
  if (block)
    conditions.push(`s.id IN (SELECT ${stepOfSql("v")} FROM block_version v WHERE v.block_id = ${given(block)})`);
  if (tool) conditions.push(`EXISTS (SELECT 1 FROM tool_call t WHERE t.step_id = s.id AND t.name = ${given(tool)})`);
  if (did && did.length > 0) conditions.push(`(${did.map((one) => DID[one]).join(" OR ")})`);
  if (search) {
    const plain = ESCAPED.test(search) ? "" : search;
    conditions.push(`(${searchedSql(given(search), given(plain)).join(" OR ")})`);
  }
  if (conditions.length === 0) return null;
  return ctx.db.query<{ id: string; seq: number }>(
    `SELECT s.id, s.seq FROM step s WHERE s.agent_id = $1 AND s.seq > $2 AND s.seq < $3 AND ${conditions.join(" AND ")}
     ORDER BY s.seq ${forward ? "ASC" : "DESC"} LIMIT $4`,
    parameters,
  );
}

const DID: Record<NonNullable<TimelineQuery["did"]>[number], string> = {
  write: `(EXISTS (SELECT 1 FROM block_version v WHERE v.step_id = s.id)
    OR EXISTS (SELECT 1 FROM passage_event e WHERE e.step_id = s.id AND e.type <> 'search'))`,
  error: `(s.status = 'failed' OR EXISTS (SELECT 1 FROM tool_call t WHERE t.step_id = s.id AND t.status = 'error'))`,
  compaction: `s.id IN (SELECT ${stepOfSql("c")} FROM compaction c WHERE c.agent_id = $1)`,
};

/**
 * What was said or asked for in the step, what was said to it, and versions in which the text came into a block or went.
 * What tools returned is left out: memory tools return all that is in a block.
 */
function searchedSql(search: string, plain: string): string[] {
  const has = (text: string, what = search) => `strpos(lower(${text}), lower(${what})) > 0`;
  // The parts as they are written are looked at first: few messages have the words at all.
  const said = `m.agent_id = $1 AND ${has("m.parts::text", plain)}
    AND EXISTS (SELECT 1 FROM jsonb_array_elements(CASE jsonb_typeof(m.parts) WHEN 'array' THEN m.parts ELSE '[]' END) p
      WHERE ${has("concat_ws(' ', p->>'text', p->>'reasoning', p->>'arguments')")})`;
  return [
    `s.id IN (SELECT m.step_id FROM message m WHERE ${said})`,
    `(s.position = 0 AND s.run_id IN (SELECT m.run_id FROM message m WHERE m.step_id IS NULL AND ${said}))`,
    `s.id IN (SELECT ${stepOfSql("v")} FROM block_version v LEFT JOIN block_version parent ON parent.id = v.parent_id
      WHERE v.block_id IN (${BLOCKS_OF_AGENT}) AND (${has("v.value")}) <> (${has("coalesce(parent.value, '')")}))`,
  ];
}

/** Signs that JSON writes in other ways; what has one is not looked for in the JSON itself. */
const ESCAPED = /["\\\p{Cc}]/u;

const BLOCKS_OF_AGENT = `SELECT DISTINCT b FROM agent_version av, jsonb_array_elements_text(av.config->'blockIds') b
  WHERE av.agent_id = $1`;
