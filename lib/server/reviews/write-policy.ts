import type { SetWritePolicy, WireWritePolicy } from "@/lib/api/memory-proposals";
import type { WritePolicy } from "@/lib/engine/memory";
import { AT_ONCE } from "@/lib/engine/write-policy";
import { getBlock } from "../blocks/blocks";
import { changeBlockIn } from "../blocks/change-block";
import { apiCause, type Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { transact } from "../db/transact";

/** @throws ApiError `not-found`. */
export async function readWritePolicy(ctx: Ctx, blockId: string): Promise<WireWritePolicy> {
  const row = await getBlock(ctx, blockId);
  const policy = (row.head.writePolicy as WritePolicy | null) ?? AT_ONCE;
  const lines = new Set(row.head.value.split("\n"));
  return {
    block_id: row.id,
    version_id: row.headVersionId,
    writes: policy.writes,
    locked_lines: policy.lockedLines,
    expires_after_hours: policy.expiresAfterHours,
    missing_lines: policy.lockedLines.filter((line) => !lines.has(line)),
    pending: await ctx.db.prisma.memoryProposal.count({ where: { blockId, status: "pending" } }),
  };
}

/**
 * Sets a block's policy as a version of the block, so that the past knows it, and that a write which was made under the
 * policy before finds the block moved on, and is made again under this one.
 *
 * @throws ApiError `not-found`.
 */
export async function setWritePolicy(ctx: Ctx, blockId: string, body: SetWritePolicy): Promise<WireWritePolicy> {
  const writePolicy: WritePolicy = {
    writes: body.writes,
    lockedLines: [...new Set(body.locked_lines)],
    expiresAfterHours: body.expires_after_hours ?? null,
  };
  const cause = apiCause(ctx);
  await transact(ctx, async (sql) => {
    const locked = await sql.query(
      "SELECT id FROM block WHERE id = $1 AND organization_id = $2 AND deleted_at IS NULL FOR UPDATE",
      [blockId, ctx.actor.organizationId],
    );
    if (locked.length === 0) throw notFound("block", blockId);
    await changeBlockIn(ctx, sql, blockId, { changes: {}, operation: "write-policy", cause, beside: { writePolicy } });
  });
  const { organizationId } = ctx.actor;
  const at = ctx.now().toISOString();
  const detail = { operation: "write-policy", cause };
  ctx.events.publish({ type: "memory", organizationId, agentId: null, id: blockId, at, detail });
  return readWritePolicy(ctx, blockId);
}
