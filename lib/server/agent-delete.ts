import type { Ctx } from "./core";
import type { Sql } from "./db/database";
import { notFound } from "./errors";
import { releaseImages } from "./images/images";
import { deleteScope } from "./memory/search-index";
import { transact } from "./transact";

/**
 * Deletes an agent with all that was recorded of it, in one transaction: its history, what was indexed for search, the
 * archives that it alone has, and the blocks that were made for it and that no other agent holds. The versions that it
 * wrote of blocks that stay are theirs, and stay. Its runs are asked to end.
 *
 * @throws ApiError `not-found`.
 */
export async function deleteAgent(ctx: Ctx, id: string): Promise<void> {
  const runIds = await transact(ctx, async (sql) => {
    // Blocks before the agent, as everybody who changes a block locks them.
    await sql.query("SELECT id FROM block WHERE made_for_agent_id = $1 ORDER BY id FOR UPDATE", [id]);
    const found = await sql.query("SELECT id FROM agent WHERE id = $1 AND organization_id = $2 FOR UPDATE", [
      id,
      ctx.actor.organizationId,
    ]);
    if (found.length === 0) throw notFound("agent", id);
    const active = await sql.query<{ id: string }>(
      "SELECT id FROM run WHERE agent_id = $1 AND active_key IS NOT NULL",
      [id],
    );
    await deleteArchives(sql, id);
    await deleteScope(sql, [id]);
    await releaseImages(sql, id);
    for (const statement of OF_AGENT) await sql.query(statement, [id]);
    return active.map((run) => run.id);
  });
  for (const runId of runIds) ctx.runs.cancel(runId);
  ctx.events.publish({
    type: "agent",
    organizationId: ctx.actor.organizationId,
    agentId: id,
    id,
    at: ctx.now().toISOString(),
    detail: { operation: "delete" },
  });
}

/** Archives that the agent owns and no other agent has; their passages go with them. */
async function deleteArchives(sql: Sql, agentId: string): Promise<void> {
  const rows = await sql.query<{ id: string }>(
    `SELECT archive_id AS id FROM agent_archive mine WHERE agent_id = $1 AND is_owner AND NOT EXISTS
       (SELECT 1 FROM agent_archive other WHERE other.archive_id = mine.archive_id AND other.agent_id <> $1)`,
    [agentId],
  );
  await eraseArchives(
    sql,
    rows.map((row) => row.id),
  );
}

/** Erases archives with their passages, what happened to these, and their search index. */
export async function eraseArchives(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await deleteScope(sql, ids);
  for (const statement of OF_ARCHIVES) await sql.query(statement, [ids]);
}

const OF_ARCHIVES = [
  "DELETE FROM passage_event WHERE archive_id = ANY($1::text[])",
  "DELETE FROM archive WHERE id = ANY($1::text[])",
];

/** Everything of an agent, in an order that foreign keys allow. Links, secrets and conversations go with the agent. */
const OF_AGENT = [
  "DELETE FROM journal WHERE run_id IN (SELECT id FROM run WHERE agent_id = $1)",
  "DELETE FROM tool_call WHERE agent_id = $1",
  "DELETE FROM model_call WHERE agent_id = $1",
  "DELETE FROM compaction WHERE agent_id = $1",
  "DELETE FROM compile WHERE agent_id = $1",
  "DELETE FROM blob WHERE agent_id = $1",
  "DELETE FROM passage_event WHERE agent_id = $1",
  "DELETE FROM batch_item WHERE agent_id = $1",
  "DELETE FROM step WHERE agent_id = $1",
  "DELETE FROM run WHERE agent_id = $1",
  // A token that opens nothing any more.
  `DELETE FROM access_token WHERE policy->'data' @> jsonb_build_array(jsonb_build_object('id', $1::text))
     AND NOT EXISTS (SELECT 1 FROM jsonb_array_elements(policy->'data') AS grants WHERE grants->>'id' <> $1)`,
  "DELETE FROM message WHERE agent_id = $1",
  "DELETE FROM agent WHERE id = $1",
  "DELETE FROM agent_version WHERE agent_id = $1",
  `WITH gone AS (DELETE FROM block WHERE made_for_agent_id = $1
       AND NOT EXISTS (SELECT 1 FROM agent_block WHERE block_id = block.id) RETURNING id)
   DELETE FROM block_version WHERE block_id IN (SELECT id FROM gone)`,
  "UPDATE block SET made_for_agent_id = NULL WHERE made_for_agent_id = $1",
];
