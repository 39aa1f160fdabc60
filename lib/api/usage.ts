import { z } from "@hono/zod-openapi";
import { timestamp } from "./common";
import { endpoint } from "./endpoint";
import { dateTime } from "./fields";

const times = z.object({
  p50: z.number().nullable(),
  p95: z.number().nullable(),
  p99: z.number().nullable(),
});

const figures = z.object({
  runs: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  steps: z.number().int(),
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  cached_input_tokens: z.number().nullable().describe("Null where no provider said it"),
  cost: z.number().nullable().describe("Dollars; null where the price of a step is not known"),
  known_cost: z.number().nullable().describe("Dollars of the steps whose price is known"),
  unpriced_steps: z.number().int(),
  first_token_ms: times.describe("Until the first token of a run, within 5 %; null where nothing came"),
  duration_ms: times.describe("Of whole runs, within 5 %"),
  memory_writes: z.number().int().describe("Versions of blocks and passages that agents wrote"),
  compactions: z.number().int(),
  searches: z.number().int().describe("Of archival memory and messages"),
  empty_searches: z.number().int().describe("Searches that found nothing"),
});
export type UsageFigures = z.output<typeof figures>;

const span = {
  start_date: timestamp.describe(
    "As asked, or earlier: the beginning of an hour, or of a UTC day where the interval is a day",
  ),
  end_date: timestamp.describe("As asked, or later; not included"),
};

export const usageSchema = z
  .object({
    ...span,
    interval: z.enum(["hour", "day"]),
    is_complete: z.boolean().describe("False while hours of the past are still being added up"),
    totals: figures,
    before: figures.describe("Of the span of the same length before"),
    series: z.array(figures.extend({ at: timestamp })).describe("Every hour or UTC day, also those without runs"),
  })
  .openapi("Usage");
export type WireUsage = z.output<typeof usageSchema>;

export const usageGroupsSchema = z
  .object({
    ...span,
    count: z.number().int().describe("How many there are; `groups` has the first of them"),
    groups: z.array(
      figures.extend({
        key: z.string().describe("Id of an agent or user, or handle of a model"),
        name: z.string().nullable().describe("Null for what is gone"),
      }),
    ),
  })
  .openapi("UsageGroups");
export type WireUsageGroups = z.output<typeof usageGroupsSchema>;

export const toolUsageSchema = z
  .object({
    ...span,
    count: z.number().int(),
    tools: z.array(
      z.object({
        name: z.string(),
        calls: z.number().int(),
        failures: z.number().int(),
        denied: z.number().int(),
        duration_ms: times,
      }),
    ),
  })
  .openapi("ToolUsage");
export type WireToolUsage = z.output<typeof toolUsageSchema>;

export const fullBlocksSchema = z
  .object({
    blocks: z.array(
      z.object({
        block_id: z.string(),
        label: z.string(),
        agent_id: z.string(),
        agent_name: z.string(),
        chars: z.number().int(),
        limit: z.number().int(),
      }),
    ),
  })
  .openapi("FullBlocks");
export type WireFullBlocks = z.output<typeof fullBlocksSchema>;

const spanQuery = {
  start_date: dateTime.nullish().describe("Runs begun then or later; 24 hours ago if not given"),
  end_date: dateTime.nullish().describe("Runs begun before; now if not given. A span may be 366 days"),
};
const of = {
  agent_id: z.string().max(255).nullish(),
  model: z
    .string()
    .max(255)
    .nullish()
    .describe("Handle: runs of which a step asked it, and of these what that model used"),
};
const limit = z.coerce.number().int().min(1).max(100).default(20);

export const USAGE_ENDPOINTS = [
  endpoint({
    id: "usage.retrieve",
    method: "get",
    path: "/v1/usage",
    summary: "Runs, errors, times, tokens, cost and memory of a span, by hour or day, beside the span before",
    own: true,
    query: z.object({
      ...spanQuery,
      ...of,
      interval: z
        .enum(["hour", "day"])
        .nullish()
        .describe("If not given, an hour up to 7 days; at most 31 days by hour"),
    }),
    response: usageSchema,
  }),
  endpoint({
    id: "usage.groups",
    method: "get",
    path: "/v1/usage/groups",
    summary: "What agents, models or users used in a span, the most first",
    own: true,
    query: z.object({
      ...spanQuery,
      ...of,
      by: z.enum(["agent", "model", "user"]).describe("Users can't be told apart by agent or model"),
      order_by: z.enum(["runs", "failed", "tokens", "cost"]).default("runs"),
      limit,
    }),
    response: usageGroupsSchema,
  }),
  endpoint({
    id: "usage.tools",
    method: "get",
    path: "/v1/usage/tools",
    summary: "Calls, failures and times of tools in a span: the most used, slowest or most failing first",
    own: true,
    query: z.object({
      ...spanQuery,
      agent_id: of.agent_id,
      order_by: z.enum(["calls", "failures", "slowest"]).default("calls"),
      limit,
    }),
    response: toolUsageSchema,
  }),
  endpoint({
    id: "usage.blocks",
    method: "get",
    path: "/v1/usage/blocks",
    summary: "The fullest memory blocks of the 200 agents that ran last",
    own: true,
    query: z.object({ agent_id: of.agent_id, limit }),
    response: fullBlocksSchema,
  }),
] as const;
