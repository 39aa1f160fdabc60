import { z } from "@hono/zod-openapi";
import { endpoint } from "./endpoint";

const MAX_PAGE = 1000;

export const TAG_ENDPOINTS = [
  endpoint({
    id: "tags.list",
    method: "get",
    path: "/v1/tags",
    summary: "List the tags of agents and blocks",
    query: z.object({
      before: z.string().nullish().describe("A tag: only what comes before it in the returned order"),
      after: z.string().nullish().describe("A tag: only what comes after it in the returned order"),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(50),
      order: z.enum(["asc", "desc"]).default("asc"),
      order_by: z.enum(["name"]).default("name"),
      name: z.string().nullish().describe("Part of the tag, whatever its case"),
      query_text: z.string().nullish().describe("Deprecated: use name"),
    }),
    response: z.array(z.string()),
  }),
] as const;
