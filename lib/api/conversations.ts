import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, queryBoolean, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { count, dateTime, eraseQuery, shortText } from "./fields";
import { modelSettingsBody, modelSettingsSchema } from "./model-settings";

export const conversationSchema = z
  .object({
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    id: z.string(),
    agent_id: z.string(),
    summary: z.string().nullable(),
    description: z.string().nullable(),
    in_context_message_ids: z.array(z.string()).describe("The system message first"),
    isolated_block_ids: z.array(z.string()),
    model: z.string().nullable(),
    model_settings: modelSettingsSchema.nullable(),
    context_window_limit: z.number().int().nullable(),
    last_message_at: timestamp.nullable(),
    archived: z.boolean(),
    archived_at: timestamp.nullable(),
  })
  .openapi("Conversation");
export type WireConversation = z.output<typeof conversationSchema>;

const own = {
  summary: z.string().nullish(),
  description: z.string().nullish(),
  model: shortText.nullish().describe("Instead of the agent's"),
  model_settings: modelSettingsBody.nullish(),
  context_window_limit: count.nullish(),
};

const createConversationBody = z
  .object({
    ...own,
    hidden: z.boolean().nullish(),
    isolated_block_labels: z
      .array(z.string())
      .nullish()
      .describe("Blocks of the agent of which this conversation has its own copy"),
  })
  .openapi("CreateConversation");
export type CreateConversation = z.output<typeof createConversationBody>;

const updateConversationBody = z
  .object({ ...own, archived: z.boolean().nullish(), last_message_at: dateTime.nullish() })
  .openapi("UpdateConversation");
export type UpdateConversation = z.output<typeof updateConversationBody>;

const UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";

/** A conversation, `default` with an `agent_id` beside it, or (deprecated) an agent for its default conversation. */
export const conversationOrDefault = z
  .string()
  .regex(new RegExp(`^(default|(conv|agent)-${UUID})$`), "must be conv-<uuid>, agent-<uuid> or default")
  .openapi({ example: "conv-00000000-0000-4000-8000-000000000000" });
export const agentIdQuery = idSchema("agent").nullish().describe("Whose default conversation is meant");

const conversationParams = z.object({ conversation_id: idSchema("conv") });
const orDefaultParams = z.object({ conversation_id: conversationOrDefault });

export const CONVERSATION_ENDPOINTS = [
  endpoint({
    id: "conversations.create",
    method: "post",
    path: "/v1/conversations",
    summary: "Start a conversation with an agent",
    query: z.object({ agent_id: idSchema("agent") }),
    body: createConversationBody,
    bodyOptional: true,
    response: conversationSchema,
  }),
  endpoint({
    id: "conversations.list",
    method: "get",
    path: "/v1/conversations",
    summary: "List conversations, without the default one of each agent",
    query: z.object({
      ...pagingQuery({
        limit: 50,
        order: "desc",
        orderBy: ["created_at", "last_run_completion", "last_message_at"],
      }),
      agent_id: idSchema("agent").nullish(),
      summary_search: z.string().nullish().describe("Part of the summary, whatever its case"),
      archive_status: z.enum(["unarchived", "archived", "all"]).default("unarchived"),
    }),
    response: z.array(conversationSchema),
  }),
  endpoint({
    id: "conversations.retrieve",
    method: "get",
    path: "/v1/conversations/{conversation_id}",
    summary: "Retrieve a conversation",
    params: orDefaultParams,
    query: z.object({ agent_id: agentIdQuery }),
    response: conversationSchema,
  }),
  endpoint({
    id: "conversations.update",
    method: "patch",
    path: "/v1/conversations/{conversation_id}",
    summary: "Change a conversation; null is 'not given'",
    params: conversationParams,
    body: updateConversationBody,
    response: conversationSchema,
  }),
  endpoint({
    id: "conversations.delete",
    method: "delete",
    path: "/v1/conversations/{conversation_id}",
    summary: "Delete a conversation; what was recorded of it stays until its agent is deleted",
    params: conversationParams,
    query: eraseQuery,
    response: null,
  }),
  endpoint({
    id: "conversations.fork",
    method: "post",
    path: "/v1/conversations/{conversation_id}/fork",
    summary: "Start a conversation with what is in context of another",
    params: orDefaultParams,
    query: z.object({
      agent_id: agentIdQuery,
      message_id: idSchema("message").nullish().describe("Only up to and including this one"),
      hidden: queryBoolean.nullish(),
    }),
    response: conversationSchema,
  }),
] as const;
