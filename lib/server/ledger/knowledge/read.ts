import type { KnowledgeEvent } from "@/lib/api/knowledge";
import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../../core/core";
import { messageTextSql, speakerSql } from "../../search/search-text";
import { excerptOf, lineWith, patternsOf, type Word } from "./words";

type Of<Type extends KnowledgeEvent["type"]> = Extract<KnowledgeEvent, { type: Type }>;
type At = { seq: number; created_at: Date; step_id: string | null };
/** A message that says it: `place` is its place in the conversation. */
export type Saying = Of<"said"> & { place: number };

/** The first line of an SQL text that has all words of `$2`; of a very long one what stands around the first of them. */
const lineOf = (text: string) =>
  `(SELECT CASE WHEN length(line) <= 4000 THEN line
      ELSE substr(line, greatest(1, strpos(lower(line), btrim(($2::text[])[1], '%')) - 200), 1000) END
    FROM unnest(string_to_array(${text}, E'\\n')) line WHERE line ILIKE ALL($2::text[]) LIMIT 1)`;

/** So many records of each kind are read from the first on, and so many up to the last: a common word is in all of them. */
const MOST_AT_AN_END = 500;

/** The ends of a list of records by `seq`, oldest first, each with how many there are in all. */
const endsOf = (records: string, by = "seq") =>
  `SELECT * FROM (SELECT r.*, count(*) OVER ()::int AS total, row_number() OVER (ORDER BY ${by}) AS from_first,
     row_number() OVER (ORDER BY ${by} DESC) AS from_last FROM (${records}) r) counted
   WHERE from_first <= ${MOST_AT_AN_END} OR from_last <= ${MOST_AT_AN_END} ORDER BY ${by}`;

/** Records that were read, and how many there are that were not. */
export type Ends<Record> = { list: Record[]; leftOut: number };

const ends = <R extends { total: number }, T>(rows: readonly R[], each: (row: R) => T): Ends<T> => ({
  list: rows.map(each),
  leftOut: (rows[0]?.total ?? 0) - rows.length,
});

/** Places in a conversation, both ends included; null is "and all that follow". */
type Ranges = [from: number, to: number | null][];

const isIn = (ranges: Ranges, place: number) =>
  ranges.some(([from, to]) => place >= from && (to === null || place <= to));

/** Tools whose returns repeat what was written. */
const WRITERS = "^(core_memory_|archival_memory_insert$|memory($|_)|rethink_)";

const stamp = ({ seq, created_at, step_id }: At) => ({ seq, created_at: created_at.toISOString(), step_id });

/** Messages of an agent, and returns of its tools, that say it; oldest first. */
export async function readSayings(ctx: Ctx, agentId: string, words: readonly Word[]): Promise<Ends<Saying>> {
  type Row = At & { id: string; conversation_id: string; place: number; role: string; line: string; total: number };
  const text = `coalesce(${messageTextSql("m")}, (SELECT string_agg(p->>'content', E'\\n') FROM jsonb_array_elements(m.parts) p
    WHERE m.role = 'tool' AND p->>'type' = 'tool_return' AND coalesce(p->>'name', '') !~ '${WRITERS}'))`;
  const rows = await ctx.db.query<Row>(
    endsOf(`SELECT * FROM (SELECT m.id, m.ledger_seq AS seq, m.created_at, m.step_id, m.conversation_id, m.seq AS place,
         ${speakerSql("m")} AS role, ${lineOf(text)} AS line FROM message m WHERE m.agent_id = $1 AND m.role IN ('user', 'assistant', 'approval', 'tool')) said
       WHERE line IS NOT NULL`),
    [agentId, patternsOf(words)],
  );
  return ends(rows, ({ id, conversation_id, place, role, line, ...row }) => ({
    type: "said",
    ...stamp(row),
    text: excerptOf(line, words),
    message_id: id,
    conversation_id,
    role,
    place,
  }));
}

/** Versions of the blocks that an agent has or had with which it came into a block, or went from it; oldest first. */
export async function readBlockMoves(ctx: Ctx, agentId: string, words: readonly Word[]) {
  type Row = At & {
    id: string;
    block_id: string;
    label: string;
    number: number;
    operation: string;
    cause: Cause;
    line: string | null;
    before: string | null;
    total: number;
  };
  const rows = await ctx.db.query<Row>(
    endsOf(`WITH seen AS (SELECT v.id, v.seq, v.created_at, v.step_id, v.block_id, v.label, v.number, v.operation, v.cause,
         ${lineOf("v.value")} AS line
       FROM block_version v WHERE v.block_id IN (SELECT DISTINCT b FROM agent_version av,
         jsonb_array_elements_text(av.config->'blockIds') b WHERE av.agent_id = $1)),
     moved AS (SELECT *, lag(line) OVER (PARTITION BY block_id ORDER BY number) AS before FROM seen)
     SELECT * FROM moved WHERE (line IS NULL) <> (before IS NULL)`),
    [agentId, patternsOf(words)],
  );
  return ends(rows, (row): Of<"written"> | Of<"dropped"> => ({
    type: row.line === null ? "dropped" : "written",
    ...stamp(row),
    text: excerptOf(row.line ?? row.before ?? "", words),
    block_id: row.block_id,
    label: row.label,
    version_id: row.id,
    number: row.number,
    operation: row.operation,
    cause: row.cause,
  }));
}

/** Blocks that are attached now and say it. */
export async function readBlocksNow(ctx: Ctx, agentId: string, words: readonly Word[]) {
  const rows = await ctx.db.query<{ block_id: string; label: string; line: string }>(
    `SELECT * FROM (SELECT b.id AS block_id, v.label, ${lineOf("v.value")} AS line
       FROM agent_block l JOIN block b ON b.id = l.block_id JOIN block_version v ON v.id = b.head_version_id
       WHERE l.agent_id = $1) held WHERE line IS NOT NULL ORDER BY label`,
    [agentId, patternsOf(words)],
  );
  return rows.map(({ block_id, label, line }) => ({ block_id, label, text: excerptOf(line, words) }));
}

/** A passage that says it, from when to when it was there. */
export type Holding = { passageId: string; archiveId: string; from: number; to: number | null };

/** How passages that say it came and went, in the archives that an agent has or has used. */
export async function readPassages(ctx: Ctx, agentId: string, words: readonly Word[]) {
  type Row = {
    passage_id: string;
    archive_id: string;
    line: string;
    since: number;
    there: number;
    total: number;
  } & ((At & { type: "insert" | "delete"; cause: Cause }) | { type: null });
  const rows = await ctx.db.query<Row>(
    endsOf(
      `WITH held AS (SELECT p.id, p.archive_id, p.seq, p.deleted_at IS NOT NULL AS deleted, ${lineOf("p.text")} AS line
       FROM passage p WHERE p.archive_id IN (SELECT archive_id FROM agent_archive WHERE agent_id = $1
         UNION SELECT archive_id FROM passage_event WHERE agent_id = $1 AND archive_id IS NOT NULL))
     SELECT h.id AS passage_id, h.archive_id, h.line, h.seq AS since, e.seq, e.created_at, e.step_id, e.type, e.cause,
       (SELECT count(*)::int FROM held WHERE line IS NOT NULL AND NOT deleted) AS there
     FROM held h LEFT JOIN passage_event e ON e.passage_id = h.id AND e.type IN ('insert', 'delete')
     WHERE h.line IS NOT NULL`,
      "coalesce(seq, since)",
    ),
    [agentId, patternsOf(words)],
  );
  const holdings = new Map<string, Holding>();
  const events: (Of<"archived"> | Of<"removed">)[] = [];
  for (const row of rows) {
    const { passage_id, archive_id, line, since } = row;
    const known = holdings.get(passage_id) ?? { passageId: passage_id, archiveId: archive_id, from: since, to: null };
    holdings.set(passage_id, row.type === "delete" ? { ...known, to: row.seq } : known);
    if (row.type === null) continue;
    const type = row.type === "insert" ? "archived" : "removed";
    const { cause } = row;
    events.push({ type, ...stamp(row), text: excerptOf(line, words), passage_id, archive_id, cause });
  }
  const leftOut = (rows[0]?.total ?? 0) - rows.length;
  return { list: events, leftOut, holdings: [...holdings.values()], there: rows[0]?.there ?? 0 };
}

/** Compactions by which messages that say it left the context. */
export async function readEvictions(
  ctx: Ctx,
  agentId: string,
  sayings: readonly Saying[],
  words: readonly Word[],
): Promise<Of<"left-context">[]> {
  type Row = At & { id: string; conversation_id: string; before: Ranges; after: Ranges; summary: string };
  const rows = await ctx.db.query<Row>(
    `SELECT id, seq, created_at, step_id, conversation_id, context_before AS before, context_after AS after, summary
     FROM compaction
     WHERE agent_id = $1 AND conversation_id = ANY($2::text[]) ORDER BY seq DESC LIMIT ${MOST_AT_AN_END}`,
    [agentId, [...new Set(sayings.map(({ conversation_id }) => conversation_id))]],
  );
  return rows.toReversed().flatMap((row) => {
    const gone = sayings.filter(
      ({ conversation_id, place }) =>
        conversation_id === row.conversation_id && isIn(row.before, place) && !isIn(row.after, place),
    );
    if (gone.length === 0) return [];
    const inSummary = lineWith(row.summary, words);
    return {
      type: "left-context",
      ...stamp(row),
      text: inSummary === null ? gone[0]!.text : excerptOf(inSummary, words),
      compaction_id: row.id,
      conversation_id: row.conversation_id,
      messages: gone.length,
      in_summary: inSummary !== null,
    };
  });
}

/** Searches of an agent's archives with one of the words, or with a passage that says it among their candidates. */
export async function readSearches(
  ctx: Ctx,
  agentId: string,
  holdings: readonly Holding[],
  words: readonly Word[],
): Promise<Ends<Of<"searched">>> {
  type Candidate = { passageId: string; rank: number; returned: boolean };
  type Row = At & { id: string; query: string; limit: number | null; candidates: Candidate[] | null; total: number };
  const rows = await ctx.db.query<Row>(
    endsOf(`SELECT * FROM (SELECT e.id, e.seq, e.created_at, e.step_id, coalesce(e.search->>'query', '') AS query,
         (e.search->'filters'->>'limit')::int AS limit,
         (SELECT jsonb_agg(c ORDER BY (c->>'rank')::int) FROM jsonb_array_elements(e.search->'candidates') c
          WHERE c->>'passageId' = ANY($3::text[])) AS candidates
       FROM passage_event e WHERE e.agent_id = $1 AND e.type = 'search') s
     WHERE candidates IS NOT NULL OR query ILIKE ANY($2::text[])`),
    [agentId, patternsOf(words), holdings.map(({ passageId }) => passageId)],
  );
  return ends(rows, (row) => ({
    type: "searched",
    ...stamp(row),
    text: excerptOf(row.query, words),
    event_id: row.id,
    rank: row.candidates?.[0]?.rank ?? null,
    limit: row.limit,
    returned: row.candidates?.some(({ returned }) => returned) ?? false,
    there_were: holdings.filter(({ from, to }) => from < row.seq && (to === null || to > row.seq)).length,
  }));
}

/** Of messages that say it, how many are in context now. */
export async function countInContext(ctx: Ctx, sayings: readonly Saying[]): Promise<number> {
  if (sayings.length === 0) return 0;
  const rows = await ctx.db.query<{ id: string; context: Ranges }>(
    "SELECT id, context FROM conversation WHERE id = ANY($1::text[])",
    [[...new Set(sayings.map(({ conversation_id }) => conversation_id))]],
  );
  const contexts = new Map(rows.map(({ id, context }) => [id, context]));
  return sayings.filter(({ conversation_id, place }) => isIn(contexts.get(conversation_id) ?? [], place)).length;
}
