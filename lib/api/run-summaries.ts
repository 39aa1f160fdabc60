import { z } from "@hono/zod-openapi";
import { pagingQuery, queryList, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { dateTime } from "./fields";
import { cost, runStatus } from "./runs";

export const runSummarySchema = z
  .object({
    id: z.string(),
    status: runStatus,
    stop_reason: z.string().nullable(),
    /** Whether calls that it asked approval for still wait for their answer. */
    awaits_approval: z.boolean(),
    error: z.string().nullable().describe("What failed it, in a sentence"),
    created_at: timestamp,
    completed_at: timestamp.nullable(),
    agent_id: z.string(),
    agent_name: z.string(),
    conversation_id: z.string(),
    background: z.boolean(),
    models: z.array(z.string()).describe("Handles of the models that its steps asked"),
    steps: z.number().int(),
    tool_calls: z.number().int(),
    prompt_tokens: z.number(),
    completion_tokens: z.number(),
    cached_input_tokens: z.number().nullable(),
    cost,
    ttft_ms: z.number().nullable(),
    duration_ms: z.number().nullable(),
    asked: z.string().nullable().describe("The first 300 characters of what the user said"),
    answered: z.string().nullable().describe("The first 300 characters of what the agent said"),
  })
  .openapi("RunSummary");
export type RunSummary = z.output<typeof runSummarySchema>;

export const RUN_SUMMARY_ENDPOINTS = [
  endpoint({
    id: "runs.summaries",
    method: "get",
    path: "/v1/runs/summaries",
    summary: "List runs with what was asked and answered, what failed, tokens and cost; searched in what was said",
    own: true,
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      agent_id: z.string().nullish(),
      statuses: queryList(runStatus),
      start_date: dateTime.nullish().describe("Begun then or later"),
      end_date: dateTime.nullish().describe("Begun then or earlier"),
      model: z.string().max(255).nullish().describe("A step asked this handle"),
      tool: z.string().max(255).nullish().describe("A step called the tool of this name"),
      user_id: z.string().max(255).nullish().describe("It acted for this user"),
      search: z.string().max(200).nullish().describe("A message of it has this text, in any case"),
    }),
    response: z.array(runSummarySchema),
  }),
] as const;
