import { apiCause, type Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { othersTurn } from "../db/others-turn";
import { transact } from "../db/transact";
import { reindexDocuments } from "../search/search-index";
import { eraseFromCarriers, type Touched } from "./carriers";
import { eraseFromContexts } from "./contexts";
import { type Eraser, makeEraser } from "./eraser";
import { eraseFromKept } from "./kept";
import { emptyBlocks, emptyCalls, emptyMessages, emptyPassages, emptyShown } from "./records";
import { type Scope, scopeOf, type Targets } from "./scope";

export type ErasedResource =
  | "agent"
  | "archive"
  | "block"
  | "conversation"
  | "file"
  | "folder"
  | "identity"
  | "message"
  | "passage";

export type Erasing = {
  resource: ErasedResource;
  resourceId: string;
  /** What is to go, found in the transaction. @throws ApiError `not-found`. */
  find: (sql: Sql) => Promise<Targets>;
  /** Agents that are deleted next, and need not be looked through. */
  goingAgentIds?: readonly string[];
  /** Other changes that belong to the act. @returns versions of blocks of which a part was erased. */
  also?: (sql: Sql, scope: Scope, eraser: Eraser) => Promise<string[]>;
};

/**
 * Takes something out of the present and the past, so that nothing of what it said is left: in its versions and copies, in
 * what models were shown and answered, in calls and returns, journals, searches, indexes, images and templates. What is
 * left is that it was erased, by whom and when. It is one transaction; what has memory of its own (other blocks, passages
 * and files) stays, though it may say the same.
 *
 * @throws ApiError `not-found`, and `conflict` while an agent that has it is running: a run would write it again.
 */
export async function erase(ctx: Ctx, erasing: Erasing): Promise<void> {
  const agentIds = await transact(ctx, (sql) => eraseIn(ctx, sql, erasing));
  for (const agentId of agentIds) {
    const detail = { operation: "erase" };
    const { organizationId } = ctx.actor;
    ctx.events.publish({ type: "agent", organizationId, agentId, id: agentId, at: ctx.now().toISOString(), detail });
  }
}

async function eraseIn(ctx: Ctx, sql: Sql, erasing: Erasing): Promise<string[]> {
  const scope = await scopeOf(ctx, sql, await erasing.find(sql));
  await sql.query("SELECT id FROM block WHERE id = ANY($1::text[]) ORDER BY id FOR UPDATE", [scope.blockIds]);
  await holdAgents(sql, scope.agentIds);
  const cause = JSON.stringify(apiCause(ctx));
  const at = ctx.now().toISOString();
  const touched: Touched = { records: new Map(), runIds: new Set(), messages: new Map() };
  const fileNames = await sql.query<{ name: string }>("SELECT file_name AS name FROM file WHERE id = ANY($1::text[])", [
    scope.fileIds,
  ]);
  const eraser = await makeEraser(scope.texts);
  await emptyBlocks(sql, scope, touched);
  await emptyPassages(sql, scope, touched, { cause, at });
  await emptyCalls(sql, scope.calls, touched);
  await emptyShown(sql, scope, touched);
  await emptyMessages(sql, scope, touched);
  for (const id of scope.fileIds) touched.records.set(id, null);
  const partly = (await erasing.also?.(sql, scope, eraser)) ?? [];
  for (const id of partly) touched.records.set(id, null);

  const erasureId = newId("erasure");
  const counts = {
    block_versions: scope.versionIds.length,
    passages: scope.passageIds.length,
    messages: scope.messageIds.length,
    files: scope.fileIds.length,
  };
  await sql.query(
    `INSERT INTO erasure (id, organization_id, resource, resource_id, agent_ids, counts, cause, created_at)
     VALUES ($1, $2, $3, $4, '{}', '{}', $5::jsonb, $6::timestamptz)`,
    [erasureId, ctx.actor.organizationId, erasing.resource, erasing.resourceId, cause, at],
  );
  await keepRecords(sql, erasureId, touched);
  const taken = {
    versionIds: new Set(scope.versionIds),
    partly: new Set(partly),
    fileIds: new Set(scope.fileIds),
    fileNames: fileNames.map((row) => row.name),
    tags: scope.tags,
    eraser,
  };
  const copies: Record<string, number> = {};
  for (const agentId of scope.agentIds) {
    if (erasing.goingAgentIds?.includes(agentId)) continue;
    const own: Touched = { records: new Map(), runIds: touched.runIds, messages: new Map() };
    const found = await eraseFromCarriers(sql, agentId, eraser, own);
    const contexts = await eraseFromContexts(sql, agentId, taken, own);
    await reindexDocuments(sql, "messages", agentId, [...own.messages.values()]);
    await keepRecords(sql, erasureId, own);
    for (const [table, n] of Object.entries({ ...found, ...(contexts > 0 ? { context: contexts } : {}) }))
      copies[table] = (copies[table] ?? 0) + n;
    await othersTurn();
  }
  await eraseFromKept(ctx, sql, eraser);
  await sql.query("DELETE FROM journal WHERE run_id = ANY($1::text[])", [[...touched.runIds]]);
  await sql.query("UPDATE agent SET compile_epoch = compile_epoch + 1 WHERE id = ANY($1::text[])", [scope.agentIds]);
  await sql.query("UPDATE erasure SET agent_ids = $2::text[], counts = $3::jsonb WHERE id = $1", [
    erasureId,
    scope.agentIds,
    JSON.stringify({ ...counts, copies }),
  ]);
  return scope.agentIds;
}

/**
 * Keeps the agents from running until the transaction ends. A run that has read a conversation and is about to begin finds
 * it changed, and reads it again: its ranges are cut in two, which are the same messages.
 */
async function holdAgents(sql: Sql, agentIds: readonly string[]): Promise<void> {
  await sql.query("SELECT id FROM conversation WHERE agent_id = ANY($1::text[]) ORDER BY id FOR UPDATE", [agentIds]);
  const [active] = await sql.query<{ id: string; agent_id: string }>(
    "SELECT id, agent_id FROM run WHERE agent_id = ANY($1::text[]) AND active_key IS NOT NULL LIMIT 1",
    [agentIds],
  );
  if (active) {
    throw conflict(
      `CONFLICT: run ${active.id} of agent ${active.agent_id} is not over, and might write again what is erased: wait for its end or cancel it, then erase`,
      { run_id: active.id },
    );
  }
  await sql.query(
    `UPDATE conversation SET context = (context - (-1)) || jsonb_build_array(
       jsonb_build_array(context->-1->0, next_seq - 1), jsonb_build_array(next_seq, NULL))
     WHERE agent_id = ANY($1::text[]) AND context->-1->1 = 'null'::jsonb`,
    [agentIds],
  );
}

/** Says of records that something of them was erased. */
async function keepRecords(sql: Sql, erasureId: string, touched: Touched): Promise<void> {
  await sql.query(
    `INSERT INTO erased_record (erasure_id, record_id, agent_id) SELECT $1, id, agent_id
       FROM unnest($2::text[], $3::text[]) AS x(id, agent_id) ON CONFLICT DO NOTHING`,
    [erasureId, [...touched.records.keys()], [...touched.records.values()]],
  );
}
