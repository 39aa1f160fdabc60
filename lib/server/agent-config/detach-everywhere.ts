import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";

/**
 * Takes what is about to be deleted out of every agent that has it, in the caller's transaction: each agent gets one
 * version without it. The caller has locked what is deleted.
 *
 * @returns the agents that had it.
 */
export async function detachEverywhere(
  ctx: Ctx,
  sql: Sql,
  { kind, ids, operation, cause }: { kind: "tool" | "block"; ids: readonly string[]; operation: string; cause: Cause },
): Promise<string[]> {
  const agents = await sql.query<{ id: string }>(
    `SELECT id FROM agent WHERE id IN (SELECT agent_id FROM agent_${kind} WHERE ${kind}_id = ANY($1::text[]))
     ORDER BY id FOR UPDATE`,
    [ids],
  );
  await sql.query(DETACH_EVERYWHERE, [
    ids,
    JSON.stringify(agents.map((agent) => ({ agent: agent.id, version: newId("version") }))),
    operation,
    JSON.stringify(cause),
    ctx.now().toISOString(),
    `${kind}Ids`,
    // Only blocks are part of the prompt.
    kind === "block" ? 1 : 0,
  ]);
  await sql.query(`DELETE FROM agent_${kind} WHERE ${kind}_id = ANY($1::text[])`, [ids]);
  return agents.map((agent) => agent.id);
}

const DETACH_EVERYWHERE = `
WITH given AS (SELECT * FROM jsonb_to_recordset($2::jsonb) AS x(agent text, version text)),
  appended AS (INSERT INTO agent_version (id, organization_id, agent_id, parent_id, number, config, operation, cause, created_at)
    SELECT given.version, v.organization_id, v.agent_id, v.id, v.number + 1,
      jsonb_set(v.config, ARRAY[$6], (v.config->$6) - $1::text[]), $3, $4::jsonb, $5::timestamptz
    FROM given JOIN agent a ON a.id = given.agent JOIN agent_version v ON v.id = a.version_id)
UPDATE agent SET version_id = given.version, updated_at = $5::timestamptz, compile_epoch = compile_epoch + $7
  FROM given WHERE agent.id = given.agent`;
