import { z } from "@hono/zod-openapi";
import { jsonObject, timestamp, withoutNul } from "./common";
import { endpoint } from "./endpoint";

const conversationParams = z.object({ conversation_id: z.string() });
const ofDefault = z.string().nullish().describe("The agent, where the conversation is `default`");

const newestSchema = z.object({
  id: z.string(),
  created_at: timestamp,
  mode: z.string(),
  trigger: z.string(),
  summary: z.string(),
  can_undo: z.boolean().describe("Whether its summary is in context still"),
});

export const compactionStateSchema = z
  .object({
    conversation_id: z.string(),
    mode: z.string().describe("Of the agent's settings"),
    kept_message_ids: z.array(z.string()).describe("Marked: no compaction takes them out of context"),
    newest: newestSchema.nullable(),
  })
  .openapi("CompactionState");

const wanted = {
  compaction_settings: jsonObject.nullish().describe("Over the agent's own, field by field, for this once"),
  keep_lines: z
    .array(z.string().min(1).max(2000))
    .max(50)
    .nullish()
    .describe("Lines that are to stand in the summary word for word"),
  agent_id: ofDefault,
};

const shownMessage = z.object({
  message_id: z.string(),
  role: z.string(),
  text: z.string().describe("Its first words"),
  tokens: z.number().int().describe("An estimate"),
  created_at: timestamp,
});

export const compactionPreviewSchema = z
  .object({
    mode: z.string(),
    next_seq: z.number().int().describe("`base_seq` of applying it"),
    evicted: z.array(shownMessage),
    kept: z.array(shownMessage).describe("Marked messages, which stay in context"),
    messages_before: z.number().int(),
    messages_after: z.number().int().describe("With the summary"),
    tokens_before: z.number().int().describe("An estimate"),
    tokens_after: z.number().int().describe("An estimate; without the summary, where none was asked for"),
    context_window: z.number().int(),
    model: z.string().nullable().describe("Who wrote the summary"),
    summary: z.string().nullable(),
  })
  .openapi("CompactionPreview");
export type WireCompactionState = z.output<typeof compactionStateSchema>;
export type WireCompactionPreview = z.output<typeof compactionPreviewSchema>;

export const COMPACTION_ENDPOINTS = [
  endpoint({
    id: "conversations.compaction.retrieve",
    method: "get",
    path: "/v1/conversations/{conversation_id}/compaction",
    summary: "What of a conversation no compaction takes out of context, and its newest compaction",
    own: true,
    params: conversationParams,
    query: z.object({ agent_id: ofDefault }),
    response: compactionStateSchema,
  }),
  endpoint({
    id: "conversations.compaction.preview",
    method: "post",
    path: "/v1/conversations/{conversation_id}/compaction/preview",
    summary: "What a compaction would take out of context, and its summary; nothing of the conversation changes",
    own: true,
    params: conversationParams,
    body: z.object({
      ...wanted,
      summarize: z.boolean().default(true).describe("False asks no model, and tells only what would go"),
    }),
    bodyOptional: true,
    response: compactionPreviewSchema,
  }),
  endpoint({
    id: "conversations.compaction.apply",
    method: "post",
    path: "/v1/conversations/{conversation_id}/compaction/apply",
    summary: "Compact a conversation with a summary that was previewed, or written",
    own: true,
    params: conversationParams,
    body: z.object({
      ...wanted,
      summary: withoutNul.pipe(z.string().trim().min(1).max(1_000_000)),
      base_seq: z
        .number()
        .int()
        .min(1)
        .max(2_147_483_647)
        .nullish()
        .describe("`next_seq` of the preview; 409 if something was said since"),
    }),
    response: compactionStateSchema,
  }),
  endpoint({
    id: "conversations.compaction.undo",
    method: "post",
    path: "/v1/conversations/{conversation_id}/compaction/undo",
    summary: "Put back into context what the newest compaction took out, in the place of its summary",
    own: true,
    params: conversationParams,
    body: z.object({ agent_id: ofDefault }),
    bodyOptional: true,
    response: compactionStateSchema,
  }),
  endpoint({
    id: "conversations.compaction.keep",
    method: "put",
    path: "/v1/conversations/{conversation_id}/compaction/kept-messages",
    summary: "Say which messages no compaction takes out of context",
    own: true,
    params: conversationParams,
    body: z.object({ message_ids: z.array(z.string()).max(1000), agent_id: ofDefault }),
    response: compactionStateSchema,
  }),
] as const;
