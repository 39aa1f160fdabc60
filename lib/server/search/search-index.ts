import type { Ctx } from "../core/core";
import type { Database, Sql, Statement } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { forgetResidents } from "./residents";
import { LANGUAGE, messageTextSql, speakerSql, wordsSql } from "./search-text";

/** What is indexed: an agent's messages, an archive's passages or those of a folder's files, by the id of each. */
export type ScopeKind = "messages" | "passages" | "chunks";

/** Documents, their characters, and scopes that one statement indexes: the embedded database answers nobody meanwhile. */
const BATCH = 200;
const BATCH_CHARS = 50_000;
const BATCH_SCOPES = 50;

/**
 * Ledger sequences are given out before their rows are committed, so that a row may appear below ones that are indexed
 * already. So far back it is looked for again: a little way where no other transaction was open, a long one where any was.
 */
const SLACK = 100;
const SLACK_WHILE_OTHERS_WRITE = 100_000;

/** Postgres counts no word's place beyond the 16,383rd, and no more than 256 places of a word: a long text goes in pieces. */
const PIECE_CHARS = 50_000;

/** How much of the scopes is indexed: documents, and those that are not, as far as they are known to say something. */
export type Progress = {
  indexed: number;
  total: number /** Whether all that is indexed has a vector. */;
  vectors: boolean;
};

/** What a search says that saw only a part. */
export const partialNote = ({ indexed, total }: Progress) =>
  `Searched ${indexed.toLocaleString("en")} of ${total.toLocaleString("en")}: the rest is being indexed.`;

/** Says in an answer's header how much of the scopes a search saw, where that is not all. */
export function tellProgress(ctx: Ctx, progress: Progress | null): void {
  if (progress) ctx.answerHeaders?.set("memoir-index", `${progress.indexed}/${progress.total}`);
}

/**
 * Indexes all that is new in the scopes. Afterwards every row that was committed when it began is indexed. Any number may
 * run at once, on any connections: each document is counted once.
 */
export async function refresh(sql: Sql, kind: ScopeKind, scopeIds: readonly string[]): Promise<void> {
  await refreshSome(sql, kind, scopeIds, Number.POSITIVE_INFINITY);
}

/** As `refresh`, but at most some `most` documents of each scope. @returns the scopes that may have more. */
export async function refreshSome(
  sql: Sql,
  kind: ScopeKind,
  scopeIds: readonly string[],
  most: number,
): Promise<string[]> {
  const left: string[] = [];
  for (let start = 0; start < scopeIds.length; start += BATCH_SCOPES) {
    let behind = scopeIds.slice(start, start + BATCH_SCOPES);
    for (let done = 0; behind.length > 0 && done < most; ) {
      const limit = Math.floor(BATCH / behind.length);
      const rows = await sql.query<{ scope_id: string; is_behind: boolean }>(REFRESH[kind], [behind, limit]);
      await othersTurn();
      behind = rows.filter((row) => row.is_behind).map((row) => row.scope_id);
      done += limit;
    }
    left.push(...behind);
  }
  return left;
}

/**
 * Indexes the next documents of a kind, of whatever scope, in the order they were written. One at a time does so: where
 * another server is at it, nothing is done. @returns whether there may be more.
 */
export async function fill(db: Database, kind: ScopeKind): Promise<boolean> {
  const rows = await db.query<{ is_behind: boolean }>(FILL[kind], [kind, BATCH]);
  return rows.some((row) => row.is_behind);
}

/** Of the scopes those that have something new: much cheaper to ask than to index nothing. */
export async function scopesBehind(sql: Sql, kind: ScopeKind, scopeIds: readonly string[]): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(BEHIND[kind], [scopeIds]);
  return rows.map((row) => row.id);
}

/** How much of the scopes is indexed by words; counts what isn't, one row at a time. */
export async function readProgress(sql: Sql, kind: ScopeKind, scopeIds: readonly string[]): Promise<Progress> {
  const [row] = await sql.query<{ indexed: number; missing: number; vectors: boolean }>(PROGRESS[kind], [scopeIds]);
  return { indexed: row!.indexed, total: row!.indexed + row!.missing, vectors: row!.vectors };
}

/** Forgets the scopes of agents, archives or folders that are deleted, with their vectors. */
export async function deleteScope(sql: Sql, scopeIds: readonly string[]): Promise<void> {
  if (scopeIds.length === 0) return;
  forgetResidents(scopeIds);
  const owned = ["search_document", "search_scope", ...(await vectorTables(sql))];
  for (const table of owned) await sql.query(`DELETE FROM ${table} WHERE scope_id = ANY($1::text[])`, [scopeIds]);
}

/** Forgets documents of a scope that goes on, with their vectors. */
export async function deleteDocuments(sql: Sql, scopeId: string, docs: readonly number[]): Promise<void> {
  if (docs.length === 0) return;
  await sql.query(
    `WITH held AS MATERIALIZED (SELECT ${lockSql("$1::text")}),
       known AS MATERIALIZED (SELECT doc, length FROM search_document, held WHERE doc = ANY($2::bigint[]) AND length >= 0),
       gone AS (UPDATE search_document d SET length = -1, words = '', speaker = NULL, entry = nextval('search_entry')
         FROM known WHERE d.doc = known.doc)
     UPDATE search_scope SET documents = documents - (SELECT count(*) FROM known),
       total_length = total_length - (SELECT coalesce(sum(length), 0) FROM known) WHERE scope_id = $1`,
    [scopeId, docs],
  );
  for (const table of await vectorTables(sql)) {
    await sql.query(`DELETE FROM ${table} WHERE doc = ANY($1::bigint[])`, [docs]);
  }
}

/** Indexes documents of a scope anew, whose text has changed, with their vectors. */
export async function reindexDocuments(
  sql: Sql,
  kind: ScopeKind,
  scopeId: string,
  docs: readonly number[],
): Promise<void> {
  if (docs.length === 0) return;
  await deleteDocuments(sql, scopeId, docs);
  await sql.query("DELETE FROM search_document WHERE doc = ANY($1::bigint[])", [docs]);
  for (let left = [...docs]; left.length > 0; ) {
    const rows = await sql.query<{ doc: number }>(REINDEX[kind], [left.slice(0, BATCH), BATCH]);
    await othersTurn();
    const done = new Set(rows.map((row) => row.doc));
    // What says nothing any more is no document.
    left = done.size === 0 ? left.slice(BATCH) : left.filter((doc) => !done.has(doc));
  }
}

/** The tables of vectors that there are, one for each width. */
export async function vectorTables(sql: Sql): Promise<string[]> {
  const tables = await sql.query<{ name: string }>(
    "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relname ~ '^search_vector_[0-9]+$' AND pg_table_is_visible(oid)",
  );
  return tables.map((table) => table.name);
}

/**
 * Entries of a scope are numbered and committed one after another, so that who has read as far as one has read all
 * before it.
 */
const ENTRY_LOCK = 6_177_014;
const lockSql = (scope: string) => `pg_advisory_xact_lock(${ENTRY_LOCK}, hashtext(${scope}))`;

/** Per kind: where its documents are, with what the index keeps of them. `source` is a row of the table. */
type Writing = { table: string; scope: string; doc: string; says: string; columns: string };
const WRITINGS: Record<ScopeKind, Writing> = {
  messages: {
    table: "message",
    scope: "agent_id",
    doc: "ledger_seq",
    says: "source.role IN ('user', 'assistant', 'approval')",
    columns: `source.conversation_id AS thread_id, source.seq::int8 AS position, ${speakerSql("source")} AS role, source.created_at AS at,
      ${messageTextSql("source")} AS text`,
  },
  passages: {
    table: "passage",
    scope: "archive_id",
    doc: "seq",
    says: "source.deleted_at IS NULL",
    columns: `source.archive_id AS thread_id, (extract(epoch FROM source.created_at) * 1000)::int8 AS position,
      NULL::text AS role, source.created_at AS at, source.text`,
  },
  chunks: {
    table: "file_chunk",
    scope: "folder_id",
    doc: "seq",
    says: "true",
    columns:
      "source.file_id AS thread_id, source.position::int8 AS position, NULL::text AS role, source.created_at AS at, source.text",
  },
};

/**
 * Documents that are not indexed, oldest first. `OFFSET 0` keeps the planner from joining the whole of `search_document`;
 * the upper bound, which is never reached, tells it that few rows are new.
 */
const newDocuments = (kind: ScopeKind, where: string) => {
  const { table, scope, doc, says, columns } = WRITINGS[kind];
  return `SELECT * FROM (
      SELECT source.${scope} AS scope_id, source.${doc} AS doc, ${columns} FROM ${table} source
      WHERE ${where} AND ${says} AND NOT EXISTS (SELECT FROM search_document d WHERE d.doc = source.${doc} OFFSET 0)
      ORDER BY source.${doc} OFFSET 0) found
    WHERE found.text IS NOT NULL LIMIT $2`;
};

const TOP = Number.MAX_SAFE_INTEGER;
const OF_SCOPE = (kind: ScopeKind) => {
  const { scope, doc } = WRITINGS[kind];
  return `source.${scope} = scope.id AND source.${doc} > scope.indexed_through AND source.${doc} < scope.beyond`;
};
const SCOPE = `
scope AS MATERIALIZED (
    SELECT given.id, coalesce(s.indexed_through, 0) AS indexed_through, ${TOP} AS beyond
    FROM unnest($1::text[]) AS given(id) LEFT JOIN search_scope s ON s.scope_id = given.id)`;

/** The name that a line of a dialogue begins with, perhaps behind a date in brackets. */
const SPEAKER = `'^\\s*(?:[\\[(][^\\])]{1,40}[\\])]\\s*:?\\s*)?([[:upper:]][^\\s:,.!?"(]{0,30}(?: [[:upper:]][^\\s:,.!?"(]{0,30}){0,2})\\s*(?:\\([^)]{1,40}\\))?:\\s'`;

// `total` writes only where a document was added: a search that finds nothing new writes nothing. Locks are taken and
// documents inserted in order, so that two that index the same ones wait for each other and never both.
const indexing = (kind: ScopeKind) => `
  fresh AS MATERIALIZED (
    SELECT * FROM (SELECT candidate.*, sum(length(text)) OVER (ORDER BY scope_id, doc) - length(text) AS before
      FROM candidate) c WHERE before < ${BATCH_CHARS}),
  lexeme AS MATERIALIZED (
    SELECT f.doc, word.lexeme AS term, least(sum(cardinality(word.positions)), 32767) AS frequency,
      coalesce(min(word.positions[1]) FILTER (WHERE piece.start = 1), 0) AS place
    FROM fresh f CROSS JOIN LATERAL generate_series(1, length(f.text), ${PIECE_CHARS}) AS piece(start)
      CROSS JOIN LATERAL (SELECT substr(f.text, piece.start, ${PIECE_CHARS}) AS text OFFSET 0) part
      CROSS JOIN LATERAL unnest(to_tsvector('${LANGUAGE}', ${wordsSql("part.text")})) AS word
    GROUP BY f.doc, word.lexeme),
  packed AS MATERIALIZED (
    SELECT l.doc, sum(l.frequency) AS length,
      string_agg(translate(l.term, ' ', '_') || ' ' || l.frequency || ' ' || l.place, ' ') AS words FROM lexeme l GROUP BY l.doc),
  held AS MATERIALIZED (SELECT count(${lockSql("scope_id")}) AS locks
    FROM (SELECT DISTINCT scope_id FROM fresh ORDER BY scope_id) scopes),
  document AS (
    INSERT INTO search_document (doc, scope_id, thread_id, position, length, at, role, speaker, asks, words)
    SELECT f.doc, f.scope_id, f.thread_id, f.position, coalesce(p.length, 0), f.at, f.role,
      (SELECT string_agg(w.lexeme, ' ') FROM unnest(to_tsvector('${LANGUAGE}', substring(left(f.text, 120) FROM ${SPEAKER}))) w),
      f.text ~ '[?]\\s*$', coalesce(p.words, '')
    FROM held CROSS JOIN fresh f LEFT JOIN packed p ON p.doc = f.doc ORDER BY f.doc
    ON CONFLICT (doc) DO NOTHING RETURNING doc, scope_id, length),
  reach AS (SELECT CASE WHEN pg_snapshot_xmin(now) = pg_snapshot_xmax(now) THEN ${SLACK} ELSE ${SLACK_WHILE_OTHERS_WRITE} END
    AS slack FROM pg_current_snapshot() AS now),
  total AS (
    INSERT INTO search_scope AS s (scope_id, kind, indexed_through, documents, total_length)
    SELECT d.scope_id, '${kind}', greatest(max(d.doc) - reach.slack, 0), count(*), sum(d.length)
    FROM document d CROSS JOIN reach GROUP BY d.scope_id, reach.slack ORDER BY d.scope_id
    ON CONFLICT (scope_id) DO UPDATE SET indexed_through = greatest(s.indexed_through, EXCLUDED.indexed_through),
      documents = s.documents + EXCLUDED.documents, total_length = s.total_length + EXCLUDED.total_length,
      vectors_of = NULL)`;

const refreshSql = (kind: ScopeKind): Statement => ({
  name: `search-refresh-${kind}`,
  text: `
WITH ${SCOPE},
  candidate AS MATERIALIZED (
    SELECT found.* FROM scope CROSS JOIN LATERAL (${newDocuments(kind, OF_SCOPE(kind))}) found),
  ${indexing(kind)}
SELECT c.scope_id, count(*) >= $2 OR count(f.doc) < count(*) AS is_behind
FROM candidate c LEFT JOIN fresh f ON f.doc = c.doc GROUP BY c.scope_id`,
});

// Who fills holds the row of the kind until the statement is committed; another finds it taken and does nothing.
const fillSql = (kind: ScopeKind): Statement => ({
  name: `search-fill-${kind}`,
  text: `
WITH mine AS MATERIALIZED (SELECT kind, through FROM search_filler WHERE kind = $1 FOR UPDATE SKIP LOCKED),
  candidate AS MATERIALIZED (
    SELECT found.* FROM mine CROSS JOIN LATERAL (
      ${newDocuments(kind, `source.${WRITINGS[kind].doc} > mine.through AND source.${WRITINGS[kind].doc} < ${TOP}`)}) found),
  ${indexing(kind)},
  progress AS (UPDATE search_filler SET through = greatest(search_filler.through, reached.doc)
    FROM (SELECT max(f.doc) - (SELECT slack FROM reach) AS doc FROM fresh f) reached
    WHERE search_filler.kind = $1 AND reached.doc IS NOT NULL)
SELECT count(*) >= $2 OR count(f.doc) < count(*) AS is_behind FROM candidate c LEFT JOIN fresh f ON f.doc = c.doc`,
});

const reindexSql = (kind: ScopeKind): Statement => ({
  name: `search-reindex-${kind}`,
  text: `
WITH candidate AS MATERIALIZED (${newDocuments(kind, `source.${WRITINGS[kind].doc} = ANY($1::bigint[])`)}),
  ${indexing(kind)}
SELECT doc FROM document`,
});

const behindSql = (kind: ScopeKind): Statement => {
  const { table, doc, says } = WRITINGS[kind];
  return {
    name: `search-behind-${kind}`,
    text: `WITH ${SCOPE}
SELECT scope.id FROM scope WHERE EXISTS (SELECT FROM ${table} source WHERE ${OF_SCOPE(kind)} AND ${says}
  AND NOT EXISTS (SELECT FROM search_document d WHERE d.doc = source.${doc} OFFSET 0))`,
  };
};

const progressSql = (kind: ScopeKind): Statement => {
  const { table, doc, says, columns } = WRITINGS[kind];
  return {
    name: `search-progress-${kind}`,
    text: `WITH ${SCOPE}
SELECT (SELECT coalesce(sum(documents), 0)::int8 FROM search_scope WHERE scope_id = ANY($1::text[])) AS indexed,
  (SELECT coalesce(bool_and(vectors_of <> '' AND vectors_of IS NOT NULL), false) FROM search_scope WHERE scope_id = ANY($1::text[])) AS vectors,
  (SELECT count(*) FROM scope CROSS JOIN LATERAL (SELECT ${columns} FROM ${table} source WHERE ${OF_SCOPE(kind)} AND ${says}
    AND NOT EXISTS (SELECT FROM search_document d WHERE d.doc = source.${doc} OFFSET 0)) missing
    WHERE missing.text IS NOT NULL) AS missing`,
  };
};

const statements = (make: (kind: ScopeKind) => Statement): Record<ScopeKind, Statement> => ({
  messages: make("messages"),
  passages: make("passages"),
  chunks: make("chunks"),
});
const REFRESH = statements(refreshSql);
const FILL = statements(fillSql);
const BEHIND = statements(behindSql);
const REINDEX = statements(reindexSql);
const PROGRESS = statements(progressSql);
