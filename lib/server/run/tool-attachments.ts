import type { Cause } from "@/lib/engine/cause";
import type { MemoryWrite } from "@/lib/engine/memory";
import { changeAgentIn } from "../agent-config/agent-versions";
import { createBlock } from "../blocks/blocks";
import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";

const NEW_BLOCK_LIMIT_CHARS = 100_000;

/**
 * Attaches the blocks that an agent's tools made and detaches those that they gave up, in a caller's transaction, as one
 * new version of the agent. Answers the id of that version.
 *
 * @throws Error `conflict` when a block that is to go has moved on.
 */
export async function changeAttachments(
  ctx: Ctx,
  sql: Sql,
  agentId: string,
  writes: { write: MemoryWrite; cause: Cause }[],
): Promise<string> {
  const made: string[] = [];
  const gone: string[] = [];
  for (const { write, cause } of writes) {
    if (write.type === "block-create") {
      const { label, value, description } = write;
      const block = { label, value, description, limit: NEW_BLOCK_LIMIT_CHARS, read_only: false, is_template: false };
      made.push(await createBlock(ctx, { ...block, cause, madeForAgentId: agentId }, sql));
    }
    if (write.type === "block-detach") {
      const held = "SELECT 1 FROM block WHERE id = $1 AND head_version_id = $2";
      const rows = await sql.query(held, [write.blockId, write.baseVersionId]);
      if (rows.length === 0) throw new Error("conflict");
      gone.push(write.blockId);
    }
  }
  const cause = writes[0]!.cause;
  return changeAgentIn(ctx, sql, agentId, {
    operation: "memory",
    cause,
    stepId: cause.step ?? null,
    change: (config) => ({ ...config, blockIds: [...config.blockIds.filter((id) => !gone.includes(id)), ...made] }),
  });
}
