import type { Cause } from "@/lib/engine/cause";
import { apiCause, type Ctx } from "../core/core";
import type { Sql, Statement } from "../db/database";

export type ResourceEvent = {
  resource: "archive" | "block" | "conversation" | "file" | "folder" | "identity" | "kept-message" | "run" | "tool";
  id: string;
  /** What it is called, for when it is gone. */
  name: string;
  operation: "attach" | "detach" | "delete";
  /** The agents whose history it belongs to; for none, it is the organization's alone. */
  agentIds: readonly string[];
};

/**
 * Keeps what was attached, detached or deleted, with its cause, in the transaction that does it. Every writer of a link
 * that no version tells of must say so here: what an agent had as of a step is read from these events.
 */
export async function recordResources(
  ctx: Ctx,
  sql: Sql,
  events: readonly ResourceEvent[],
  cause: Cause = apiCause(ctx),
): Promise<void> {
  const rows = events.flatMap(({ agentIds, id, ...event }) =>
    (agentIds.length > 0 ? agentIds : [null]).map((agentId) => ({ ...event, resource_id: id, agent_id: agentId })),
  );
  if (rows.length === 0) return;
  const at = ctx.now().toISOString();
  await sql.query(RECORD, [JSON.stringify(rows), ctx.actor.organizationId, JSON.stringify(cause), at]);
}

const RECORD: Statement = {
  name: "resource-events",
  text: `
INSERT INTO resource_event (id, organization_id, agent_id, resource, resource_id, name, operation, cause, created_at)
  SELECT 'event-' || gen_random_uuid(), $2, agent_id, resource, resource_id, name, operation, $3::jsonb, $4::timestamptz
  FROM jsonb_to_recordset($1::jsonb) AS x(agent_id text, resource text, resource_id text, name text, operation text)`,
};
