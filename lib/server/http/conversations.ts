import type { CONVERSATION_ENDPOINTS } from "@/lib/api/conversations";
import {
  createConversation,
  deleteConversation,
  listConversations,
  retrieveConversation,
  updateConversation,
} from "../conversations/conversations";
import { forkConversation } from "../conversations/fork-conversation";
import { eraseConversation } from "../erasure/acts";
import type { Handlers } from "./bind";

export const CONVERSATION_HANDLERS: Handlers<typeof CONVERSATION_ENDPOINTS> = {
  "conversations.create": async ({ ctx, query, body }) =>
    retrieveConversation(ctx, await createConversation(ctx, query.agent_id, body)),
  "conversations.list": ({ ctx, query }) => listConversations(ctx, query),
  "conversations.retrieve": ({ ctx, params, query }) =>
    retrieveConversation(ctx, params.conversation_id, query.agent_id),
  "conversations.update": async ({ ctx, params, body }) => {
    await updateConversation(ctx, params.conversation_id, body);
    return retrieveConversation(ctx, params.conversation_id);
  },
  "conversations.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseConversation : deleteConversation)(ctx, params.conversation_id);
    return null;
  },
  "conversations.fork": async ({ ctx, params, query }) => {
    const { agent_id: agentId, message_id: messageId, hidden } = query;
    return retrieveConversation(
      ctx,
      await forkConversation(ctx, params.conversation_id, { agentId, messageId, hidden }),
    );
  },
};
