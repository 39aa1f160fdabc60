import type { Cause } from "@/lib/engine/cause";
import type { MemoryWrite } from "@/lib/engine/memory";
import { changeAgentIn } from "../agent-config/agent-versions";
import { createBlock } from "../blocks/blocks";
import type { Ctx } from "../core/core";
import type { Sql } from "../db/database";
import { recordResources } from "../records/resource-events";

const NEW_BLOCK_LIMIT_CHARS = 100_000;

/**
 * Attaches the blocks that an agent's tools made and detaches those that they gave up, in a caller's transaction, as one
 * new version of the agent, whose id is answered. In a conversation that owns its memory they come and go there, and the
 * agent stays as it is.
 *
 * @throws Error `conflict` when a block that is to go has moved on.
 */
export async function changeAttachments(
  ctx: Ctx,
  sql: Sql,
  { agentId, conversationId }: { agentId: string; conversationId: string | null },
  writes: { write: MemoryWrite; cause: Cause }[],
): Promise<string | null> {
  const made: string[] = [];
  const gone: { id: string; label: string }[] = [];
  for (const { write, cause } of writes) {
    if (write.type === "block-create") {
      const { label, value, description } = write;
      const block = { label, value, description, limit: NEW_BLOCK_LIMIT_CHARS, read_only: false, is_template: false };
      made.push(await createBlock(ctx, { ...block, cause, madeForAgentId: agentId }, sql));
    }
    if (write.type === "block-detach") {
      const held = `SELECT b.id, v.label FROM block b JOIN block_version v ON v.id = b.head_version_id
        WHERE b.id = $1 AND b.head_version_id = $2`;
      const [block] = await sql.query<{ id: string; label: string }>(held, [write.blockId, write.baseVersionId]);
      if (!block) throw new Error("conflict");
      gone.push(block);
    }
  }
  const cause = writes[0]!.cause;
  const goneIds = gone.map((block) => block.id);
  if (conversationId !== null && (await changeOwnMemory(sql, conversationId, goneIds, made))) {
    const told = gone.map(
      (block) => ({ ...block, name: block.label, resource: "block", operation: "detach" }) as const,
    );
    await recordResources(
      ctx,
      sql,
      told.map((event) => ({ ...event, agentIds: [agentId] })),
      cause,
    );
    return null;
  }
  return changeAgentIn(ctx, sql, agentId, {
    operation: "memory",
    cause,
    stepId: cause.step ?? null,
    change: (config) => ({ ...config, blockIds: [...config.blockIds.filter((id) => !goneIds.includes(id)), ...made] }),
  });
}

/** False for a conversation that has its agent's memory. */
async function changeOwnMemory(
  sql: Sql,
  conversationId: string,
  gone: readonly string[],
  made: readonly string[],
): Promise<boolean> {
  const changed = await sql.query(
    `UPDATE conversation SET isolated_block_ids = ARRAY(SELECT o.id FROM unnest(isolated_block_ids) WITH ORDINALITY AS o(id, n)
       WHERE o.id <> ALL($2::text[]) ORDER BY o.n) || $3::text[]
     WHERE id = $1 AND owns_memory RETURNING id`,
    [conversationId, gone, made],
  );
  return changed.length > 0;
}
