import { z } from "@hono/zod-openapi";
import { causeSchema } from "./blocks";
import { idSchema, jsonObject, timestamp } from "./common";
import { endpoint } from "./endpoint";

const place = z
  .object({ rank: z.number().int().describe("From 1"), score: z.number() })
  .nullable()
  .describe("Its place in this list; null: it was not in it");

export const recordedSearchSchema = z
  .object({
    id: z.string(),
    seq: z.number().describe("Place in the ledger"),
    created_at: timestamp,
    cause: causeSchema,
    query: z.string(),
    mode: z.enum(["text", "vector", "hybrid"]),
    note: z.string().nullable().describe("Why it was not searched as it should have been, if so"),
    filters: jsonObject,
    limit: z.number().int().nullable().describe("How many were to be returned"),
    candidates: z.array(
      z.object({
        id: z.string().describe("Of the passage"),
        text: z.string().nullable().describe("Its first 400 characters; null where it is gone"),
        deleted: z.boolean().describe("Whether it was deleted since"),
        created_at: timestamp.nullable(),
        rank: z.number().int().describe("From 1"),
        score: z.number().describe("From 0 to 1: both lists together"),
        by_words: place,
        by_meaning: place,
        words_by: z
          .object({ own: z.number(), window: z.number(), session: z.number() })
          .nullable()
          .describe("What the score by words is made of: the text itself, the turns beside it, its session"),
        returned: z.boolean(),
      }),
    ),
  })
  .openapi("RecordedSearch");
export type RecordedSearch = z.output<typeof recordedSearchSchema>;

export const RECORDED_SEARCH_ENDPOINTS = [
  endpoint({
    id: "steps.searches.list",
    method: "get",
    path: "/v1/steps/{step_id}/searches",
    summary:
      "The searches of archives and files that a step made: candidates, scores by part, ranks and where they were cut",
    own: true,
    params: z.object({ step_id: idSchema("step") }),
    response: z.array(recordedSearchSchema),
  }),
] as const;
