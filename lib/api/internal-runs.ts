import { z } from "@hono/zod-openapi";
import { pagingQuery, queryBoolean, queryList } from "./common";
import { endpoint } from "./endpoint";
import { dateTime, queryCount } from "./fields";
import { runSchema, runStatus } from "./runs";

const comparison = z.enum(["eq", "gt", "gte", "lt", "lte"]);
/** Durations are longer than an `integer` holds. */
const nanoseconds = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);

export const INTERNAL_RUN_ENDPOINTS = [
  endpoint({
    id: "internalRuns.list",
    method: "get",
    path: "/v1/_internal_runs",
    summary: "List runs, by all that a run can be told from others by",
    query: z.object({
      ...pagingQuery({ limit: 100, order: "desc", orderBy: ["created_at", "duration"] }),
      run_id: z.string().nullish(),
      agent_id: z.string().nullish(),
      agent_ids: queryList(z.string()),
      statuses: queryList(runStatus),
      background: queryBoolean.nullish(),
      stop_reason: z.string().nullish(),
      template_family: z.string().nullish().describe("The base template of the run's agent"),
      step_count: queryCount.nullish(),
      step_count_operator: comparison.default("eq"),
      tools_used: queryList(z.string()).describe("Names or ids: runs that called any of them"),
      active: queryBoolean.default(false),
      ascending: queryBoolean.nullish().describe("Deprecated: use order"),
      project_id: z.string().nullish().describe("The project of the run's agent"),
      conversation_id: z.string().nullish(),
      duration_percentile: z.coerce
        .number()
        .int()
        .min(1)
        .max(100)
        .nullish()
        .describe("Only runs that took longer than this share of those that the other filters leave"),
      duration_value: nanoseconds.nullish(),
      duration_operator: comparison.nullish(),
      start_date: dateTime.nullish().describe("Created then or later"),
      end_date: dateTime.nullish().describe("Created then or earlier"),
    }),
    response: z.array(runSchema),
  }),
] as const;
