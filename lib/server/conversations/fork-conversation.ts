import { apiCause, type Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import type { BlockVersionModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { type MessageRow, READ_TRANSCRIPT, toMessage } from "../records/message-rows";
import { copyBlocks, resolveConversation } from "./conversations";
import { insertConversation, type NewMessage } from "./first-messages";

export type ForkOptions = {
  agentId?: string | null | undefined;
  /** Only up to and including this message. */
  messageId?: string | null | undefined;
  hidden?: boolean | null | undefined;
};

/**
 * Starts a conversation with copies of what is in context of another, each of which says what it was copied from, under
 * a system message of its own. Blocks that were isolated there are copied too. A copy belongs to no run and no step.
 *
 * @returns the new conversation's id.
 * @throws ApiError `not-found` for an unknown conversation, or a message that is not in context.
 */
export async function forkConversation(ctx: Ctx, idOrDefault: string, options: ForkOptions): Promise<string> {
  const source = await resolveConversation(ctx, idOrDefault, options.agentId);
  const heads = await headsOf(ctx, source.isolatedBlockIds);
  const id = newId("conv");
  await transact(ctx, async (sql) => {
    const messages = await copiesOf(ctx, sql, source.id, options.messageId ?? null);
    const cause = { ...apiCause(ctx), kind: "fork", target: source.id } as const;
    const isolatedBlockIds = await copyBlocks(ctx, sql, { agentId: source.agentId, heads, cause });
    await insertConversation(ctx, sql, {
      agentId: source.agentId,
      conversationId: id,
      isDefault: false,
      messages,
      columns: {
        summary: source.summary,
        model: source.model,
        modelSettings: source.modelSettings as Record<string, unknown> | null,
        contextWindowLimit: source.contextWindowLimit,
        hidden: options.hidden ?? null,
        isolatedBlockIds,
        ownsMemory: source.ownsMemory,
      },
    });
  });
  return id;
}

async function headsOf(ctx: Ctx, blockIds: string[]): Promise<BlockVersionModel[]> {
  const rows = await ctx.db.prisma.block.findMany({ where: { id: { in: blockIds } }, include: { head: true } });
  const byId = new Map(rows.map((row) => [row.id, row.head]));
  return blockIds.flatMap((id) => byId.get(id) ?? []);
}

async function copiesOf(ctx: Ctx, sql: Sql, conversationId: string, lastId: string | null): Promise<NewMessage[]> {
  const rows = await sql.query<MessageRow>(READ_TRANSCRIPT, [ctx.actor.organizationId, conversationId, null]);
  const end = lastId === null ? rows.length : rows.findIndex((row) => row.id === lastId) + 1;
  if (lastId !== null && end === 0) throw notFound("message", lastId);
  return rows.slice(0, end).map((row) => {
    const { id, runId, stepId, ...content } = toMessage(row);
    return { ...content, copiedFromId: id };
  });
}
