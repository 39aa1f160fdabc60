import type { Cause } from "@/lib/engine/cause";
import type { MemoryWrite } from "@/lib/engine/memory";
import { ensureDefaultArchive } from "../archives/archives";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { blockRows, fileRows, passageRows, proposalRows } from "../records/commit-rows";
import { CONFLICT, WRITE_MEMORY } from "../records/statements";
import { changeAttachments } from "./tool-attachments";

/**
 * Keeps what a tool wrote that ran for an agent outside of a run: all of it, or nothing.
 *
 * @returns false where blocks have moved on since they were read.
 * @throws ApiError `not-found` for an agent that is gone.
 */
export async function writeMemory(
  ctx: Ctx,
  agentId: string,
  writes: readonly MemoryWrite[],
  cause: Cause,
): Promise<boolean> {
  if (writes.length === 0) return true;
  const made = writes.map((write) => ({ write, callId: "" }));
  const because = () => cause;
  const blocks = blockRows(made, because);
  const structural = writes.filter(({ type }) => type === "block-create" || type === "block-detach");
  try {
    await transact(ctx, async (sql) => {
      const inserts = writes.some(({ type }) => type === "passage-insert");
      const archive = inserts ? await ensureDefaultArchive(ctx, sql, agentId, cause) : null;
      if (structural.length > 0) {
        await changeAttachments(
          ctx,
          sql,
          { agentId, conversationId: null },
          structural.map((write) => ({ write, cause })),
        );
      }
      const payload = {
        now: ctx.now().toISOString(),
        stepId: null,
        ...blocks,
        ...proposalRows(made, because),
        ...passageRows(made, because, archive),
        ...fileRows(made, because),
      };
      await sql.query(WRITE_MEMORY, [storableJson(payload), ctx.actor.organizationId, agentId]);
    });
  } catch (error) {
    if (isConflict(error)) return false;
    throw error;
  }
  const proposed = writes.flatMap((write) => (write.type === "block-propose" ? [write.blockId] : []));
  for (const id of new Set([...blocks.blockHeads.map((head) => head.block_id), ...proposed])) {
    const at = ctx.now().toISOString();
    const { organizationId } = ctx.actor;
    ctx.events.publish({ type: "memory", organizationId, agentId, id, at, detail: { cause } });
  }
  return true;
}

function isConflict(error: unknown): boolean {
  if (error instanceof ApiError) return error.code === "conflict";
  return error instanceof Error && CONFLICT.test(error.message);
}
