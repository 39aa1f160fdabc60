import type { Database, Sql, Statement } from "../db/database";
import { type Lexicon, type Question, readLexicon, readQuestion } from "./question";
import { RANK_WEIGHTS, type RankWeights } from "./rank-weights";
import type { Resident } from "./resident";
import { readResidents } from "./residents";
import { type Lifts, type Passes, type Scored, type ScoreParts, scoreByWords } from "./score";
import type { ScopeKind } from "./search-index";
import { messageTextSql, PLAIN_LANGUAGE, wordsSql } from "./search-text";

/** A document in a ranked list, by its ledger sequence; by words, with what its score is made of. */
export type Ranked = { doc: number; score: number; parts?: ScoreParts };

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
  },
  passages: {
    table: "passage",
    doc: "seq",
    text: "source.text",
    counts: `source.organization_id = $2 AND source.deleted_at IS NULL
      AND ($3::timestamptz IS NULL OR source.created_at >= $3) AND ($4::timestamptz IS NULL OR source.created_at <= $4)
      AND ($5::text[] IS NULL OR CASE WHEN $6::boolean THEN source.tags @> $5 ELSE source.tags && $5 END)`,
    shows: "$7::text IS NULL",
  },
  chunks: {
    table: "file_chunk",
    doc: "seq",
    text: "source.text",
    counts: `source.organization_id = $2 AND num_nonnulls($3::text, $4::text, $5::text) = 0`,
    shows: "num_nonnulls($6::text, $7::text) = 0",
  },
};

/** Of a longer query only its beginning counts: each of its words is looked up, and each document is compared with all. */
const MOST_QUERY_CHARS = 10_000;

/** Newest documents that a query of stop words or symbols alone is compared with. */
const SCAN = 500;

/** The index of a search's scopes, and its question; `hasWords` says whether the index knows any word of it. */
export type Reading = {
  residents: Resident[];
  query: string;
  question: Question;
  lexicon: Lexicon;
  weights: RankWeights;
  hasWords: boolean;
};

/** Reads what is new of the scopes' indexes, and what the query asks. */
export async function read(
  db: Database,
  filter: Filter,
  query: string,
  weights: RankWeights = RANK_WEIGHTS,
): Promise<Reading> {
  const asked = query.slice(0, MOST_QUERY_CHARS).toWellFormed();
  const lexicon = await readLexicon(db);
  const { residents, words } = await readResidents(db, db, filter.scopeIds, asked);
  const question = readQuestion(asked, words, lexicon, weights);
  return { residents, query: asked, question, lexicon, weights, hasWords: words.length > 0 };
}

/** Rows beyond the limit that are looked up at first, whether they count; each time that too few do, four times as many. */
const LOOKED_UP_BEYOND = 10;

/**
 * The best documents for a query over the scopes, at most `limit`, equal ones newest first: by the words of each (BM25,
 * any of them counting), by those of the turns beside it and of its session, and by whether it tells what is asked for
 * (`RankWeights`). A turn may so be found by words that stand in its neighbours alone.
 *
 * A query that has no word for the index ("who are they", "🎉") is compared with the newest documents one by one: by the
 * share of its words that they have, or where it has no words at all by whether they contain it.
 */
export async function rankByText(
  db: Database,
  filter: Filter,
  { residents, query, question, lexicon, weights, hasWords }: Reading,
  limit: number,
): Promise<Ranked[]> {
  if (!hasWords) return db.query<Ranked>(BY_SCAN[filter.kind], [...parametersOf(filter), query, limit]);
  const known = new Set<number>();
  const refused = { counting: new Set<number>(), shown: new Set<number>() };
  const passes = passesOf(filter, refused);
  const asked = { question, lexicon, weights, passes, lifts: LIFTS[filter.kind] };
  for (let most = limit + LOOKED_UP_BEYOND; ; most *= 4) {
    const scored = scoreByWords(residents, asked, most);
    const unknown = scored.map(docOf).filter((doc) => !known.has(doc));
    const refusedBefore = refused.counting.size;
    await lookUpRows(db, filter, unknown, refused);
    for (const doc of unknown) known.add(doc);
    // What does not count may have lifted others, and kept others out.
    if (refused.counting.size > refusedBefore) continue;
    const shown = scored.filter(({ resident, place }) => passes.shows(resident, place));
    if (shown.length >= limit || scored.length < most) return shown.slice(0, limit).map(toRanked);
  }
}

/** Which documents lift each other. */
export const LIFTS: Record<ScopeKind, Lifts> = { messages: "always", passages: "dialogues", chunks: "never" };
const docOf = ({ resident, place }: Scored) => resident.docs[place]!;
const toRanked = (one: Scored): Ranked => ({ doc: docOf(one), score: one.score, parts: one.parts });

type Refused = { counting: Set<number>; shown: Set<number> };

/** What the index itself knows of the filters; what only the row knows, `refused` says once it was looked up. */
function passesOf(filter: Filter, refused: Refused): Passes {
  const [from, to] =
    filter.kind === "chunks"
      ? [null, null]
      : [filter.from && Date.parse(filter.from), filter.to && Date.parse(filter.to)];
  const conversation = filter.kind === "messages" ? filter.conversationId : null;
  const roles = filter.kind === "messages" ? filter.roles : null;
  return {
    counts: (resident, place) =>
      (!from || resident.at[place]! >= from) &&
      (!to || resident.at[place]! <= to) &&
      (conversation === null || resident.threads[place]!.id === conversation) &&
      !refused.counting.has(resident.docs[place]!),
    shows: (resident, place) =>
      (roles === null || roles.includes(resident.roles[place]!)) && !refused.shown.has(resident.docs[place]!),
  };
}

async function lookUpRows(db: Database, filter: Filter, docs: readonly number[], refused: Refused): Promise<void> {
  if (docs.length === 0) return;
  const rows = await db.query<{ doc: number; counts: boolean; shows: boolean }>(LOOK_UP[filter.kind], [
    ...parametersOf(filter),
    docs,
  ]);
  const found = new Map(rows.map((row) => [row.doc, row]));
  for (const doc of docs) {
    const row = found.get(doc);
    if (!row?.counts) refused.counting.add(doc);
    if (!(row?.counts && row.shows)) refused.shown.add(doc);
  }
}

/** The newest documents, at most `limit`. */
export async function rankByTime(sql: Sql, filter: Filter, limit: number): Promise<Ranked[]> {
  return sql.query<Ranked>(BY_TIME[filter.kind], [...parametersOf(filter), limit]);
}

const lookUp = (kind: ScopeKind): Statement => ({
  name: `search-look-up-${kind}`,
  text: `SELECT source.${SOURCES[kind].doc} AS doc, ${SOURCES[kind].counts} AS counts, ${SOURCES[kind].shows} AS shows
FROM ${SOURCES[kind].table} source WHERE source.${SOURCES[kind].doc} = ANY($8::bigint[]) AND $1::text[] IS NOT NULL`,
});

const newestSql = (kind: ScopeKind, columns: string, limit: string | number) => `
  SELECT d.doc${columns} FROM (SELECT doc FROM search_document WHERE scope_id = ANY($1::text[]) AND length >= 0 ORDER BY doc DESC) d
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

const LOOK_UP: Record<ScopeKind, Statement> = {
  messages: lookUp("messages"),
  passages: lookUp("passages"),
  chunks: lookUp("chunks"),
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
