import type { Part } from "@/lib/stream/message";
import { ERASED } from "@/lib/text/erased";
import type { Sql } from "../db/database";
import { storableJson } from "../db/json";
import { deleteDocuments } from "../search/search-index";
import type { Touched } from "./carriers";
import { emptied, emptiedArguments } from "./eraser";
import type { SayingCall, Scope } from "./scope";
import { addTo, inSlices } from "./slices";

/** Every version of the blocks says nothing any more: value, description and metadata. Labels stay. */
export async function emptyBlocks(sql: Sql, { blockIds, versionIds }: Scope, touched: Touched): Promise<void> {
  await inSlices(versionIds, (ids) =>
    sql.query(
      `UPDATE block_version SET value = $2, description = NULL, metadata = '{}', edits = NULL WHERE id = ANY($1::text[])`,
      [ids, ERASED],
    ),
  );
  const proposals = await sql.query<{ id: string; agent_id: string }>(
    `UPDATE memory_proposal SET value = CASE WHEN value IS NOT NULL THEN $2 END, description = NULL, edits = NULL, reason = NULL
     WHERE block_id = ANY($1::text[]) RETURNING id, agent_id`,
    [blockIds, ERASED],
  );
  for (const row of proposals) touched.records.set(row.id, row.agent_id);
  await sql.query("UPDATE block SET tags = '{}' WHERE id = ANY($1::text[])", [blockIds]);
  for (const id of versionIds) touched.records.set(id, null);
}

/** Passages end here, wherever they are copied, with their places in the index. */
export async function emptyPassages(
  sql: Sql,
  { passageIds }: Scope,
  touched: Touched,
  { cause, at }: { cause: string; at: string },
): Promise<void> {
  const docs = new Map<string, number[]>();
  await inSlices(passageIds, async (ids) => {
    const rows = await sql.query<{ archive_id: string; seq: number }>(
      `WITH gone AS (UPDATE passage SET deleted_at = $3::timestamptz, updated_at = $3::timestamptz
           WHERE id = ANY($1::text[]) AND deleted_at IS NULL RETURNING id, organization_id, archive_id),
         told AS (INSERT INTO passage_event (id, organization_id, archive_id, passage_id, type, cause, created_at)
           SELECT 'event-' || gen_random_uuid(), organization_id, archive_id, id, 'delete', $2::jsonb, $3::timestamptz FROM gone)
       SELECT archive_id, seq FROM passage WHERE id = ANY($1::text[])`,
      [ids, cause, at],
    );
    await sql.query("UPDATE passage SET text = $2, tags = '{}', metadata = '{}' WHERE id = ANY($1::text[])", [
      ids,
      ERASED,
    ]);
    for (const row of rows) addTo(docs, row.archive_id, row.seq);
    return [];
  });
  for (const [archiveId, seqs] of docs) await deleteDocuments(sql, archiveId, seqs);
  for (const id of passageIds) touched.records.set(id, null);
}

type MessageRow = {
  id: string;
  agent_id: string;
  ledger_seq: number;
  run_id: string | null;
  step_id: string | null;
  parts: Part[];
};

const READ_MESSAGES = "SELECT id, agent_id, ledger_seq, run_id, step_id, parts FROM message WHERE id = ANY($1::text[])";
const WRITE_MESSAGES = `UPDATE message m SET parts = x.parts FROM jsonb_to_recordset($1::jsonb) AS x(id text, parts jsonb)
  WHERE m.id = x.id`;

/** Messages say nothing any more; nor do the calls in them, the answers that they came in, and the summaries that they are. */
export async function emptyMessages(sql: Sql, { messageIds }: Scope, touched: Touched): Promise<void> {
  const docs = new Map<string, number[]>();
  const steps = new Set<string>();
  const images = new Map<string, Set<string>>();
  await inSlices(messageIds, async (ids) => {
    const rows = await sql.query<MessageRow>(READ_MESSAGES, [ids]);
    for (const row of rows) {
      mark(touched, row);
      if (row.step_id) steps.add(row.step_id);
      addTo(docs, row.agent_id, row.ledger_seq);
      for (const id of imageIds(row.parts)) images.set(id, (images.get(id) ?? new Set()).add(row.agent_id));
    }
    await sql.query(WRITE_MESSAGES, [storableJson(rows.map((row) => ({ id: row.id, parts: emptied(row.parts) })))]);
    const calls = await sql.query<{ id: string; arguments: string }>(
      "SELECT id, arguments FROM tool_call WHERE message_id = ANY($1::text[]) OR return_message_id = ANY($1::text[])",
      [ids],
    );
    await writeCalls(sql, calls);
    await sql.query("UPDATE compaction SET summary = $2 WHERE summary_message_id = ANY($1::text[])", [ids, ERASED]);
    return [];
  });
  await sql.query(
    `UPDATE run SET request_hash = NULL WHERE id IN (SELECT run_id FROM message WHERE id = ANY($1::text[]))`,
    [messageIds],
  );
  await emptyAnswers(sql, [...steps]);
  for (const [agentId, seqs] of docs) await deleteDocuments(sql, agentId, seqs);
  await dropImages(sql, images);
}

/** The calls that wrote or read what goes say it again, in their arguments, their returns, and the answers that they came in. */
export async function emptyCalls(sql: Sql, calls: readonly SayingCall[], touched: Touched): Promise<void> {
  await writeCalls(sql, calls);
  await emptyAnswers(
    sql,
    calls.map((call) => call.step_id),
  );
  const callIds = new Set(calls.map((call) => call.call_id));
  const ids = calls.flatMap((call) => [call.message_id, ...(call.return_message_id ? [call.return_message_id] : [])]);
  const withCopies = await sql.query<{ id: string }>(
    `WITH RECURSIVE one AS (SELECT unnest($1::text[]) AS id
       UNION SELECT c.id FROM one JOIN message c ON c.copied_from_id = one.id) SELECT id FROM one`,
    [ids],
  );
  await inSlices(
    withCopies.map((row) => row.id),
    async (slice) => {
      const rows = await sql.query<MessageRow>(READ_MESSAGES, [slice]);
      for (const row of rows) mark(touched, row);
      const written = rows.map((row) => ({ id: row.id, parts: row.parts.map((part) => emptyCall(part, callIds)) }));
      return sql.query(WRITE_MESSAGES, [storableJson(written)]);
    },
  );
}

function emptyCall(part: Part, callIds: ReadonlySet<string>): Part {
  const saysIt =
    (part.type === "tool_call" && callIds.has(part.id)) ||
    (part.type === "tool_return" && callIds.has(part.toolCallId));
  return saysIt ? emptied([part])[0]! : part;
}

function mark(touched: Touched, row: Pick<MessageRow, "id" | "agent_id" | "run_id" | "step_id">): void {
  touched.records.set(row.id, row.agent_id);
  if (row.step_id) touched.records.set(row.step_id, row.agent_id);
  if (row.run_id) touched.runIds.add(row.run_id);
}

async function writeCalls(sql: Sql, calls: readonly { id: string; arguments: string }[]): Promise<void> {
  await sql.query(
    `UPDATE tool_call t SET arguments = x.arguments, stdout = NULL, stderr = NULL
     FROM jsonb_to_recordset($1::jsonb) AS x(id text, arguments text) WHERE t.id = x.id`,
    [storableJson(calls.map((call) => ({ id: call.id, arguments: emptiedArguments(call.arguments) })))],
  );
}

const SHORT = 40;

/** Returns of searches lose the passages, and the tags that only these had; what else was found stays. */
export async function emptyShown(sql: Sql, scope: Scope, touched: Touched): Promise<void> {
  // Longer texts are found by their lines, as everywhere.
  const short = scope.passageTexts.filter((text) => text.length < SHORT);
  const shown = [...short, ...scope.tags].filter((text) => text !== "");
  const forms = shown.flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]).sort((a, b) => b.length - a.length);
  const without = (text: string) => forms.reduce((left, form) => left.replaceAll(form, ERASED), text);
  await inSlices(scope.showingIds, async (ids) => {
    const rows = await sql.query<MessageRow>(READ_MESSAGES, [ids]);
    const changed = rows.flatMap((row) => {
      const parts = row.parts.map((part) =>
        part.type === "tool_return" && typeof part.content === "string"
          ? { ...part, content: without(part.content) }
          : part,
      );
      if (JSON.stringify(parts) === JSON.stringify(row.parts)) return [];
      mark(touched, row);
      return [{ id: row.id, parts }];
    });
    return sql.query(WRITE_MESSAGES, [storableJson(changed)]);
  });
}

/** What models answered in steps, as it came. */
async function emptyAnswers(sql: Sql, stepIds: readonly string[]): Promise<void> {
  await sql.query("UPDATE model_call SET response = '[]', error = NULL WHERE step_id = ANY($1::text[])", [stepIds]);
}

function imageIds(parts: readonly Part[]): string[] {
  const found: string[] = [];
  for (const part of parts) {
    const inner = part.type === "tool_return" && Array.isArray(part.content) ? part.content : [];
    for (const one of [part, ...inner])
      if (one.type === "image" && one.source.type === "letta") found.push(one.source.file_id);
  }
  return found;
}

/** Agents let go of images that no other message of theirs shows; those that nobody has any more go. */
async function dropImages(sql: Sql, images: ReadonlyMap<string, ReadonlySet<string>>): Promise<void> {
  if (images.size === 0) return;
  const ids = [...images.keys()].sort();
  await sql.query("SELECT id FROM image WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", [ids]);
  for (const [id, agentIds] of images) {
    await sql.query(
      `DELETE FROM agent_image l WHERE l.image_id = $1 AND l.agent_id = ANY($2::text[]) AND NOT EXISTS
         (SELECT FROM message m WHERE m.agent_id = l.agent_id AND strpos(m.parts::text, $1) > 0)`,
      [id, [...agentIds]],
    );
  }
  await sql.query(
    "DELETE FROM image WHERE id = ANY($1::text[]) AND NOT EXISTS (SELECT FROM agent_image WHERE image_id = image.id)",
    [ids],
  );
}
