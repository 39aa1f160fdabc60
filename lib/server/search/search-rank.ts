import type { Sql, Statement } from "../db/database";
import type { ScopeKind } from "./search-index";
import { LANGUAGE, messageTextSql, PLAIN_LANGUAGE, wordsSql } from "./search-text";

/** A document in a ranked list, by its ledger sequence. */
export type Ranked = { doc: number; score: number };

/** Where to search, and what a result must be. The first parameters of every statement of its kind (`parametersOf`). */
export type Filter = MessageFilter | PassageFilter | ChunkFilter;
export type MessageFilter = {
  kind: "messages";
  /** Agents. */
  scopeIds: readonly string[];
  organizationId: string;
  conversationId: string | null;
  roles: readonly string[] | null;
  /** ISO 8601, inclusive. */
  from: string | null;
  to: string | null;
  /** A run whose own calls of `conversation_search` are left out. */
  searcherRunId: string | null;
};
export type PassageFilter = {
  kind: "passages";
  /** Archives. */
  scopeIds: readonly string[];
  organizationId: string;
  tags: readonly string[] | null;
  tagMatchMode: "any" | "all";
  from: string | null;
  to: string | null;
};

export type ChunkFilter = {
  kind: "chunks";
  /** Folders. */
  scopeIds: readonly string[];
  organizationId: string;
};

/** Parameters $1 to $7. */
export function parametersOf(filter: Filter): unknown[] {
  if (filter.kind === "chunks") return [filter.scopeIds, filter.organizationId, null, null, null, null, null];
  const { scopeIds, organizationId, from, to } = filter;
  return filter.kind === "messages"
    ? [scopeIds, organizationId, from, to, filter.conversationId, filter.roles, filter.searcherRunId]
    : [
        scopeIds,
        organizationId,
        from,
        to,
        filter.tags?.length ? filter.tags : null,
        filter.tagMatchMode === "all",
        null,
      ];
}

type Source = {
  table: string;
  /** The column that documents are known by. */
  doc: string;
  text: string;
  /** What a row must be to count, and what it must be, besides, to be shown: a neighbour counts that is not shown. */
  counts: string;
  shows: string;
  /** Whether nearly every row counts, so that it need not be looked up to be considered. */
  unfiltered: string;
};

/** What a message of a forked conversation is a copy of: beside its original, it is not found a second time. */
const ORIGINAL = `SELECT FROM message o JOIN conversation c ON c.id = o.conversation_id
  WHERE o.id = source.copied_from_id AND o.agent_id = source.agent_id AND c.deleted_at IS NULL`;

/** The rows that documents stand for, as `source`. */
export const SOURCES: Record<ScopeKind, Source> = {
  messages: {
    table: "message",
    doc: "ledger_seq",
    text: messageTextSql("source"),
    counts: `source.organization_id = $2 AND ($5::text IS NULL OR source.conversation_id = $5)
      AND ($3::timestamptz IS NULL OR source.created_at >= $3) AND ($4::timestamptz IS NULL OR source.created_at <= $4)
      AND ($7::text IS NULL OR source.run_id IS DISTINCT FROM $7
        OR NOT source.parts @> '[{"type": "tool_call", "name": "conversation_search"}]')
      AND (SELECT c.deleted_at IS NULL FROM conversation c WHERE c.id = source.conversation_id)
      AND ($5::text IS NOT NULL OR source.copied_from_id IS NULL OR (SELECT count(*) = 0 FROM (${ORIGINAL}) o))`,
    shows: "($6::text[] IS NULL OR source.role = ANY($6))",
    unfiltered: "($3::timestamptz IS NULL AND $4::timestamptz IS NULL AND $5::text IS NULL)",
  },
  passages: {
    table: "passage",
    doc: "seq",
    text: "source.text",
    counts: `source.organization_id = $2 AND source.deleted_at IS NULL
      AND ($3::timestamptz IS NULL OR source.created_at >= $3) AND ($4::timestamptz IS NULL OR source.created_at <= $4)
      AND ($5::text[] IS NULL OR CASE WHEN $6::boolean THEN source.tags @> $5 ELSE source.tags && $5 END)`,
    shows: "$7::text IS NULL",
    unfiltered: "($3::timestamptz IS NULL AND $4::timestamptz IS NULL AND $5::text[] IS NULL)",
  },
  chunks: {
    table: "file_chunk",
    doc: "seq",
    text: "source.text",
    counts: `source.organization_id = $2 AND num_nonnulls($3::text, $4::text, $5::text) = 0`,
    shows: "num_nonnulls($6::text, $7::text) = 0",
    unfiltered: "true",
  },
};

/** BM25: how soon repeating a word stops counting, and how much a long text is held against it. */
const K1 = 1.2;
const B = 0.75;

/** What a message gains from the scores of the messages next to it in its conversation, by distance: half, a quarter. */
const NEIGHBOUR_WEIGHTS = [0.5, 0.25];

/** Documents that are scored exactly: the best by a rough score, which are all unless the query has common words. */
const LIKELY = 2000;

/** The best messages whose score their neighbours share: a score below theirs can't carry a neighbour to the top. */
const SEEDS = 200;

/** Newest documents that a query of stop words or symbols alone is compared with. */
const SCAN = 500;

/**
 * The best documents for a query by BM25 over the scopes, any of its words counting; equal ones newest first. At most
 * `limit`. A message is lifted by its neighbours and so may be found by words that stand in them alone.
 *
 * A query that has no word for the index ("who are they", "🎉") is compared with the newest documents one by one: by the
 * share of its words that they have, or where it has no words at all by whether they contain it.
 */
export async function rankByText(sql: Sql, filter: Filter, query: string, limit: number): Promise<Ranked[]> {
  const parameters = [...parametersOf(filter), query, limit];
  const [row] = await sql.query<{ terms: number; hits: [number, number][] }>(BY_TEXT[filter.kind], parameters);
  if (row!.terms === 0) return sql.query<Ranked>(BY_SCAN[filter.kind], parameters);
  return row!.hits.map(([doc, score]) => ({ doc, score }));
}

/** The newest documents, at most `limit`. */
export async function rankByTime(sql: Sql, filter: Filter, limit: number): Promise<Ranked[]> {
  return sql.query<Ranked>(BY_TIME[filter.kind], [...parametersOf(filter), limit]);
}

// The condition is a subquery of its own, so that rows are looked up one by one, best first, until there are enough:
// without statistics, which the embedded database never gathers, a planner joins whole tables here.
const passingSql = (kind: ScopeKind, from: string, condition: string, limit: string | number, unless = "false") => `
  SELECT best.* FROM (SELECT * FROM ${from} ORDER BY score DESC, doc DESC) best
  WHERE ${unless} OR (SELECT ${condition} FROM ${SOURCES[kind].table} source WHERE source.${SOURCES[kind].doc} = best.doc)
  ORDER BY best.score DESC, best.doc DESC LIMIT ${limit}`;

// Scores are rounded to `real`, so that the order of a sum's terms can't decide between equal documents. `rough` scores
// all that match as if they were of one length; `scored` looks up the lengths of the best of them.
const scoredSql = (kind: ScopeKind) => `
term AS MATERIALIZED (SELECT lexeme FROM unnest(to_tsvector('${LANGUAGE}', ${wordsSql("$8::text")}))),
corpus AS MATERIALIZED (SELECT coalesce(sum(documents), 0)::float8 AS documents,
    greatest(sum(total_length)::float8 / greatest(sum(documents), 1), 1) AS average
  FROM search_scope WHERE scope_id = ANY($1::text[])),
posting AS MATERIALIZED (SELECT p.term, p.doc, p.frequency::float8 AS frequency FROM search_posting p
  WHERE p.scope_id = ANY($1::text[]) AND p.term = ANY(ARRAY(SELECT lexeme FROM term))),
weight AS MATERIALIZED (SELECT p.term, ln(1 + greatest(c.documents - count(*) + 0.5, 0.5) / (count(*) + 0.5)) AS idf
  FROM posting p CROSS JOIN corpus c GROUP BY p.term, c.documents),
rough AS (SELECT p.doc, sum(w.idf * p.frequency / (p.frequency + ${K1}))::real AS score
  FROM posting p JOIN weight w ON w.term = p.term GROUP BY p.doc),
likely AS MATERIALIZED (${passingSql(kind, "rough", SOURCES[kind].counts, LIKELY, SOURCES[kind].unfiltered)}),
scored AS (SELECT l.doc, d.thread_id, d.position,
    sum(w.idf * p.frequency * ${K1 + 1} / (p.frequency + ${K1} * (${1 - B} + ${B} * d.length / c.average)))::real AS score
  FROM likely l CROSS JOIN corpus c CROSS JOIN LATERAL (
      SELECT thread_id, position, length FROM search_document WHERE doc = l.doc OFFSET 0) d
    JOIN posting p ON p.doc = l.doc JOIN weight w ON w.term = p.term
  GROUP BY l.doc, d.thread_id, d.position)`;

const neighbourSql = (side: "after" | "before") => {
  const [sign, direction] = side === "after" ? [">", "ASC"] : ["<", "DESC"];
  return `SELECT near.doc, (ARRAY[${NEIGHBOUR_WEIGHTS}])[row_number() OVER (ORDER BY near.position ${direction})] AS weight
    FROM (SELECT n.doc, n.position FROM search_document n WHERE n.thread_id = seed.thread_id
      AND n.position ${sign} seed.position ORDER BY n.position ${direction} LIMIT ${NEIGHBOUR_WEIGHTS.length}) near`;
};

const LIFTED = `
seed AS MATERIALIZED (${passingSql("messages", "scored", SOURCES.messages.counts, SEEDS)}),
lifted AS (SELECT share.doc, sum(seed.score * share.weight)::real AS score
  FROM seed CROSS JOIN LATERAL (
    SELECT seed.doc, 1.0 AS weight UNION ALL (${neighbourSql("after")}) UNION ALL (${neighbourSql("before")})) share
  GROUP BY share.doc)`;

const byText = (kind: ScopeKind): Statement => {
  const lifts = kind === "messages";
  const condition = `${SOURCES[kind].counts} AND ${SOURCES[kind].shows}`;
  return {
    name: `search-text-${kind}`,
    text: `WITH ${scoredSql(kind)}${lifts ? `, ${LIFTED}` : ""},
hit AS (${passingSql(kind, lifts ? "lifted" : "scored", condition, "$9::int")})
SELECT (SELECT count(*)::int FROM term) AS terms,
  coalesce(json_agg(json_build_array(doc, score) ORDER BY score DESC, doc DESC), '[]') AS hits FROM hit`,
  };
};

const newestSql = (kind: ScopeKind, columns: string, limit: string | number) => `
  SELECT d.doc${columns} FROM (SELECT doc FROM search_document WHERE scope_id = ANY($1::text[]) ORDER BY doc DESC) d
  WHERE (SELECT ${SOURCES[kind].counts} AND ${SOURCES[kind].shows} FROM ${SOURCES[kind].table} source
    WHERE source.${SOURCES[kind].doc} = d.doc)
  ORDER BY d.doc DESC LIMIT ${limit}`;

const byScan = (kind: ScopeKind): Statement => ({
  name: `search-scan-${kind}`,
  text: `WITH word AS MATERIALIZED (SELECT lexeme FROM unnest(to_tsvector('${PLAIN_LANGUAGE}', ${wordsSql("$8::text")}))),
newest AS MATERIALIZED (${newestSql(kind, `, (SELECT left(${SOURCES[kind].text}, 50000) FROM ${SOURCES[kind].table} source WHERE source.${SOURCES[kind].doc} = d.doc) AS text`, SCAN)}),
scored AS (SELECT n.doc, CASE WHEN EXISTS (SELECT FROM word)
    THEN (SELECT count(*) FROM unnest(to_tsvector('${PLAIN_LANGUAGE}', ${wordsSql("n.text")})) AS own JOIN word USING (lexeme))
      / (SELECT count(*)::real FROM word)
    ELSE (strpos(lower(n.text), lower(btrim($8::text))) > 0)::int END AS score
  FROM newest n)
SELECT doc, score FROM scored WHERE score > 0 ORDER BY score DESC, doc DESC LIMIT $9::int`,
});

const byTime = (kind: ScopeKind): Statement => ({
  name: `search-newest-${kind}`,
  text: newestSql(kind, ", 0 AS score", "$8::int"),
});

const BY_TEXT: Record<ScopeKind, Statement> = {
  messages: byText("messages"),
  passages: byText("passages"),
  chunks: byText("chunks"),
};
const BY_SCAN: Record<ScopeKind, Statement> = {
  messages: byScan("messages"),
  passages: byScan("passages"),
  chunks: byScan("chunks"),
};
const BY_TIME: Record<ScopeKind, Statement> = {
  messages: byTime("messages"),
  passages: byTime("passages"),
  chunks: byTime("chunks"),
};
