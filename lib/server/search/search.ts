import type { PassageSearch } from "@/lib/engine/memory";
import { storable } from "@/lib/engine/storable";
import type { Ctx } from "../core/core";
import type { Statement } from "../db/database";
import { liftMeanings } from "./near-meanings";
import { newerFactsFirst } from "./newer-facts";
import type { RankWeights } from "./rank-weights";
import { type Candidate, fuse } from "./search-fuse";
import { type Progress, partialNote, readProgress, refreshSome, scopesBehind } from "./search-index";
import {
  type ChunkFilter,
  type Filter,
  LIFTS,
  type MessageFilter,
  type PassageFilter,
  type Ranked,
  rankByText,
  rankByTime,
  read,
} from "./search-rank";
import { messageTextSql } from "./search-text";
import { NoVectors, rankByMeaning } from "./search-vectors";

/** By words, by meaning, or both; where there are no vectors, all of them go by words. */
export type SearchMode = "fts" | "vector" | "hybrid";

type Common = {
  /** Null finds the newest that pass the filters. */
  query: string | null;
  mode: SearchMode;
  /** ISO 8601, inclusive. */
  from?: string | null | undefined;
  to?: string | null | undefined;
  limit: number;
  signal?: AbortSignal | undefined;
  /** Others than `RANK_WEIGHTS`, to measure what they do. */
  weights?: RankWeights | undefined;
};

export type MessageQuery = Common & {
  /** Null searches the messages of all agents. */
  agentId?: string | null | undefined;
  /** Of all agents, only those of this project, or made from this template. */
  projectId?: string | null | undefined;
  templateId?: string | null | undefined;
  conversationId?: string | null | undefined;
  /** Null for both `user` and `assistant`; nothing else is indexed. */
  roles?: readonly string[] | null | undefined;
  /** A run that is searching: its own calls of `conversation_search` would find themselves, and are left out. */
  searcherRunId?: string | null | undefined;
};

export type PassageQuery = Common & {
  archiveIds: readonly string[];
  tags?: readonly string[] | null | undefined;
  tagMatchMode: "any" | "all";
};

/** A result, with its place in each list. */
export type FoundMessage = Candidate & {
  id: string;
  agentId: string;
  /** Null for the agent's default conversation, as on the wire. */
  conversationId: string | null;
  role: "user" | "assistant";
  /** What was said, as it is indexed. */
  text: string;
  createdAt: string;
};
export type FoundPassage = Candidate & {
  id: string;
  archiveId: string;
  text: string;
  tags: string[];
  createdAt: string;
};

/** All that were considered, in rank order, with those that were cut. */
export type Considered = (Candidate & { id: string; returned: boolean })[];

export type MessageSearch = {
  /** What it was in the end. */
  mode: PassageSearch["mode"];
  /** Why it was not what was asked for, if so. */
  note: string | null;
  /** How much of the scopes was searched, where that is not all. */
  partial: Progress | null;
  candidates: Considered;
  found: FoundMessage[];
};

/** A `PassageSearch` with the places in each list: what the ledger keeps. */
export type RecordedSearch = Omit<PassageSearch, "candidates"> & {
  note: string | null;
  candidates: (PassageSearch["candidates"][number] & Pick<Candidate, "byText" | "byVector" | "parts">)[];
};

/** Of a list by meaning so many times more, so that neighbours of the best are in it. */
const MEANINGS_LOOKED_AT = 4;

/** At least so many candidates are considered, and twice as many as are returned. */
const MIN_POOL = 50;

/** Searches what users and assistants said in the actor's organization; messages of deleted conversations are not found. */
export async function searchMessages(ctx: Ctx, query: MessageQuery): Promise<MessageSearch> {
  const filter: MessageFilter = {
    kind: "messages",
    scopeIds: await agentScopes(ctx, query),
    organizationId: ctx.actor.organizationId,
    conversationId: query.conversationId ?? null,
    roles: query.roles?.length ? query.roles : null,
    from: query.from ?? null,
    to: query.to ?? null,
    searcherRunId: query.searcherRunId ?? null,
  };
  const meanings = query.mode === "fts" ? [] : await agentMeanings(ctx, filter);
  const { mode, note, partial, candidates } = await rank(ctx, filter, query, meanings);
  const rows = await ctx.db.query<Omit<FoundMessage, keyof Candidate | "createdAt"> & Row>(READ_MESSAGES, [
    candidates.map((candidate) => candidate.doc),
    candidates.slice(0, query.limit).map((candidate) => candidate.doc),
  ]);
  const { considered, found } = join(candidates, rows, query.limit);
  return { mode, note, partial, candidates: considered, found };
}

/** Searches the passages of archives of the actor's organization. `search` is the record that every search leaves. */
export async function searchPassages(
  ctx: Ctx,
  query: PassageQuery,
): Promise<{ search: RecordedSearch; partial: Progress | null; found: FoundPassage[] }> {
  const filter: PassageFilter = {
    kind: "passages",
    scopeIds: query.archiveIds,
    organizationId: ctx.actor.organizationId,
    tags: query.tags?.length ? query.tags : null,
    tagMatchMode: query.tagMatchMode,
    from: query.from ?? null,
    to: query.to ?? null,
  };
  const meanings = await scopeMeanings(ctx, "archive", filter);
  const { mode, note, partial, candidates } = await rank(ctx, filter, query, meanings);
  const rows = await ctx.db.query<Omit<FoundPassage, keyof Candidate | "createdAt"> & Row>(READ_PASSAGES, [
    candidates.map((candidate) => candidate.doc),
  ]);
  const { considered, found } = join(newerFirst(candidates, rows), rows, query.limit);
  const { tags, tagMatchMode, from, to, scopeIds: archiveIds } = filter;
  const filters = { archiveIds, tags, tagMatchMode, from, to, limit: query.limit };
  return {
    search: { query: storable(query.query ?? ""), mode, filters, note, candidates: recorded(considered) },
    partial,
    found,
  };
}

function recorded(considered: Considered): RecordedSearch["candidates"] {
  return considered.map(({ id, rank, score, returned, byText, byVector, parts }) => {
    return { passageId: id, rank, score, returned, byText, byVector, ...(parts && { parts }) };
  });
}

/** A passage of a file. */
export type FoundChunk = Candidate & {
  id: string;
  fileId: string;
  fileName: string;
  text: string;
  startLine: number;
  endLine: number;
  createdAt: string;
};

/** Searches the files of folders of the actor's organization, by words and by meaning. */
export async function searchChunks(
  ctx: Ctx,
  query: { folderIds: readonly string[]; query: string; limit: number; signal?: AbortSignal | undefined },
): Promise<{ search: RecordedSearch; partial: Progress | null; found: FoundChunk[] }> {
  const filter: ChunkFilter = { kind: "chunks", scopeIds: query.folderIds, organizationId: ctx.actor.organizationId };
  const meanings = await scopeMeanings(ctx, "folder", filter);
  const { mode, note, partial, candidates } = await rank(ctx, filter, { ...query, mode: "hybrid" }, meanings);
  const rows = await ctx.db.query<Omit<FoundChunk, keyof Candidate | "createdAt"> & Row>(READ_CHUNKS, [
    candidates.map((candidate) => candidate.doc),
  ]);
  const { considered, found } = join(candidates, rows, query.limit);
  const filters = { folderIds: query.folderIds, limit: query.limit };
  return {
    search: { query: storable(query.query), mode, filters, note, candidates: recorded(considered) },
    partial,
    found,
  };
}

/** Archives that are attached to an agent. */
export async function archivesOfAgent(ctx: Ctx, agentId: string): Promise<string[]> {
  const rows = await ctx.db.query<{ id: string }>(
    `SELECT l.archive_id AS id FROM agent_archive l JOIN archive r ON r.id = l.archive_id
     WHERE l.agent_id = $1 AND r.deleted_at IS NULL ORDER BY l.archive_id`,
    [agentId],
  );
  return rows.map((row) => row.id);
}

/** One agent; or those of the organization that pass, in a fixed order. */
async function agentScopes(ctx: Ctx, { agentId, projectId, templateId }: MessageQuery): Promise<string[]> {
  if (agentId && !projectId && !templateId) return [agentId];
  const rows = await ctx.db.query<{ id: string }>(
    `SELECT id FROM agent WHERE organization_id = $1 AND (id = $2 OR ($2::text IS NULL AND suite_run_id IS NULL))
       AND ($3::text IS NULL OR project_id = $3) AND ($4::text IS NULL OR $4 IN (template_id, base_template_id))
     ORDER BY id`,
    [ctx.actor.organizationId, agentId ?? null, projectId ?? null, templateId ?? null],
  );
  return rows.map((row) => row.id);
}

/** Which embedding model to ask for which documents. */
type Meaning = { handle: string; filter: Filter };

/** Agents by the model that the messages of each are embedded with: its own, or else the server's. */
async function agentMeanings(ctx: Ctx, filter: MessageFilter): Promise<Meaning[]> {
  const rows = await ctx.db.query<{ handle: string; ids: string[] }>(AGENTS_BY_EMBEDDING, [
    filter.scopeIds,
    filter.organizationId,
    ctx.config.defaultEmbedding,
  ]);
  return rows.map(({ handle, ids }) => ({ handle, filter: { ...filter, scopeIds: ids } }));
}

/** Archives or folders by the model that each of them is embedded with. */
async function scopeMeanings(
  ctx: Ctx,
  table: "archive" | "folder",
  filter: PassageFilter | ChunkFilter,
): Promise<Meaning[]> {
  const rows = await ctx.db.query<{ handle: string; ids: string[] }>(SCOPES_BY_EMBEDDING[table], [
    filter.scopeIds,
    filter.organizationId,
  ]);
  return rows.map(({ handle, ids }) => ({ handle, filter: { ...filter, scopeIds: ids } }));
}

type Outcome = {
  mode: PassageSearch["mode"];
  note: string | null;
  /** How much of the scopes was searched, where that is not all. */
  partial: Progress | null;
  candidates: Candidate[];
};

/** Documents of a scope that a search indexes itself, so that one right after a write finds what was written. */
const INDEXED_PER_SEARCH = 200;

async function indexNewest(ctx: Ctx, { kind, scopeIds }: Filter): Promise<Progress | null> {
  const news = await scopesBehind(ctx.db, kind, scopeIds);
  const behind = await refreshSome(ctx.db, kind, news, INDEXED_PER_SEARCH);
  if (behind.length === 0) return null;
  const progress = await readProgress(ctx.db, kind, scopeIds);
  return progress.indexed < progress.total ? progress : null;
}

async function rank(ctx: Ctx, filter: Filter, options: Common, meanings: Meaning[]): Promise<Outcome> {
  const partial = await indexNewest(ctx, filter);
  const query = storable(options.query ?? "").trim();
  const limit = Math.max(MIN_POOL, 2 * options.limit);
  if (query === "") {
    return {
      mode: "text",
      note: noteOf([], partial),
      partial,
      candidates: unranked(await rankByTime(ctx.db, filter, limit)),
    };
  }

  const { lists, notes } = await rankByMeanings(
    ctx,
    { query, limit: limit * MEANINGS_LOOKED_AT, signal: options.signal },
    options.mode,
    meanings,
  );
  const reading = await read(ctx.db, filter, query, options.weights);
  const byWords = options.mode !== "vector" || lists.length === 0;
  const text = byWords ? await rankByText(ctx.db, filter, reading, limit) : null;
  const lifted = lists.map((list) => liftMeanings(list, reading.residents, LIFTS[filter.kind]).slice(0, limit));
  const fused = fuse(text, lifted, limit);
  return {
    mode: lists.length === 0 ? "text" : text === null ? "vector" : "hybrid",
    note: noteOf(notes, partial),
    partial,
    candidates: newerFactsFirst(fused, reading.residents, reading.question, reading.lexicon),
  };
}

function noteOf(notes: readonly string[], partial: Progress | null): string | null {
  const all = [...(partial ? [partialNote(partial)] : []), ...notes];
  return all.length > 0 ? all.join(" ") : null;
}

type Asked = { query: string; limit: number; signal: AbortSignal | undefined };

/** A list for each embedding model that answers; a note for each that doesn't. */
async function rankByMeanings(
  ctx: Ctx,
  asked: Asked,
  mode: SearchMode,
  meanings: Meaning[],
): Promise<{ lists: Ranked[][]; notes: string[] }> {
  const lists: Ranked[][] = [];
  const notes: string[] = [];
  if (mode === "vector" && meanings.length === 0) notes.push("No embedding model is set: searched by text.");
  for (const { handle, filter } of mode === "fts" ? [] : meanings) {
    try {
      const { list, complete } = await rankByMeaning(ctx, filter, { ...asked, handle });
      lists.push(list);
      if (!complete) notes.push(`Older documents may have no vectors of ${handle} yet.`);
    } catch (error) {
      if (!(error instanceof NoVectors)) throw error;
      notes.push(`${error.message} Searched by text.`);
    }
  }
  return { lists, notes };
}

function unranked(list: Ranked[]): Candidate[] {
  return list.map(({ doc }, index) => ({ doc, rank: index + 1, score: 1, byText: null, byVector: null }));
}

type Row = { id: string; doc: number; createdAt: Date };

/** Candidates with their rows, the first `limit` as found. One whose row is gone by now is left out. */
function join<R extends Row>(candidates: Candidate[], rows: R[], limit: number) {
  const byDoc = new Map(rows.map((row) => [row.doc, row]));
  const present = candidates.filter((candidate) => byDoc.has(candidate.doc));
  const considered: Considered = present.map((candidate) => ({
    ...candidate,
    id: byDoc.get(candidate.doc)!.id,
    returned: candidate.rank <= limit,
  }));
  const found = present
    .filter((candidate) => candidate.rank <= limit)
    .map((candidate) => {
      const row = byDoc.get(candidate.doc)!;
      return { ...row, ...candidate, createdAt: row.createdAt.toISOString() };
    });
  return { considered, found };
}

/** Candidates of one score by the dates of their rows, the newest first: what was put in late may be old. */
function newerFirst(candidates: readonly Candidate[], rows: readonly Row[]): Candidate[] {
  const times = new Map(rows.map((row) => [row.doc, row.createdAt.getTime()]));
  const timeOf = ({ doc }: Candidate) => times.get(doc) ?? 0;
  return candidates
    .toSorted((a, b) => b.score - a.score || timeOf(b) - timeOf(a) || a.rank - b.rank)
    .map((candidate, index) => ({ ...candidate, rank: index + 1 }));
}

const READ_MESSAGES: Statement = {
  name: "search-read-messages",
  text: `SELECT m.ledger_seq AS doc, m.id, m.agent_id AS "agentId", m.role, m.created_at AS "createdAt",
  CASE WHEN c.is_default THEN NULL ELSE c.id END AS "conversationId",
  CASE WHEN m.ledger_seq = ANY($2::bigint[]) THEN ${messageTextSql("m")} END AS text
FROM message m JOIN conversation c ON c.id = m.conversation_id WHERE m.ledger_seq = ANY($1::bigint[])`,
};

const READ_PASSAGES: Statement = {
  name: "search-read-passages",
  text: `SELECT seq AS doc, id, archive_id AS "archiveId", text, tags, created_at AS "createdAt"
FROM passage WHERE seq = ANY($1::bigint[]) AND deleted_at IS NULL`,
};

const READ_CHUNKS: Statement = {
  name: "search-read-chunks",
  text: `SELECT k.seq AS doc, k.id, k.file_id AS "fileId", f.file_name AS "fileName", k.text, k.start_line AS "startLine",
  k.end_line AS "endLine", k.created_at AS "createdAt"
FROM file_chunk k JOIN file f ON f.id = k.file_id WHERE k.seq = ANY($1::bigint[])`,
};

const byEmbedding = (table: "archive" | "folder") => `
SELECT embedding AS handle, array_agg(id ORDER BY id) AS ids FROM ${table}
WHERE id = ANY($1::text[]) AND organization_id = $2 AND embedding IS NOT NULL GROUP BY embedding ORDER BY embedding`;
const SCOPES_BY_EMBEDDING = { archive: byEmbedding("archive"), folder: byEmbedding("folder") };

const AGENTS_BY_EMBEDDING: Statement = {
  name: "agents-by-embedding",
  text: `
SELECT handle, array_agg(id ORDER BY id) AS ids FROM (
  SELECT a.id, coalesce(v.config->>'embedding', $3) AS handle FROM agent a JOIN agent_version v ON v.id = a.version_id
  WHERE a.id = ANY($1::text[]) AND a.organization_id = $2) owned
WHERE handle IS NOT NULL GROUP BY handle ORDER BY handle`,
};
