import type { Sql, Statement } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { LANGUAGE, messageTextSql, wordsSql } from "./search-text";

/** What is indexed: an agent's messages, an archive's passages or those of a folder's files, by the id of each. */
export type ScopeKind = "messages" | "passages" | "chunks";

/** Documents, their characters, and scopes that one statement indexes: the embedded database answers nobody meanwhile. */
const BATCH = 200;
const BATCH_CHARS = 50_000;
const BATCH_SCOPES = 50;

/**
 * Ledger sequences are given out before their rows are committed, so that a row may appear below ones that are indexed
 * already. So far back it is looked for again: some way where no other transaction was open, a long one where any was.
 */
const SLACK = 1_000;
const SLACK_WHILE_OTHERS_WRITE = 100_000;

/** Postgres counts no word's place beyond the 16,383rd, and no more than 256 places of a word: a long text goes in pieces. */
const PIECE_CHARS = 50_000;

/**
 * Indexes what is new in the scopes since they were last searched. Afterwards every row that was committed when it began
 * is indexed. Any number may run at once, on any connections: each document is counted once.
 */
export async function refresh(sql: Sql, kind: ScopeKind, scopeIds: readonly string[]): Promise<void> {
  for (let start = 0; start < scopeIds.length; start += BATCH_SCOPES) {
    let behind = scopeIds.slice(start, start + BATCH_SCOPES);
    while (behind.length > 0) {
      const limit = Math.floor(BATCH / behind.length);
      const rows = await sql.query<{ scope_id: string; is_behind: boolean }>(REFRESH[kind], [behind, limit]);
      await othersTurn();
      behind = rows.filter((row) => row.is_behind).map((row) => row.scope_id);
    }
  }
}

/** Forgets the scopes of agents, archives or folders that are deleted, with their vectors. */
export async function deleteScope(sql: Sql, scopeIds: readonly string[]): Promise<void> {
  if (scopeIds.length === 0) return;
  const owned = ["search_posting", "search_document", "search_scope", ...(await vectorTables(sql))];
  for (const table of owned) await sql.query(`DELETE FROM ${table} WHERE scope_id = ANY($1::text[])`, [scopeIds]);
}

/** Forgets documents of a scope that goes on, with their vectors. */
export async function deleteDocuments(sql: Sql, scopeId: string, docs: readonly number[]): Promise<void> {
  if (docs.length === 0) return;
  await sql.query(
    `WITH gone AS (DELETE FROM search_document WHERE doc = ANY($2::bigint[]) RETURNING length),
       postings AS (DELETE FROM search_posting WHERE doc = ANY($2::bigint[]))
     UPDATE search_scope SET documents = documents - (SELECT count(*) FROM gone),
       total_length = total_length - (SELECT coalesce(sum(length), 0) FROM gone) WHERE scope_id = $1`,
    [scopeId, docs],
  );
  for (const table of await vectorTables(sql)) {
    await sql.query(`DELETE FROM ${table} WHERE doc = ANY($1::bigint[])`, [docs]);
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
 * Per kind: the documents of one scope (`scope`) that are not indexed, oldest first. `OFFSET 0` keeps the planner from
 * joining the whole of `search_document`; the upper bound, which is never reached, tells it that few rows are new.
 */
const NEW_DOCUMENTS: Record<ScopeKind, string> = {
  messages: `
    SELECT * FROM (
      SELECT m.ledger_seq AS doc, m.conversation_id AS thread_id, m.seq AS position, ${messageTextSql("m")} AS text
      FROM message m
      WHERE m.agent_id = scope.id AND m.ledger_seq > scope.indexed_through AND m.ledger_seq < scope.beyond
        AND m.role IN ('user', 'assistant')
        AND NOT EXISTS (SELECT FROM search_document d WHERE d.doc = m.ledger_seq OFFSET 0)
      ORDER BY m.ledger_seq OFFSET 0) m
    WHERE m.text IS NOT NULL LIMIT $2`,
  passages: `
    SELECT p.seq AS doc, p.archive_id AS thread_id, scope.documents + row_number() OVER (ORDER BY p.seq)::int AS position,
      p.text
    FROM (SELECT * FROM passage p
      WHERE p.archive_id = scope.id AND p.seq > scope.indexed_through AND p.seq < scope.beyond AND p.deleted_at IS NULL
        AND NOT EXISTS (SELECT FROM search_document d WHERE d.doc = p.seq OFFSET 0)
      ORDER BY p.seq LIMIT $2) p`,
  chunks: `
    SELECT k.seq AS doc, k.file_id AS thread_id, k.position, k.text
    FROM file_chunk k
    WHERE k.folder_id = scope.id AND k.seq > scope.indexed_through AND k.seq < scope.beyond
      AND NOT EXISTS (SELECT FROM search_document d WHERE d.doc = k.seq OFFSET 0)
    ORDER BY k.seq LIMIT $2`,
};

// `total` writes only where a document was added: a search that finds nothing new writes nothing. Documents are inserted
// in order, so that two that index the same ones wait for each other and never both.
const refreshSql = (kind: ScopeKind): Statement => ({
  name: `search-refresh-${kind}`,
  text: `
WITH scope AS MATERIALIZED (
    SELECT given.id, coalesce(s.indexed_through, 0) AS indexed_through, coalesce(s.documents, 0) AS documents,
      ${Number.MAX_SAFE_INTEGER} AS beyond
    FROM unnest($1::text[]) AS given(id) LEFT JOIN search_scope s ON s.scope_id = given.id),
  candidate AS MATERIALIZED (
    SELECT scope.id AS scope_id, found.* FROM scope CROSS JOIN LATERAL (${NEW_DOCUMENTS[kind]}) found),
  fresh AS MATERIALIZED (
    SELECT * FROM (SELECT candidate.*, sum(length(text)) OVER (ORDER BY scope_id, doc) - length(text) AS before
      FROM candidate) c WHERE before < ${BATCH_CHARS}),
  lexeme AS MATERIALIZED (
    SELECT f.doc, word.lexeme AS term, least(sum(cardinality(word.positions)), 32767)::smallint AS frequency
    FROM fresh f CROSS JOIN LATERAL generate_series(1, length(f.text), ${PIECE_CHARS}) AS piece(start)
      CROSS JOIN LATERAL (SELECT substr(f.text, piece.start, ${PIECE_CHARS}) AS text OFFSET 0) part
      CROSS JOIN LATERAL unnest(to_tsvector('${LANGUAGE}', ${wordsSql("part.text")})) AS word
    GROUP BY f.doc, word.lexeme),
  document AS (
    INSERT INTO search_document (doc, scope_id, thread_id, position, length)
    SELECT f.doc, f.scope_id, f.thread_id, f.position, coalesce(sum(l.frequency), 0)
    FROM fresh f LEFT JOIN lexeme l ON l.doc = f.doc
    GROUP BY f.doc, f.scope_id, f.thread_id, f.position ORDER BY f.doc
    ON CONFLICT (doc) DO NOTHING RETURNING doc, scope_id, length),
  posting AS (
    INSERT INTO search_posting (scope_id, term, doc, frequency)
    SELECT d.scope_id, l.term, l.doc, l.frequency FROM lexeme l JOIN document d ON d.doc = l.doc
    ORDER BY l.term, l.doc ON CONFLICT DO NOTHING),
  reach AS (SELECT CASE WHEN pg_snapshot_xmin(now) = pg_snapshot_xmax(now) THEN ${SLACK} ELSE ${SLACK_WHILE_OTHERS_WRITE} END
    AS slack FROM pg_current_snapshot() AS now),
  total AS (
    INSERT INTO search_scope AS s (scope_id, indexed_through, documents, total_length)
    SELECT d.scope_id, greatest(max(d.doc) - reach.slack, 0), count(*), sum(d.length)
    FROM document d CROSS JOIN reach GROUP BY d.scope_id, reach.slack ORDER BY d.scope_id
    ON CONFLICT (scope_id) DO UPDATE SET indexed_through = greatest(s.indexed_through, EXCLUDED.indexed_through),
      documents = s.documents + EXCLUDED.documents, total_length = s.total_length + EXCLUDED.total_length)
SELECT c.scope_id, count(*) >= $2 OR count(f.doc) < count(*) AS is_behind
FROM candidate c LEFT JOIN fresh f ON f.doc = c.doc GROUP BY c.scope_id`,
});

const REFRESH: Record<ScopeKind, Statement> = {
  messages: refreshSql("messages"),
  passages: refreshSql("passages"),
  chunks: refreshSql("chunks"),
};
