import { z } from "@hono/zod-openapi";
import { causeSchema } from "./blocks";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";

export const erasureSchema = z
  .object({
    id: z.string(),
    resource: z
      .string()
      .describe("What was erased: agent, archive, block, conversation, file, folder, identity, message or passage"),
    resource_id: z.string(),
    agent_ids: z.array(z.string()).describe("Agents in whose records something of it was looked for"),
    counts: z
      .object({
        block_versions: z.number().int(),
        passages: z.number().int(),
        messages: z.number().int(),
        files: z.number().int(),
        copies: z.record(z.string(), z.number().int()).describe("Other records that had said it again, by kind"),
      })
      .describe("How many records of each kind say nothing, or less, since"),
    cause: causeSchema,
    created_at: timestamp,
  })
  .openapi("Erasure");
export type WireErasure = z.output<typeof erasureSchema>;

export const ERASURE_ENDPOINTS = [
  endpoint({
    id: "erasures.list",
    method: "get",
    path: "/v1/erasures",
    own: true,
    summary: "What was erased, by whom and when; nothing of what it said",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      agent_id: z.string().nullish().describe("In whose records it was"),
      record_id: z
        .string()
        .nullish()
        .describe("A version, message, passage, step or run that something was taken from"),
    }),
    response: z.array(erasureSchema),
  }),
  endpoint({
    id: "messages.erase",
    method: "post",
    path: "/v1/messages/{message_id}/erase",
    own: true,
    summary: "Erase what a message says, wherever it is said again; the message stays in its place, and says nothing",
    params: z.object({ message_id: idSchema("message") }),
    response: null,
  }),
] as const;
