import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";
import { stringsIn } from "./eraser";
import { inSlices } from "./slices";

/** What an erasure takes, by id: records whose whole content goes, their copies in forks with them. */
export type Scope = {
  blockIds: string[];
  versionIds: string[];
  passageIds: string[];
  messageIds: string[];
  fileIds: string[];
  /** Calls of tools that wrote it, or read it from a file, whose arguments and returns say it again. */
  calls: SayingCall[];
  /** Returns of searches that show one of the passages among others. */
  showingIds: string[];
  /** The passages' texts, however short. */
  passageTexts: string[];
  /** Tags that only these passages have. */
  tags: string[];
  /** Agents whose records may say it: that had it, their forks, and those that they talk with. */
  agentIds: string[];
  /** All that was said in it, by which copies are found. */
  texts: string[];
};

export type SayingCall = {
  id: string;
  agent_id: string;
  step_id: string;
  call_id: string;
  message_id: string;
  return_message_id: string | null;
  arguments: string;
};

/** What an act begins with: ids of what is to go, agents that are known to have it, and more that says it. */
export type Targets = Partial<
  Record<"blockIds" | "passageIds" | "messageIds" | "fileIds" | "agentIds" | "texts", string[]>
>;

/** All that goes with the targets. */
export async function scopeOf(ctx: Ctx, sql: Sql, targets: Targets): Promise<Scope> {
  const blockIds = await withCopies(sql, BLOCK_COPIES, targets.blockIds ?? []);
  const passageIds = await withCopies(sql, PASSAGE_COPIES, targets.passageIds ?? []);
  const messageIds = await withCopies(sql, MESSAGE_COPIES, targets.messageIds ?? []);
  const fileIds = targets.fileIds ?? [];
  const versionIds = await idsOf(sql, "SELECT id FROM block_version WHERE block_id = ANY($1::text[])", [blockIds]);
  const calls = await sql.query<SayingCall>(WRITING_CALLS, [blockIds, passageIds]);
  calls.push(...(await sql.query<SayingCall>(READING_CALLS, [fileIds, READING_TOOLS])));
  const passageTexts = await textsOf(sql, "SELECT text FROM passage WHERE id = ANY($1::text[])", passageIds);
  const said = await textsOf(sql, SAID, messageIds);
  const tags = await sql.query<{ tag: string }>(OWN_TAGS, [passageIds]);
  const had = await sql.query<{ id: string }>(HAD, [blockIds, passageIds, messageIds, fileIds, targets.agentIds ?? []]);
  const agentIds = await sql.query<{ id: string }>(RELATED, [had.map((row) => row.id), ctx.actor.organizationId]);
  return {
    blockIds,
    versionIds,
    passageIds,
    messageIds,
    fileIds,
    calls,
    showingIds: passageIds.length === 0 ? [] : await withCopies(sql, MESSAGE_COPIES, await showing(sql, passageIds)),
    passageTexts,
    tags: tags.map((row) => row.tag),
    agentIds: agentIds.map((row) => row.id),
    texts: [
      ...(targets.texts ?? []),
      ...(await textsOf(sql, "SELECT value AS text FROM block_version WHERE id = ANY($1::text[])", versionIds)),
      ...passageTexts,
      ...(await textsOf(sql, OF_FILES, await idsOf(sql, PIECES_OF_FILES, [fileIds]))),
      ...said.flatMap(stringsIn),
      ...calls.flatMap((call) => stringsIn(call.arguments)),
    ],
  };
}

const idsOf = async (sql: Sql, statement: string, params: unknown[]): Promise<string[]> =>
  (await sql.query<{ id: string }>(statement, params)).map((row) => row.id);

const textsOf = (sql: Sql, statement: string, ids: readonly string[]): Promise<string[]> =>
  inSlices(ids, async (slice) => (await sql.query<{ text: string }>(statement, [slice])).map((row) => row.text));

/** A large file is read by its pieces. */
const PIECES_OF_FILES = `SELECT id FROM file_chunk WHERE file_id = ANY($1::text[])
  UNION SELECT id FROM file f WHERE id = ANY($1::text[]) AND NOT EXISTS (SELECT FROM file_chunk WHERE file_id = f.id)`;
const OF_FILES = `SELECT text FROM file_chunk WHERE id = ANY($1::text[])
  UNION ALL SELECT content FROM file WHERE id = ANY($1::text[]) AND content IS NOT NULL`;

async function withCopies(sql: Sql, statement: string, ids: readonly string[]): Promise<string[]> {
  return ids.length === 0 ? [] : idsOf(sql, statement, [ids]);
}

const showing = (sql: Sql, passageIds: readonly string[]) => withCopies(sql, SHOWING_CALLS, passageIds);

const BLOCK_COPIES = `
WITH RECURSIVE one AS (SELECT unnest($1::text[]) AS id
  UNION SELECT c.block_id FROM one JOIN block_version o ON o.block_id = one.id
    JOIN block_version c ON c.copied_from_id = o.id)
SELECT id FROM one`;

const PASSAGE_COPIES = `
WITH RECURSIVE one AS (SELECT unnest($1::text[]) AS id
  UNION SELECT c.id FROM one JOIN passage c ON c.copied_from_id = one.id)
SELECT id FROM one`;

// What a step said goes with what its tools returned: a return without its call means nothing, and says it again.
const MESSAGE_COPIES = `
WITH RECURSIVE given AS (SELECT unnest($1::text[]) AS id),
  one AS (SELECT id FROM given
    UNION SELECT r.return_message_id FROM given JOIN tool_call r ON r.message_id = given.id WHERE r.return_message_id IS NOT NULL
    UNION SELECT c.id FROM one JOIN message c ON c.copied_from_id = one.id)
SELECT id FROM one`;

const WRITING_CALLS = `
SELECT t.id, t.agent_id, t.step_id, t.call_id, t.message_id, t.return_message_id, t.arguments FROM tool_call t
WHERE (t.step_id, t.call_id) IN (
  SELECT v.cause->>'step', v.cause->>'toolCall' FROM block_version v
    WHERE v.block_id = ANY($1::text[]) AND v.cause ? 'toolCall' AND v.copied_from_id IS NULL
  UNION SELECT e.cause->>'step', e.cause->>'toolCall' FROM passage_event e
    WHERE e.passage_id = ANY($2::text[]) AND e.cause ? 'toolCall' AND e.type = 'insert')`;

const READING_TOOLS = ["open_files", "grep_files", "semantic_search_files"];

/** A return of lines says of which file they are. */
const READING_CALLS = `
SELECT t.id, t.agent_id, t.step_id, t.call_id, t.message_id, t.return_message_id, '{}' AS arguments
FROM file f JOIN tool_call t ON t.organization_id = f.organization_id AND t.name = ANY($2::text[])
  JOIN message m ON m.id = t.return_message_id
WHERE f.id = ANY($1::text[]) AND strpos(m.parts::text, trim(both '"' from to_json(f.file_name)::text)) > 0`;

/** What is said in messages: not what tools returned, which is often of others: all of a block, or messages that were found. */
const SAID = `
SELECT text FROM message m CROSS JOIN LATERAL jsonb_array_elements(m.parts) p
  CROSS JOIN LATERAL (VALUES (p->>'text'), (p->>'reasoning'), (p->>'summary'), (p->>'arguments')) AS said(text)
WHERE m.id = ANY($1::text[]) AND text IS NOT NULL`;

/** Calls of searches whose return shows one of the passages, whatever else it shows. */
const SHOWING_CALLS = `
SELECT DISTINCT t.return_message_id AS id FROM passage_event e
  JOIN tool_call t ON t.step_id = e.cause->>'step' AND t.call_id = e.cause->>'toolCall'
WHERE e.type = 'search' AND t.return_message_id IS NOT NULL
  AND e.organization_id = (SELECT organization_id FROM passage WHERE id = ($1::text[])[1])
  AND EXISTS (SELECT FROM jsonb_array_elements(e.search->'candidates') c
    WHERE c->>'passageId' = ANY($1::text[]) AND (c->>'returned')::boolean)`;

const OWN_TAGS = `
SELECT DISTINCT tag FROM passage p, unnest(p.tags) tag WHERE p.id = ANY($1::text[]) AND NOT EXISTS (
  SELECT FROM passage other WHERE other.archive_id = p.archive_id AND other.id <> ALL($1::text[]) AND tag = ANY(other.tags))`;

const HAD = `
SELECT av.agent_id AS id FROM agent_version av WHERE $1::text[] <> '{}' AND av.config->'blockIds' ?| $1::text[]
UNION SELECT v.agent_id FROM block_version v WHERE v.block_id = ANY($1::text[]) AND v.agent_id IS NOT NULL
UNION SELECT l.agent_id FROM agent_block l WHERE l.block_id = ANY($1::text[])
UNION SELECT b.made_for_agent_id FROM block b WHERE b.id = ANY($1::text[]) AND b.made_for_agent_id IS NOT NULL
UNION SELECT c.agent_id FROM conversation c WHERE c.isolated_block_ids && $1::text[]
UNION SELECT e.agent_id FROM passage_event e WHERE e.passage_id = ANY($2::text[]) AND e.agent_id IS NOT NULL
UNION SELECT l.agent_id FROM agent_archive l WHERE l.archive_id IN (SELECT archive_id FROM passage WHERE id = ANY($2::text[]))
UNION SELECT r.agent_id FROM resource_event r WHERE r.agent_id IS NOT NULL
  AND r.resource_id IN (SELECT archive_id FROM passage WHERE id = ANY($2::text[]))
UNION SELECT m.agent_id FROM message m WHERE m.id = ANY($3::text[])
UNION SELECT l.agent_id FROM agent_folder l WHERE l.folder_id IN (SELECT folder_id FROM file WHERE id = ANY($4::text[]))
UNION SELECT r.agent_id FROM resource_event r WHERE r.agent_id IS NOT NULL
  AND r.resource_id IN (SELECT folder_id FROM file WHERE id = ANY($4::text[]))
UNION SELECT unnest($5::text[])`;

// Forks of forks too; of those that talk with each other, the next ones alone. A sender is what a client says it is, so
// that only the organization keeps others' agents apart.
const RELATED = `
WITH RECURSIVE had AS (SELECT unnest($1::text[]) AS id
  UNION SELECT f.id FROM had JOIN step s ON s.agent_id = had.id JOIN agent f ON f.forked_from_step_id = s.id),
  related AS (SELECT id FROM had
    UNION SELECT m.agent_id FROM had JOIN message m ON m.sender_id = had.id
    UNION SELECT m.sender_id FROM had JOIN message m ON m.agent_id = had.id WHERE m.sender_id IS NOT NULL
    UNION SELECT other.agent_id FROM had JOIN group_agent mine ON mine.agent_id = had.id
      JOIN group_agent other ON other.group_id = mine.group_id
    UNION SELECT g.manager_agent_id FROM had JOIN group_agent mine ON mine.agent_id = had.id
      JOIN agent_group g ON g.id = mine.group_id WHERE g.manager_agent_id IS NOT NULL
    UNION SELECT mine.agent_id FROM had JOIN agent_group g ON g.manager_agent_id = had.id
      JOIN group_agent mine ON mine.group_id = g.id)
SELECT a.id FROM related JOIN agent a ON a.id = related.id WHERE a.organization_id = $2 ORDER BY a.id`;
