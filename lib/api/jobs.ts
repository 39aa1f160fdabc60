import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, queryBoolean, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { httpUrl } from "./fields";
import { sendMessagesBody } from "./messages";

export const jobSchema = z
  .object({
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp.nullable(),
    status: z.enum(["created", "running", "completed", "failed", "pending", "cancelled", "expired"]),
    completed_at: timestamp.nullable(),
    stop_reason: z.string().nullable(),
    metadata: jsonObject.nullable(),
    job_type: z.enum(["job", "run", "batch"]),
    background: z.boolean().nullable(),
    agent_id: z.string().nullable(),
    callback_url: z.string().nullable(),
    callback_sent_at: timestamp.nullable(),
    callback_status_code: z.number().int().nullable(),
    callback_error: z.string().nullable(),
    ttft_ns: z.number().int().nullable(),
    total_duration_ns: z.number().int().nullable(),
    id: z.string(),
    user_id: z.string().nullable(),
  })
  .openapi("Job");
export type WireJob = z.output<typeof jobSchema>;

const MAX_REQUESTS = 10_000;

const batchRequest = sendMessagesBody
  .omit({ streaming: true, stream_tokens: true, include_pings: true, background: true, callback_url: true })
  .extend({ agent_id: idSchema("agent").describe("The agent to send this request to") });
export type BatchRequest = z.output<typeof batchRequest>;

const createBatchBody = z
  .object({
    requests: z.array(batchRequest).min(1).max(MAX_REQUESTS),
    callback_url: httpUrl.nullish().describe("Posted to when the batch is over, signed"),
  })
  .openapi("CreateBatch");
export type CreateBatch = z.output<typeof createBatchBody>;

const batchItemSchema = z
  .object({
    id: z.string(),
    batch_id: z.string(),
    agent_id: z.string(),
    position: z.number().int().describe("Of the request in the batch, from 0"),
    status: z.enum(["created", "running", "completed", "failed", "cancelled"]),
    run_id: z.string().nullable(),
    error: z.string().nullable(),
    completed_at: timestamp.nullable(),
  })
  .openapi("BatchItem");
export type WireBatchItem = z.output<typeof batchItemSchema>;

const batchParams = z.object({ batch_id: idSchema("job") });
const jobParams = z.object({ job_id: idSchema("job") });

export const JOB_ENDPOINTS = [
  endpoint({
    id: "messages.batches.create",
    method: "post",
    path: "/v1/messages/batches",
    summary: "Send many requests to agents, as workers come free",
    body: createBatchBody,
    response: jobSchema,
  }),
  endpoint({
    id: "messages.batches.list",
    method: "get",
    path: "/v1/messages/batches",
    summary: "List batches",
    query: z.object(pagingQuery({ limit: 100, order: "desc" })),
    response: z.array(jobSchema),
  }),
  endpoint({
    id: "messages.batches.retrieve",
    method: "get",
    path: "/v1/messages/batches/{batch_id}",
    summary: "Retrieve a batch; its metadata counts its requests by status",
    params: batchParams,
    response: jobSchema,
  }),
  endpoint({
    id: "messages.batches.cancel",
    method: "patch",
    path: "/v1/messages/batches/{batch_id}/cancel",
    summary: "Cancel a batch: what has not begun will not, what runs is cancelled; one that is over stays as it is",
    params: batchParams,
    response: null,
  }),
  endpoint({
    id: "messages.batches.messages",
    method: "get",
    path: "/v1/messages/batches/{batch_id}/messages",
    summary: "List what the agents made of a batch's requests",
    params: batchParams,
    query: z.object({
      ...pagingQuery({ limit: 100, order: "desc" }),
      agent_id: z.string().nullish().describe("Only what this agent made"),
    }),
    response: z.object({ messages: z.array(jsonObject) }),
  }),
  endpoint({
    id: "messages.batches.items",
    method: "get",
    path: "/v1/messages/batches/{batch_id}/items",
    summary: "List a batch's requests with the runs that they became, in the order of the batch",
    own: true,
    params: batchParams,
    query: z.object({
      after: z.string().nullish().describe("Id: only what comes after it"),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
    }),
    response: z.array(batchItemSchema),
  }),
  endpoint({
    id: "jobs.list",
    method: "get",
    path: "/v1/jobs",
    summary: "List jobs: batches; a run is not one, it has a list of its own",
    query: z.object({
      ...pagingQuery({ limit: 100, order: "desc" }),
      source_id: z.string().nullish().describe("Deprecated: no job is of a source"),
      active: queryBoolean.default(false),
      ascending: queryBoolean.nullish().describe("Deprecated: use order"),
    }),
    response: z.array(jobSchema),
  }),
  endpoint({
    id: "jobs.active",
    method: "get",
    path: "/v1/jobs/active",
    summary: "List jobs that are not over",
    query: z.object({
      source_id: z.string().nullish().describe("Deprecated: no job is of a source"),
      before: z.string().nullish(),
      after: z.string().nullish(),
      limit: z.coerce.number().int().min(1).max(1000).default(50),
      ascending: queryBoolean.default(true),
    }),
    response: z.array(jobSchema),
  }),
  endpoint({
    id: "jobs.retrieve",
    method: "get",
    path: "/v1/jobs/{job_id}",
    summary: "Retrieve a job",
    params: jobParams,
    response: jobSchema,
  }),
  endpoint({
    id: "jobs.cancel",
    method: "patch",
    path: "/v1/jobs/{job_id}/cancel",
    summary: "Cancel a job; one that is over stays as it is",
    params: jobParams,
    response: jobSchema,
  }),
  endpoint({
    id: "jobs.delete",
    method: "delete",
    path: "/v1/jobs/{job_id}",
    summary: "Delete a job that is over; the runs that it started stay",
    params: jobParams,
    response: jobSchema,
  }),
  endpoint({
    id: "callbacks.secret",
    method: "get",
    path: "/v1/callbacks/secret",
    summary: "The secret that callbacks are signed with, for whoever receives them to check",
    own: true,
    response: z
      .object({
        secret: z.string(),
        header: z.string(),
        scheme: z.string().describe("How the value of the header is made"),
      })
      .openapi("CallbackSecret"),
  }),
] as const;
