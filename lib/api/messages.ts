import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, queryBoolean, queryList, withoutNul } from "./common";
import { endpoint } from "./endpoint";
import { httpUrl, position } from "./fields";
import { responseFormatSchema } from "./model-settings";

const textPart = z.object({ type: z.literal("text"), text: withoutNul, signature: z.string().nullish() });
const imagePart = z.object({
  type: z.literal("image"),
  source: z.discriminatedUnion("type", [
    z.object({ type: z.literal("base64"), media_type: z.string(), data: z.string(), detail: z.string().nullish() }),
    z.object({ type: z.literal("url"), url: z.string(), detail: z.string().nullish() }),
    z.object({
      type: z.literal("letta"),
      file_id: z.string(),
      media_type: z.string().nullish(),
      data: z.string().nullish(),
      detail: z.string().nullish(),
    }),
  ]),
});
export const contentSchema = z.union([withoutNul, z.array(z.union([textPart, imagePart]))]).openapi("MessageContent");
export type WireContent = z.output<typeof contentSchema>;

const toolReturnContent = z.union([withoutNul, z.array(z.union([textPart, imagePart]))]);

const decisionSchema = z.union([
  z.object({
    type: z.literal("tool"),
    tool_call_id: z.string(),
    tool_return: toolReturnContent,
    status: z.enum(["success", "error"]).default("success"),
    stdout: z.array(withoutNul).nullish(),
    stderr: z.array(withoutNul).nullish(),
  }),
  z.object({
    type: z.literal("approval").default("approval"),
    tool_call_id: z.string(),
    approve: z.boolean(),
    reason: withoutNul.nullish(),
  }),
]);
export type WireDecision = z.output<typeof decisionSchema>;

const envelope = {
  otid: z.string().nullish(),
  group_id: z.string().nullish(),
  sender_id: z.string().nullish(),
  batch_item_id: z.string().nullish(),
};

const messageInput = z.object({
  type: z.literal("message").default("message"),
  role: z.enum(["user", "system", "assistant"]).default("user"),
  content: contentSchema,
  name: z.string().nullish(),
  ...envelope,
});
const approvalInput = z.object({
  type: z.literal("approval").default("approval"),
  approvals: z.array(decisionSchema).nullish(),
  approve: z.boolean().nullish(),
  approval_request_id: z.string().nullish(),
  reason: withoutNul.nullish(),
  ...envelope,
});
const toolReturnInput = z.object({
  type: z.literal("tool_return"),
  tool_returns: z.array(decisionSchema),
  ...envelope,
});

/** `type` may be left out: what has approvals is an approval, everything else a message. */
export const messageCreateSchema = z
  .preprocess(
    (value) => {
      if (!value || typeof value !== "object" || "type" in value) return value;
      const isApproval = "approve" in value || "approval_request_id" in value || "approvals" in value;
      return { type: isApproval ? "approval" : "message", ...value };
    },
    z.discriminatedUnion("type", [toolReturnInput, approvalInput, messageInput]),
  )
  .openapi("MessageCreate");
export type MessageInput = z.output<typeof messageCreateSchema>;

const clientToolSchema = z.object({
  name: z.string().min(1),
  description: z.string().nullish(),
  parameters: jsonObject.nullish(),
});
const clientSkillSchema = z.object({ name: z.string(), description: z.string(), location: z.string() });

const requestFields = {
  messages: z.array(messageCreateSchema).nullish(),
  input: contentSchema.nullish(),
  max_steps: z.number().int().min(1).max(10_000).default(50),
  use_assistant_message: z.boolean().default(true),
  assistant_message_tool_name: z.string().default("send_message"),
  assistant_message_tool_kwarg: z.string().default("message"),
  include_return_message_types: z.array(z.string()).nullish(),
  include_compaction_messages: z.boolean().default(false),
  client_tools: z.array(clientToolSchema).nullish(),
  client_skills: z.array(clientSkillSchema).nullish(),
  override_model: z.string().nullish(),
  override_system: z.string().nullish(),
  system: z.string().nullish().describe("Another name of override_system"),
  response_format: responseFormatSchema
    .nullish()
    .describe("Memoir's own: the form of the answer, for this request, over the agent's"),
  return_logprobs: z.boolean().default(false).describe("How likely the tokens of the last answer were"),
  top_logprobs: z.number().int().min(0).max(20).nullish(),
  stream_tokens: z.boolean().default(false),
  include_pings: z.boolean().default(true),
  background: z.boolean().default(false),
  callback_url: httpUrl.nullish().describe("Posted to when the run ends, signed"),
  agent_id: z.string().nullish().describe("For the conversation `default`"),
};

export const sendMessagesBody = z
  .object({ ...requestFields, streaming: z.boolean().default(false) })
  .openapi("LettaRequest");
export type SendMessages = z.output<typeof sendMessagesBody>;
export const conversationMessagesBody = z
  .object({ ...requestFields, streaming: z.boolean().default(true) })
  .openapi("ConversationMessageRequest");

/** Messages are the contract's union: see `lib/stream/wire.ts`, which makes them and keeps their exact keys. */
export const wireMessageSchema = z.looseObject({ message_type: z.string() }).openapi("LettaMessage");
export const usageSchema = z
  .object({
    message_type: z.literal("usage_statistics"),
    completion_tokens: z.number(),
    prompt_tokens: z.number(),
    total_tokens: z.number(),
    step_count: z.number(),
    run_ids: z.array(z.string()).nullable(),
    cached_input_tokens: z.number().nullable(),
    cache_write_tokens: z.number().nullable(),
    reasoning_tokens: z.number().nullable(),
    context_tokens: z.number().nullable(),
  })
  .openapi("LettaUsageStatistics");
export const lettaResponseSchema = z
  .object({
    messages: z.array(wireMessageSchema),
    stop_reason: z.object({ message_type: z.literal("stop_reason"), stop_reason: z.string() }),
    usage: usageSchema,
    logprobs: jsonObject.nullable(),
    turns: z.null(),
  })
  .openapi("LettaResponse");

const agentParams = z.object({ agent_id: idSchema("agent") });
const conversationParams = z.object({ conversation_id: z.string() });
const cancelled = z.record(z.string(), z.string()).describe("Run id → cancelled or failed");
export const compactBody = z.object({
  compaction_settings: jsonObject.nullish(),
  agent_id: z.string().nullish(),
});
export const compactionResponseSchema = z
  .object({ summary: z.string(), num_messages_before: z.number().int(), num_messages_after: z.number().int() })
  .openapi("CompactionResponse");

const listQuery = {
  ...pagingQuery({ limit: 100, order: "desc" }),
  group_id: z.string().nullish(),
  use_assistant_message: queryBoolean.default(true),
  assistant_message_tool_name: z.string().default("send_message"),
  assistant_message_tool_kwarg: z.string().default("message"),
  include_err: queryBoolean.nullish(),
  include_return_message_types: queryList(z.string()),
};
const searchResult = z
  .looseObject({
    message_type: z.string(),
    message_id: z.string(),
    agent_id: z.string().nullable(),
    created_at: z.string(),
  })
  .openapi("MessageSearchResult");

export const MESSAGE_ENDPOINTS = [
  endpoint({
    id: "agents.messages.create",
    method: "post",
    path: "/v1/agents/{agent_id}/messages",
    summary: "Send messages to an agent and get what it does",
    params: agentParams,
    body: sendMessagesBody,
    response: lettaResponseSchema,
    streams: true,
  }),
  endpoint({
    id: "agents.messages.stream",
    method: "post",
    path: "/v1/agents/{agent_id}/messages/stream",
    summary: "Send messages and follow what the agent does, as server-sent events",
    params: agentParams,
    body: sendMessagesBody,
    response: wireMessageSchema,
    streams: true,
  }),
  endpoint({
    id: "agents.messages.createAsync",
    method: "post",
    path: "/v1/agents/{agent_id}/messages/async",
    summary: "Send messages and return at once with the run",
    params: agentParams,
    body: sendMessagesBody,
    response: jsonObject,
  }),
  endpoint({
    id: "agents.messages.cancel",
    method: "post",
    path: "/v1/agents/{agent_id}/messages/cancel",
    summary: "Cancel runs of an agent",
    params: agentParams,
    body: z.object({ run_ids: z.array(z.string()).nullish() }),
    bodyOptional: true,
    response: cancelled,
  }),
  endpoint({
    id: "agents.messages.list",
    method: "get",
    path: "/v1/agents/{agent_id}/messages",
    summary: "List an agent's messages, oldest first; the newest page unless asked otherwise",
    params: agentParams,
    query: z.object({ ...listQuery, conversation_id: z.string().nullish() }),
    response: z.array(wireMessageSchema),
  }),
  endpoint({
    id: "agents.messages.compact",
    method: "post",
    path: "/v1/agents/{agent_id}/summarize",
    summary: "Put a summary in the place of old messages in context",
    params: agentParams,
    body: compactBody,
    bodyOptional: true,
    response: compactionResponseSchema,
  }),
  endpoint({
    id: "agents.messages.reset",
    method: "patch",
    path: "/v1/agents/{agent_id}/reset-messages",
    summary: "Empty an agent's context; its messages stay",
    params: agentParams,
    body: z.object({ add_default_initial_messages: z.boolean().default(false) }),
    bodyOptional: true,
    response: jsonObject.nullable(),
  }),
  endpoint({
    id: "agents.messages.search",
    method: "post",
    path: "/v1/agents/messages/search",
    summary: "Search messages; results carry the raw message and its ranks",
    body: z.object({
      query: z.string().nullish(),
      search_mode: z.enum(["hybrid", "vector", "fts"]).default("hybrid"),
      roles: z.array(z.string()).nullish(),
      agent_id: z.string().nullish(),
      conversation_id: z.string().nullish(),
      limit: z.number().int().min(1).max(100).default(50),
      project_id: z.string().nullish(),
      template_id: z.string().nullish(),
      start_date: z.string().nullish(),
      end_date: z.string().nullish(),
    }),
    response: z.array(jsonObject),
  }),
  endpoint({
    id: "conversations.messages.create",
    method: "post",
    path: "/v1/conversations/{conversation_id}/messages",
    summary: "Send messages to a conversation; streams unless told not to",
    params: conversationParams,
    body: conversationMessagesBody,
    response: lettaResponseSchema,
    streams: true,
  }),
  endpoint({
    id: "conversations.messages.list",
    method: "get",
    path: "/v1/conversations/{conversation_id}/messages",
    summary: "List a conversation's messages, in the order asked for",
    params: conversationParams,
    query: z.object({ ...listQuery, agent_id: z.string().nullish() }),
    response: z.array(wireMessageSchema),
  }),
  endpoint({
    id: "conversations.messages.stream",
    method: "post",
    path: "/v1/conversations/{conversation_id}/stream",
    summary: "Follow a conversation's run from where a stream was cut",
    params: conversationParams,
    body: z.object({
      run_id: z.string().nullish(),
      otid: z.string().nullish(),
      starting_after: position.default(0),
      include_pings: z.boolean().default(true),
      poll_interval: z.number().nullish(),
      batch_size: z.number().int().nullish(),
      agent_id: z.string().nullish(),
    }),
    bodyOptional: true,
    response: wireMessageSchema,
    streams: true,
  }),
  endpoint({
    id: "conversations.messages.compact",
    method: "post",
    path: "/v1/conversations/{conversation_id}/compact",
    summary: "Put a summary in the place of old messages in context",
    params: conversationParams,
    body: compactBody,
    bodyOptional: true,
    response: compactionResponseSchema,
  }),
  endpoint({
    id: "conversations.cancel",
    method: "post",
    path: "/v1/conversations/{conversation_id}/cancel",
    summary: "Cancel a conversation's run",
    params: conversationParams,
    query: z.object({ agent_id: z.string().nullish() }),
    response: cancelled,
  }),
  endpoint({
    id: "messages.list",
    method: "get",
    path: "/v1/messages",
    summary: "List messages of all agents",
    query: z.object({ ...listQuery, conversation_id: z.string().nullish() }),
    response: z.array(wireMessageSchema),
  }),
  endpoint({
    id: "messages.search",
    method: "post",
    path: "/v1/messages/search",
    summary: "Search messages of all agents, ranked",
    body: z.object({
      query: z.string().min(1),
      search_mode: z.enum(["hybrid", "vector", "fts"]).default("hybrid"),
      roles: z.array(z.string()).nullish(),
      agent_id: z.string().nullish(),
      conversation_id: z.string().nullish(),
      limit: z.number().int().min(1).max(100).default(50),
      start_date: z.string().nullish(),
      end_date: z.string().nullish(),
    }),
    response: z.array(searchResult),
  }),
  endpoint({
    id: "messages.retrieve",
    method: "get",
    path: "/v1/messages/{message_id}",
    summary: "Retrieve a message: the wire messages that it is shown as",
    params: z.object({ message_id: idSchema("message") }),
    response: z.array(wireMessageSchema),
  }),
] as const;
