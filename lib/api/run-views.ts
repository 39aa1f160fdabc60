import { z } from "@hono/zod-openapi";
import { idSchema, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { dateTime } from "./fields";
import { runStatus } from "./runs";

const text = z.string().min(1).max(255);

/** What the list of runs can be narrowed to; see `runs.summaries`. */
export const runViewFilter = z.strictObject({
  agent_id: text.optional(),
  status: runStatus.optional(),
  model: text.optional(),
  tool: text.optional(),
  user_id: text.optional(),
  search: z.string().min(1).max(200).optional(),
  start_date: dateTime.optional(),
  end_date: dateTime.optional(),
  days: z
    .number()
    .int()
    .min(1)
    .max(366)
    .optional()
    .describe("Instead of dates: the last so many days, whenever it is opened"),
});
const name = z.string().trim().min(1).max(80);

const runViewSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    filter: runViewFilter,
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi("RunView");
export type WireRunView = z.output<typeof runViewSchema>;

const params = z.object({ view_id: idSchema("view") });

export const RUN_VIEW_ENDPOINTS = [
  endpoint({
    id: "runs.views.list",
    method: "get",
    path: "/v1/runs/views",
    summary: "List the views of runs that the caller keeps, by name; there are at most 100",
    own: true,
    response: z.array(runViewSchema),
  }),
  endpoint({
    id: "runs.views.create",
    method: "post",
    path: "/v1/runs/views",
    summary: "Keep a filter of the list of runs under a name",
    own: true,
    body: z.object({ name, filter: runViewFilter }),
    response: runViewSchema,
    status: 201,
  }),
  endpoint({
    id: "runs.views.update",
    method: "patch",
    path: "/v1/runs/views/{view_id}",
    summary: "Rename a view of runs, or put another filter in its place",
    own: true,
    params,
    body: z.object({ name: name.optional(), filter: runViewFilter.optional() }),
    response: runViewSchema,
  }),
  endpoint({
    id: "runs.views.delete",
    method: "delete",
    path: "/v1/runs/views/{view_id}",
    summary: "Delete a view of runs",
    own: true,
    params,
    response: null,
    status: 204,
  }),
] as const;
