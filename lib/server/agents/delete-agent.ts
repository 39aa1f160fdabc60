import { AGENT_TYPE_NAMES, AGENT_TYPES } from "@/lib/engine/agent-types";
import { releaseArchives } from "../archives/erase-archives";
import { formerBlocks, releaseBlocks } from "../blocks/release-blocks";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { releaseImages } from "../images/images";
import { deleteScope } from "../search/search-index";
import { FORGET_AGENT_USAGE } from "../usage/stale";

/**
 * Deletes an agent with all that was recorded of it, in one transaction: its history, what was indexed for search, the
 * archives that it alone has or had, the blocks that were made for it and that no other agent holds or held, the groups
 * that it manages, and the agents that tend its memory and nothing else. What another agent had once stays for that one's
 * past, hidden. The versions that it wrote of blocks that stay, and the passages of archives, are theirs, and stay. Its
 * runs are asked to end.
 *
 * @throws ApiError `not-found`.
 */
export async function deleteAgent(ctx: Ctx, id: string): Promise<void> {
  const { runIds, ids } = await transact(ctx, async (sql) => {
    const ids = [...(await tendersOf(ctx, sql, id)), id];
    const runIds: string[] = [];
    for (const one of ids) runIds.push(...(await eraseAgent(ctx, sql, one)));
    return { runIds, ids };
  });
  for (const runId of runIds) ctx.runs.cancel(runId);
  for (const one of ids) {
    ctx.events.publish({
      type: "agent",
      organizationId: ctx.actor.organizationId,
      agentId: one,
      id: one,
      at: ctx.now().toISOString(),
      detail: { operation: "delete" },
    });
  }
}

/** Answers the agent's active runs. @throws ApiError `not-found`. */
async function eraseAgent(ctx: Ctx, sql: Sql, id: string): Promise<string[]> {
  // Blocks before the agent, as everybody who changes a block locks them.
  await sql.query("SELECT id FROM block WHERE made_for_agent_id = $1 ORDER BY id FOR UPDATE", [id]);
  const found = await sql.query("SELECT id FROM agent WHERE id = $1 AND organization_id = $2 FOR UPDATE", [
    id,
    ctx.actor.organizationId,
  ]);
  if (found.length === 0) throw notFound("agent", id);
  const active = await sql.query<{ id: string }>("SELECT id FROM run WHERE agent_id = $1 AND active_key IS NOT NULL", [
    id,
  ]);
  await releaseArchives(ctx, sql, id);
  await deleteScope(sql, [id]);
  await releaseImages(sql, id);
  const blockIds = await formerBlocks(sql, id);
  for (const statement of OF_AGENT) await sql.query(statement, [id]);
  await releaseBlocks(ctx, sql, id, blockIds);
  return active.map((run) => run.id);
}

const TENDING = ["sleeptime", "voice_sleeptime"];
const TENDING_TYPES = AGENT_TYPE_NAMES.filter((name) => AGENT_TYPES[name].tends);

/** Agents that tend the memory of this one, and are in no other group. */
async function tendersOf(ctx: Ctx, sql: Sql, id: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `SELECT DISTINCT a.id FROM agent_group g JOIN group_agent m ON m.group_id = g.id JOIN agent a ON a.id = m.agent_id
     WHERE g.manager_agent_id = $1 AND g.organization_id = $2 AND g.manager_type = ANY($3::text[])
       AND a.id <> $1 AND a.agent_type = ANY($4::text[])
       AND NOT EXISTS (SELECT 1 FROM group_agent other WHERE other.agent_id = a.id AND other.group_id <> g.id)
     ORDER BY a.id`,
    [id, ctx.actor.organizationId, TENDING, TENDING_TYPES],
  );
  return rows.map((row) => row.id);
}

/** Everything of an agent, in an order that foreign keys allow. Links, secrets and conversations go with the agent. */
const OF_AGENT = [
  "DELETE FROM journal WHERE run_id IN (SELECT id FROM run WHERE agent_id = $1)",
  "DELETE FROM tool_call WHERE agent_id = $1",
  "DELETE FROM model_call WHERE agent_id = $1",
  "DELETE FROM compaction WHERE agent_id = $1",
  "DELETE FROM compile WHERE agent_id = $1",
  "DELETE FROM blob WHERE agent_id = $1",
  "DELETE FROM workspace_version WHERE agent_id = $1",
  "DELETE FROM workspace_part WHERE agent_id = $1",
  // What was inserted into an archive that stays, or deleted there, is that archive's history.
  "DELETE FROM passage_event WHERE agent_id = $1 AND (type = 'search' OR archive_id IS NULL)",
  "DELETE FROM resource_event WHERE agent_id = $1",
  // That something was erased stays, without whose records had said it.
  "DELETE FROM erased_record WHERE agent_id = $1",
  "DELETE FROM memory_proposal WHERE agent_id = $1",
  "DELETE FROM batch_item WHERE agent_id = $1",
  // What a test found is the test's, and stays.
  "UPDATE suite_item SET agent_id = NULL WHERE agent_id = $1",
  "DELETE FROM step WHERE agent_id = $1",
  ...FORGET_AGENT_USAGE,
  "DELETE FROM run WHERE agent_id = $1",
  // A token that opens nothing any more.
  `DELETE FROM access_token WHERE policy->'data' @> jsonb_build_array(jsonb_build_object('id', $1::text))
     AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(policy->'data') AS grants WHERE grants->>'id' <> $1)`,
  "DELETE FROM message WHERE agent_id = $1",
  // Groups that it manages, and those of others whose memory it alone tended.
  `DELETE FROM agent_group g WHERE manager_agent_id = $1 OR manager_type IN ('sleeptime', 'voice_sleeptime')
     AND id IN (SELECT group_id FROM group_agent WHERE agent_id = $1)
     AND NOT EXISTS (SELECT 1 FROM group_agent other WHERE other.group_id = g.id AND other.agent_id <> $1)`,
  // A deployment of a template that had no other agent.
  `DELETE FROM deployment d WHERE id = (SELECT deployment_id FROM agent WHERE id = $1)
     AND NOT EXISTS (SELECT 1 FROM agent other WHERE other.deployment_id = d.id AND other.id <> $1)`,
  "DELETE FROM agent WHERE id = $1",
  "DELETE FROM agent_version WHERE agent_id = $1",
];
