import { detachEverywhere } from "../agent-config/detach-everywhere";
import { apiCause, type Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { transact } from "../db/transact";
import { recordResources } from "../records/resource-events";
import { changeBlockIn } from "./change-block";

/**
 * Deletes a block: each agent that has it gets a version without it, and the block's own history ends with a version that
 * says who deleted it. Its versions stay, and can be read, because steps refer to them.
 *
 * @throws ApiError `not-found`.
 */
export async function deleteBlock(ctx: Ctx, id: string): Promise<void> {
  const cause = apiCause(ctx);
  const agentIds = await transact(ctx, async (sql) => {
    // Blocks before agents, as everybody who changes what is attached locks them.
    const locked = await sql.query(
      "SELECT id FROM block WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL FOR UPDATE",
      [id, ctx.actor.organizationId],
    );
    if (locked.length === 0) throw notFound("block", id);
    const [head] = await sql.query<{ label: string }>(
      "SELECT v.label FROM block b JOIN block_version v ON v.id = b.head_version_id WHERE b.id = $1",
      [id],
    );
    await changeBlockIn(ctx, sql, id, { changes: {}, operation: "delete", cause, always: true });
    const holders = await detachEverywhere(ctx, sql, { kind: "block", ids: [id], operation: "delete-block", cause });
    await sql.query(REFUSE_PROPOSALS, [id, JSON.stringify(cause), ctx.now().toISOString()]);
    await sql.query("UPDATE block SET deleted_at = $2::timestamptz WHERE id = $1", [id, ctx.now().toISOString()]);
    // The agents' own versions tell it in their histories.
    await recordResources(ctx, sql, [{ resource: "block", id, name: head!.label, operation: "delete", agentIds: [] }]);
    return holders;
  });
  const { organizationId } = ctx.actor;
  const at = ctx.now().toISOString();
  ctx.events.publish({
    type: "memory",
    organizationId,
    agentId: null,
    id,
    at,
    detail: { operation: "delete", cause },
  });
  for (const agentId of agentIds) {
    const detail = { operation: "delete-block", cause };
    ctx.events.publish({ type: "agent", organizationId, agentId, id: agentId, at, detail });
  }
}

/** What was proposed to a block that a person deletes is decided with it: `$1` block, `$2` cause, `$3` time. */
const REFUSE_PROPOSALS = `UPDATE memory_proposal SET status = 'refused', reason = 'The block was deleted.', decided_cause = $2::jsonb,
  decided_at = $3::timestamptz, decided_seq = ledger_next() WHERE block_id = $1 AND status = 'pending'`;
