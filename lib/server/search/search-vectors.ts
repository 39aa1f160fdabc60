import type { Ctx } from "../core/core";
import type { Database } from "../db/database";
import type { EmbeddingModel } from "../models/registry";
import type { ScopeKind } from "./search-index";
import { type Filter, parametersOf, type Ranked, SOURCES } from "./search-rank";

/** What halfvec's index can hold. */
const MAX_DIMENSIONS = 4000;

/** Documents that get their vectors in the course of one search, the newest; all others get theirs in the background. */
const EMBEDDED_PER_SEARCH = 64;
const EMBEDDED_PER_CALL = 64;
/** Embedding models read some thousand tokens. */
const EMBEDDED_CHARS = 8000;
const EMBEDDING_TIMEOUT_MS = 15_000;

/** Why there is no vector list, in words for whoever reads the record of the search. */
export class NoVectors extends Error {}

/**
 * The documents nearest in meaning to a query, by cosine similarity from -1 to 1, at most `limit`. The scopes must all be
 * of the model `handle`. Documents without a vector get theirs first, up to a number; `complete` says whether all have one.
 *
 * @throws NoVectors where the model or the database can't do it; nothing else is wrong then.
 */
export async function rankByMeaning(
  ctx: Ctx,
  filter: Filter,
  { query, handle, limit, signal }: { query: string; handle: string; limit: number; signal?: AbortSignal | undefined },
): Promise<{ list: Ranked[]; complete: boolean }> {
  if (!ctx.db.vector) throw new NoVectors("This database has no pgvector.");
  const deadline = AbortSignal.timeout(EMBEDDING_TIMEOUT_MS);
  const embed = embedder(ctx, handle, signal ? AbortSignal.any([signal, deadline]) : deadline);
  const [vector] = await embed([query.slice(0, EMBEDDED_CHARS)]);
  const table = await openTable(ctx.db, vector!.length);
  const complete = await embedNewest(ctx, filter, { table, handle, embed, dimensions: vector!.length });
  return { list: await nearest(ctx.db, filter, { table, handle, vector: vector!, limit }), complete };
}

type Embed = (texts: string[]) => Promise<number[][]>;

/** Vectors of length 1. @throws NoVectors with the provider's words when it fails or answers with something else. */
function embedder(ctx: Ctx, handle: string, signal: AbortSignal): Embed {
  let model: Promise<EmbeddingModel> | undefined;
  return async (texts) => {
    try {
      model ??= ctx.models.embeddingModel(ctx, handle);
      const vectors = await (await model).embed(texts, signal);
      if (vectors.length !== texts.length) throw new Error(`${vectors.length} vectors for ${texts.length} texts`);
      return vectors.map(toUnit);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new NoVectors(`The embedding model ${handle} failed: ${reason.slice(0, 300)}`);
    }
  };
}

function toUnit(vector: number[]): number[] {
  const length = Math.hypot(...vector);
  if (!Number.isFinite(length) || length === 0) throw new Error("a vector without a direction");
  return vector.map((value) => value / length);
}

const opened = new WeakMap<Database, Set<number>>();
const CREATE_LOCK = 6_177_013;

/**
 * The table of vectors of one width, made if it isn't there yet. Models of one width share it. The embedded database has
 * no index on it: there, adding a vector of 384 dimensions to an index takes 20 to 60 ms and blocks the process, while
 * comparing with all vectors of a scope takes 4 µs for each.
 *
 * @throws NoVectors for a width that can't be indexed, or a pgvector before 0.8.
 */
async function openTable(db: Database, dimensions: number): Promise<string> {
  const table = `search_vector_${dimensions}`;
  const known = opened.get(db) ?? new Set();
  opened.set(db, known);
  if (known.has(dimensions)) return table;
  if (dimensions > MAX_DIMENSIONS) throw new NoVectors(`Vectors of ${dimensions} dimensions can't be indexed.`);
  const statements = [
    `SELECT pg_advisory_xact_lock(${CREATE_LOCK})`,
    `CREATE TABLE IF NOT EXISTS ${table} (doc bigint PRIMARY KEY, scope_id text NOT NULL, model text NOT NULL, vec halfvec(${dimensions}) NOT NULL)`,
    `CREATE INDEX IF NOT EXISTS ${table}_scope ON ${table} (scope_id, model)`,
    ...(db.kind === "postgres"
      ? [`CREATE INDEX IF NOT EXISTS ${table}_vec ON ${table} USING hnsw (vec halfvec_cosine_ops)`, ITERATIVE_SCAN]
      : []),
  ];
  try {
    await db.transaction(async (sql) => {
      for (const statement of statements) await sql.query(statement);
    });
  } catch (error) {
    throw new NoVectors(`pgvector can't keep these vectors: ${(error as Error).message}`);
  }
  known.add(dimensions);
  return table;
}

/** Goes on along the index until enough of what it finds passes the filters. */
const ITERATIVE_SCAN = "SELECT set_config('hnsw.iterative_scan', 'strict_order', true)";

type Filled = { table: string; handle: string; embed: Embed; dimensions: number };

/** Gives the newest documents that have no vector of this model one. @returns whether none is left. */
async function embedNewest(ctx: Ctx, { kind, scopeIds }: Filter, filled: Filled): Promise<boolean> {
  const rows = await ctx.db.query<{ scope_id: string; vectors_of: string | null }>(
    "SELECT scope_id, vectors_of FROM search_scope WHERE scope_id = ANY($1::text[]) AND vectors_of IS DISTINCT FROM $2",
    [scopeIds, filled.handle],
  );
  if (rows.length === 0) return true;
  const ids = rows.map((row) => row.scope_id);
  // A scope that had another model's: the background takes it up again.
  const changed = rows.filter((row) => row.vectors_of !== null).map((row) => row.scope_id);
  if (changed.length > 0) {
    await ctx.db.query("UPDATE search_scope SET vectors_of = NULL WHERE scope_id = ANY($1::text[])", [changed]);
  }
  return (await embedMissing(ctx, kind, ids, filled, { below: null, most: EMBEDDED_PER_SEARCH })) === null;
}

/**
 * Gives documents of the scopes that have no vector of this model one, the newest first, of entries below `below`.
 *
 * @returns the entry to go on below, or null where none is left.
 */
async function embedMissing(
  ctx: Ctx,
  kind: ScopeKind,
  scopeIds: readonly string[],
  { table, handle, embed, dimensions }: Filled,
  { below, most }: { below: number | null; most: number },
): Promise<number | null> {
  const source = SOURCES[kind];
  const missing = await ctx.db.query<Owner & { entry: number; text: string | null }>(
    `SELECT d.doc, d.scope_id, d.entry, left(${source.text}, ${EMBEDDED_CHARS}) AS text
     FROM search_document d JOIN ${source.table} source ON source.${source.doc} = d.doc
     WHERE d.scope_id = ANY($1::text[]) AND d.length >= 0 AND ($3::bigint IS NULL OR d.entry < $3)
       ${kind === "passages" ? "AND source.deleted_at IS NULL" : ""}
       AND NOT EXISTS (SELECT FROM ${table} v WHERE v.doc = d.doc AND v.model = $2)
     ORDER BY d.entry DESC LIMIT $4`,
    [scopeIds, handle, below, most],
  );
  const usable = missing.filter((row) => row.text?.trim());
  const calls = Array.from({ length: Math.ceil(usable.length / EMBEDDED_PER_CALL) }, (_, n) =>
    usable.slice(n * EMBEDDED_PER_CALL, (n + 1) * EMBEDDED_PER_CALL),
  );
  await Promise.all(
    calls.map(async (rows) => {
      const vectors = await embed(rows.map((row) => row.text!));
      if (vectors.some((vector) => vector.length !== dimensions)) {
        throw new NoVectors(`The embedding model ${handle} failed: its vectors differ in length`);
      }
      await keepVectors(ctx.db, { table, handle }, rows, vectors);
    }),
  );
  return missing.length < most ? null : missing.at(-1)!.entry;
}

/**
 * Gives the next documents of one scope their vectors, a call of the model at a time; `below` is what the last call
 * answered, null at first.
 *
 * @returns the entry to go on below, or null where none is left.
 * @throws NoVectors where the model or the database can't do it.
 */
export async function embedSome(
  ctx: Ctx,
  scope: { kind: ScopeKind; scopeId: string; handle: string },
  below: number | null,
  signal: AbortSignal,
): Promise<number | null> {
  if (!ctx.db.vector) throw new NoVectors("This database has no pgvector.");
  const { kind, scopeId, handle } = scope;
  const embed = embedder(ctx, handle, AbortSignal.any([signal, AbortSignal.timeout(EMBEDDING_TIMEOUT_MS)]));
  const dimensions = widths.get(handle) ?? (await embed(["width"]))[0]!.length;
  widths.set(handle, dimensions);
  const table = await openTable(ctx.db, dimensions);
  return embedMissing(ctx, kind, [scopeId], { table, handle, embed, dimensions }, { below, most: EMBEDDED_PER_CALL });
}

/** Of embedding models that were asked by this process, how wide their vectors are. */
const widths = new Map<string, number>();

type Owner = { doc: number; scope_id: string };

async function keepVectors(
  db: Database,
  { table, handle }: Pick<Filled, "table" | "handle">,
  rows: readonly Owner[],
  vectors: readonly number[][],
): Promise<void> {
  await db.query(
    `INSERT INTO ${table} (doc, scope_id, model, vec)
     SELECT x.doc, x.scope_id, $3, x.vec::halfvec FROM unnest($1::bigint[], $2::text[], $4::text[]) AS x(doc, scope_id, vec)
     ON CONFLICT (doc) DO UPDATE SET model = EXCLUDED.model, vec = EXCLUDED.vec`,
    [rows.map((row) => row.doc), rows.map((row) => row.scope_id), handle, vectors.map((one) => JSON.stringify(one))],
  );
}

/**
 * Gives documents their vectors ahead of any search, a batch at a time; `progress` is told how many have one after each.
 *
 * @throws NoVectors where the model or the database can't do it; those that have one by then keep it.
 */
export async function embedDocuments(
  ctx: Ctx,
  handle: string,
  rows: readonly (Owner & { text: string })[],
  { progress, signal }: { progress: (done: number) => Promise<void>; signal: AbortSignal },
): Promise<void> {
  if (!ctx.db.vector) throw new NoVectors("This database has no pgvector.");
  for (let start = 0; start < rows.length; start += EMBEDDED_PER_CALL) {
    const batch = rows.slice(start, start + EMBEDDED_PER_CALL);
    const deadline = AbortSignal.timeout(EMBEDDING_TIMEOUT_MS);
    const embed = embedder(ctx, handle, AbortSignal.any([signal, deadline]));
    const vectors = await embed(batch.map((row) => row.text.slice(0, EMBEDDED_CHARS)));
    const table = await openTable(ctx.db, vectors[0]!.length);
    if (vectors.some((vector) => vector.length !== vectors[0]!.length)) {
      throw new NoVectors(`The embedding model ${handle} failed: its vectors differ in length`);
    }
    await keepVectors(ctx.db, { table, handle }, batch, vectors);
    await progress(start + batch.length);
  }
}

type Nearest = { table: string; handle: string; vector: number[]; limit: number };

function nearest(db: Database, filter: Filter, { table, handle, vector, limit }: Nearest): Promise<Ranked[]> {
  const source = SOURCES[filter.kind];
  return db.transaction(async (sql) => {
    await sql.query(ITERATIVE_SCAN);
    return sql.query<Ranked>(
      `SELECT doc, score FROM (
         SELECT v.doc, (1 - (v.vec <=> $8::halfvec))::real AS score FROM ${table} v
         WHERE v.scope_id = ANY($1::text[]) AND v.model = $9
           AND (SELECT ${source.counts} AND ${source.shows} FROM ${source.table} source WHERE source.${source.doc} = v.doc)
         ORDER BY v.vec <=> $8::halfvec LIMIT $10) near
       ORDER BY score DESC, doc DESC`,
      [...parametersOf(filter), JSON.stringify(vector), handle, limit],
    );
  });
}
