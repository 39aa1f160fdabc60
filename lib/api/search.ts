import { z } from "@hono/zod-openapi";
import { agentParams } from "./agents";
import { jsonObject, queryList, withoutNul } from "./common";
import { endpoint } from "./endpoint";
import { passageSchema } from "./passages";

const tagMatchMode = z.enum(["any", "all"]).default("any").describe("Whether one of the tags is enough");
const date = z.string().max(64);

export const archivalSearchSchema = z
  .object({
    results: z.array(
      z.object({
        id: z.string(),
        timestamp: z.string().describe("When it was stored, in the agent's timezone"),
        content: z.string(),
        tags: z.array(z.string()),
        rank: z.number().int().describe("Memoir's own: from 1"),
        score: z.number().describe("Memoir's own: from 0 to 1"),
      }),
    ),
    count: z.number().int().describe("Of these results"),
  })
  .openapi("ArchivalMemorySearchResponse");

const passageSearchBody = z
  .object({
    query: withoutNul.nullish().describe("Without one, the newest passages"),
    agent_id: z.string().nullish().describe("Only archives of this agent; goes before archive_id"),
    archive_id: z.string().nullish().describe("Only this archive; without agent and archive, all of them"),
    tags: z.array(z.string()).nullish(),
    tag_match_mode: tagMatchMode,
    limit: z.number().int().min(1).max(100).default(50),
    start_date: date.nullish().describe("ISO 8601; without an offset in UTC"),
    end_date: date.nullish().describe("ISO 8601, inclusive; a day is the whole day"),
  })
  .openapi("PassageSearchRequest");

export const passageSearchResultSchema = z
  .object({
    passage: passageSchema,
    score: z.number().describe("From 0 to 1, 1 being the best that this search could find"),
    metadata: jsonObject.describe("Rank, and rank and score in the lists by text and by vector"),
  })
  .openapi("PassageSearchResult");

const progress = z.object({
  indexed: z.number().int(),
  total: z.number().int().describe("With those that are not indexed yet"),
  vectors: z.boolean().describe("Whether all that is indexed can be searched by meaning"),
});

export const SEARCH_ENDPOINTS = [
  endpoint({
    id: "agents.passages.search",
    method: "get",
    path: "/v1/agents/{agent_id}/archival-memory/search",
    summary: "Search an agent's archival memory, as its own search tool does",
    params: agentParams,
    query: z.object({
      query: z.string(),
      tags: queryList(z.string()),
      tag_match_mode: tagMatchMode,
      top_k: z.coerce.number().int().optional().describe("Most results, at most 100; 5 if not given"),
      start_datetime: date.optional().describe("ISO 8601; without an offset in the agent's timezone"),
      end_datetime: date.optional().describe("ISO 8601, inclusive; a day is the whole day"),
    }),
    response: archivalSearchSchema,
  }),
  endpoint({
    id: "passages.search",
    method: "post",
    path: "/v1/passages/search",
    summary: "Search passages of all archives, of an agent's, or of one, ranked",
    body: passageSearchBody,
    response: z.array(passageSearchResultSchema),
  }),
  endpoint({
    id: "agents.index.retrieve",
    method: "get",
    path: "/v1/agents/{agent_id}/index",
    summary: "How much of what an agent can search is indexed; what is new is indexed in the background",
    own: true,
    params: agentParams,
    response: z.object({ messages: progress, passages: progress, files: progress }).openapi("SearchIndexProgress"),
  }),
] as const;
