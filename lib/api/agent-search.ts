import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { endpoint } from "./endpoint";

const MAX_CONDITIONS = 50;
const text = z.string().min(1).max(255);

const conditionSchema = z.discriminatedUnion("field", [
  z.object({
    field: z.literal("version"),
    value: text.describe("Of a template: its version's id, or name:3, or name:latest"),
  }),
  z.object({ field: z.literal("name"), operator: z.enum(["eq", "contains"]), value: text }),
  z.object({ field: z.literal("tags"), operator: z.literal("contains"), value: z.array(text).max(MAX_CONDITIONS) }),
  z.object({ field: z.literal("identity"), operator: z.literal("eq"), value: text.describe("Its id") }),
  z.object({ field: z.literal("templateName"), operator: z.literal("eq"), value: text }),
  z.object({ field: z.literal("agentId"), operator: z.literal("eq"), value: text }),
]);
export type AgentCondition = z.output<typeof conditionSchema>;

const searchBody = z
  .object({
    search: z.array(conditionSchema).max(MAX_CONDITIONS).optional().describe("All of these must hold"),
    project_id: text.optional(),
    combinator: z.literal("AND").optional(),
    limit: z.number().int().min(1).max(1000).default(50),
    after: z.string().nullish().describe("The `nextCursor` of the page before"),
    sortBy: z.enum(["created_at", "last_run_completion", "updated_at"]).default("created_at"),
    ascending: z.boolean().default(false),
  })
  .openapi("AgentSearch");
export type AgentSearch = z.output<typeof searchBody>;

/** A list in a query: the parameter once for each entry, or once for all of them, as JSON. */
const conditionsInQuery = z.preprocess((value) => {
  const texts = value === undefined ? [] : Array.isArray(value) ? value : [value];
  try {
    return texts.flatMap((one) => JSON.parse(one) as unknown);
  } catch {
    return value;
  }
}, z.array(conditionSchema).max(MAX_CONDITIONS));

export const AGENT_SEARCH_ENDPOINTS = [
  endpoint({
    id: "agents.search",
    method: "post",
    path: "/v1/agents/search",
    summary: "Find agents by conditions",
    body: searchBody,
    bodyOptional: true,
    response: z.object({ agents: z.array(agentStateSchema), nextCursor: z.string().nullable() }),
  }),
  endpoint({
    id: "agents.search.count",
    method: "get",
    path: "/v1/agents/search/count",
    summary: "Count agents by conditions, which are JSON",
    query: z.object({
      search: conditionsInQuery,
      project_id: text.optional(),
      combinator: z.literal("AND").optional(),
    }),
    response: z.object({ count: z.number().int() }),
  }),
] as const;
