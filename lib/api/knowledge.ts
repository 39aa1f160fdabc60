import { z } from "@hono/zod-openapi";
import { causeSchema } from "./blocks";
import { idSchema, timestamp } from "./common";
import { endpoint } from "./endpoint";

const at = {
  seq: z.number().describe("Place in the ledger"),
  created_at: timestamp,
  step_id: z.string().nullable(),
  text: z.string().describe("The line with the words, or the query of a search"),
};
const ofBlock = {
  block_id: z.string(),
  label: z.string(),
  version_id: z.string(),
  number: z.number().int().describe("The version's"),
  operation: z.string(),
  cause: causeSchema,
};
const ofPassage = { passage_id: z.string(), archive_id: z.string(), cause: causeSchema };

/** One moment in the life of a fact. */
export const knowledgeEventSchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("said"),
      ...at,
      message_id: z.string(),
      conversation_id: z.string(),
      role: z.string().describe("user or assistant; tool for what a tool returned"),
    }),
    z.object({ type: z.literal("written"), ...at, ...ofBlock }),
    z.object({ type: z.literal("dropped"), ...at, ...ofBlock }),
    z.object({ type: z.literal("archived"), ...at, ...ofPassage }),
    z.object({ type: z.literal("removed"), ...at, ...ofPassage }),
    z.object({
      type: z.literal("left-context"),
      ...at,
      compaction_id: z.string(),
      conversation_id: z.string(),
      messages: z.number().int().describe("How many of the messages that said it went"),
      in_summary: z.boolean().describe("Whether the summary that took their place says it"),
    }),
    z.object({
      type: z.literal("searched"),
      ...at,
      event_id: z.string(),
      rank: z.number().int().nullable().describe("Of the best passage that says it, from 1; null: not a candidate"),
      limit: z.number().int().nullable().describe("How many passages were to be returned"),
      returned: z.boolean().describe("Whether a passage that says it was returned"),
      there_were: z.number().int().describe("Passages that said it when it was searched"),
    }),
  ])
  .openapi("KnowledgeEvent");
export type KnowledgeEvent = z.output<typeof knowledgeEventSchema>;

export const knowledgeSchema = z
  .object({
    query: z.string(),
    words: z
      .array(z.object({ word: z.string(), matches: z.string().describe("What a line must have in it, in any case") }))
      .describe("A line says it that has all of these"),
    verdict: z.object({
      code: z.enum([
        "in-memory",
        "in-context",
        "in-archive",
        "search-cut",
        "search-missed",
        "dropped",
        "removed",
        "not-stored",
        "never-said",
        "shown",
        "not-shown",
      ]),
      text: z.string(),
    }),
    now: z.object({
      blocks: z.array(z.object({ block_id: z.string(), label: z.string(), text: z.string() })),
      messages_in_context: z.number().int(),
      passages: z.number().int(),
    }),
    shown: z
      .object({
        step_id: z.string(),
        places: z.array(z.object({ kind: z.string(), label: z.string(), text: z.string() })),
      })
      .nullable()
      .describe("Where the context of the step that was asked about says it"),
    events: z.array(knowledgeEventSchema).describe("In the order of the ledger"),
    left_out: z.number().int().describe("Events in between that are not listed, where there are very many"),
  })
  .openapi("Knowledge");
export type Knowledge = z.output<typeof knowledgeSchema>;

export const KNOWLEDGE_ENDPOINTS = [
  endpoint({
    id: "agents.knowledge",
    method: "get",
    path: "/v1/agents/{agent_id}/knowledge",
    summary: "Why an agent knows something, or does not: where it was said, written, dropped, archived and searched",
    own: true,
    params: z.object({ agent_id: idSchema("agent") }),
    query: z.object({
      q: z.string().min(1).max(400).describe("A few words, or a question"),
      step_id: idSchema("step").nullish().describe("Judge by what the model was shown in this step"),
    }),
    response: knowledgeSchema,
  }),
] as const;
