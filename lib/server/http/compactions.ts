import type { COMPACTION_ENDPOINTS } from "@/lib/api/compactions";
import { resolveConversation } from "../conversations/conversations";
import { compactConversation } from "../run/compact";
import { keepMessages, readCompactionState, undoCompaction } from "../run/compaction-state";
import { previewCompaction } from "../run/try-compaction";
import type { Handlers } from "./bind";

export const COMPACTION_HANDLERS: Handlers<typeof COMPACTION_ENDPOINTS> = {
  "conversations.compaction.retrieve": async ({ ctx, params, query }) =>
    readCompactionState(ctx, (await resolveConversation(ctx, params.conversation_id, query.agent_id)).id),
  "conversations.compaction.preview": async ({ ctx, params, body }) => {
    const { id } = await resolveConversation(ctx, params.conversation_id, body?.agent_id);
    return previewCompaction(
      ctx,
      { conversationId: id },
      {
        settings: body?.compaction_settings ?? null,
        lines: body?.keep_lines ?? [],
        summarize: body?.summarize ?? true,
      },
    );
  },
  "conversations.compaction.apply": async ({ ctx, params, body }) => {
    const { id } = await resolveConversation(ctx, params.conversation_id, body.agent_id);
    const { summary, keep_lines: lines, base_seq: baseSeq } = body;
    await compactConversation(ctx, { conversationId: id }, body.compaction_settings ?? null, {
      summary,
      lines: lines ?? [],
      baseSeq: baseSeq ?? null,
    });
    return readCompactionState(ctx, id);
  },
  "conversations.compaction.undo": async ({ ctx, params, body }) =>
    undoCompaction(ctx, (await resolveConversation(ctx, params.conversation_id, body?.agent_id)).id),
  "conversations.compaction.keep": async ({ ctx, params, body }) =>
    keepMessages(ctx, (await resolveConversation(ctx, params.conversation_id, body.agent_id)).id, body.message_ids),
};
