import type { MESSAGE_ENDPOINTS } from "@/lib/api/messages";
import { getAgentRow } from "../agent-config/agent-row";
import { retrieveAgent } from "../agents/agents";
import { resolveConversation } from "../conversations/conversations";
import { getMessages, listMessages, pageToWire } from "../conversations/list-messages";
import {
  createItemShaper,
  DEFAULT_PRESENT,
  messagesToWire,
  type PresentOptions,
  presentOfRequest,
} from "../conversations/present";
import { searchMessagesForAgents, searchMessagesForClients } from "../conversations/search-messages";
import { cancelRuns } from "../run/cancel";
import { compactConversation } from "../run/compact";
import { followConversation } from "../run/follow-conversation";
import { resetMessages } from "../run/reset-messages";
import { getRun } from "../run/runs";
import { sendMessages, sendMessagesAsync } from "../run/send-messages";
import type { Handlers } from "./bind";
import { answerResponse, streamResponse } from "./stream";

type ListQuery = {
  use_assistant_message: boolean;
  assistant_message_tool_name: string;
  assistant_message_tool_kwarg: string;
  include_return_message_types?: string[] | undefined;
};

const presentOf = (query: ListQuery, compaction = false): PresentOptions => ({
  assistantMessages: query.use_assistant_message,
  toolName: query.assistant_message_tool_name,
  toolKwarg: query.assistant_message_tool_kwarg,
  types: query.include_return_message_types?.length ? query.include_return_message_types : null,
  compaction,
});

export const MESSAGE_HANDLERS: Handlers<typeof MESSAGE_ENDPOINTS> = {
  "agents.messages.create": async ({ ctx, params, body, request }) =>
    answerResponse(await sendMessages(ctx, { agentId: params.agent_id }, body, request.signal)),
  "agents.messages.stream": async ({ ctx, params, body, request }) =>
    answerResponse(await sendMessages(ctx, { agentId: params.agent_id }, { ...body, streaming: true }, request.signal)),
  "agents.messages.createAsync": ({ ctx, params, body }) => sendMessagesAsync(ctx, { agentId: params.agent_id }, body),
  "agents.messages.cancel": ({ ctx, params, body }) =>
    cancelRuns(ctx, { agentId: params.agent_id, runIds: body.run_ids ?? null }),
  "agents.messages.list": async ({ ctx, params, query }) => {
    await getAgentRow(ctx, params.agent_id);
    const conversation = query.conversation_id
      ? await resolveConversation(ctx, query.conversation_id, params.agent_id)
      : null;
    const filter = {
      agentId: params.agent_id,
      conversationId: conversation?.id ?? null,
      groupId: query.group_id ?? null,
    };
    const options = { cursors: "chronological", shown: "chronological", strict: true } as const;
    return messagesToWire(await listMessages(ctx, filter, query, options), presentOf(query));
  },
  "agents.messages.compact": async ({ ctx, params, body }) =>
    compactConversation(ctx, { agentId: params.agent_id }, body.compaction_settings ?? null),
  "agents.messages.reset": async ({ ctx, params, body }) => {
    await resetMessages(ctx, params.agent_id, body.add_default_initial_messages);
    return { ...(await retrieveAgent(ctx, params.agent_id)) };
  },
  "agents.messages.search": ({ ctx, body }) => searchMessagesForAgents(ctx, body),
  "conversations.messages.create": async ({ ctx, params, body, request }) => {
    const conversation = await resolveConversation(ctx, params.conversation_id, body.agent_id);
    return answerResponse(await sendMessages(ctx, { conversationId: conversation.id }, body, request.signal));
  },
  "conversations.messages.list": async ({ ctx, params, query }) => {
    const conversation = await resolveConversation(ctx, params.conversation_id, query.agent_id);
    const options = { cursors: "ordered", shown: "ordered", strict: false } as const;
    const page = await listMessages(
      ctx,
      { conversationId: conversation.id, groupId: query.group_id ?? null },
      query,
      options,
    );
    return pageToWire(page, query.order, presentOf(query, true));
  },
  "conversations.messages.stream": async ({ ctx, params, body, request }) => {
    const conversation = await resolveConversation(ctx, params.conversation_id, body.agent_id);
    const { runId, items } = await followConversation(ctx, conversation.id, body, request.signal);
    return streamResponse({
      items,
      runId,
      pings: body.include_pings,
      after: body.starting_after,
      shape: createItemShaper(presentOfRequest((await getRun(ctx, runId)).request)),
    });
  },
  "conversations.messages.compact": async ({ ctx, params, body }) => {
    const conversation = await resolveConversation(ctx, params.conversation_id, body.agent_id);
    return compactConversation(ctx, { conversationId: conversation.id }, body.compaction_settings ?? null);
  },
  "conversations.cancel": async ({ ctx, params, query }) => {
    const conversation = await resolveConversation(ctx, params.conversation_id, query.agent_id);
    return cancelRuns(ctx, { conversationId: conversation.id, agentId: conversation.agentId, runIds: null });
  },
  "messages.list": async ({ ctx, query }) => {
    const conversationId = query.conversation_id ? (await resolveConversation(ctx, query.conversation_id)).id : null;
    const options = { cursors: "chronological", shown: "chronological", strict: true } as const;
    return messagesToWire(
      await listMessages(ctx, { conversationId, groupId: query.group_id ?? null }, query, options),
      presentOf(query),
    );
  },
  "messages.search": ({ ctx, body }) => searchMessagesForClients(ctx, body),
  "messages.retrieve": ({ ctx, params }) => getMessages(ctx, params.message_id, DEFAULT_PRESENT),
};
