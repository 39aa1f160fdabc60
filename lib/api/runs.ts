import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, queryBoolean, queryList, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { dateTime, position, shortText } from "./fields";
import { wireMessageSchema } from "./messages";

export const runSchema = z
  .object({
    id: z.string(),
    status: z.enum(["created", "running", "completed", "failed", "cancelled"]),
    created_at: timestamp,
    completed_at: timestamp.nullable(),
    agent_id: z.string(),
    conversation_id: z.string().nullable(),
    base_template_id: z.string().nullable(),
    background: z.boolean(),
    metadata: jsonObject.nullable(),
    request_config: jsonObject.nullable(),
    stop_reason: z.string().nullable(),
    awaits_approval: z.boolean().optional().describe("Own: of a run that asked for approval, whether it still waits"),
    callback_url: z.string().nullable(),
    callback_sent_at: z.string().nullable(),
    callback_status_code: z.number().nullable(),
    callback_error: z.string().nullable(),
    ttft_ns: z.number().nullable(),
    total_duration_ns: z.number().nullable(),
  })
  .openapi("Run");
export type WireRun = z.output<typeof runSchema>;

/** Own: what nobody knows is null, and so is a sum with it. */
export const cost = z.number().nullable().describe("Dollars, by the prices of the day; null where they are not known");

const tokenDetails = z.record(z.string(), z.number().nullable()).nullable();
export const runUsageSchema = z
  .object({
    completion_tokens: z.number(),
    prompt_tokens: z.number(),
    total_tokens: z.number(),
    prompt_tokens_details: tokenDetails,
    completion_tokens_details: tokenDetails,
    cost,
  })
  .openapi("UsageStatistics");

export const stepSchema = z
  .object({
    id: z.string(),
    origin: z.string().nullable(),
    provider_id: z.string().nullable(),
    run_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    provider_name: z.string().nullable(),
    provider_category: z.string().nullable(),
    model: z.string().nullable(),
    model_handle: z.string().nullable(),
    model_endpoint: z.string().nullable(),
    context_window_limit: z.number().nullable(),
    completion_tokens: z.number().nullable(),
    prompt_tokens: z.number().nullable(),
    total_tokens: z.number().nullable(),
    cached_input_tokens: z.number().nullable(),
    cache_write_tokens: z.number().nullable(),
    reasoning_tokens: z.number().nullable(),
    cost,
    completion_tokens_details: tokenDetails,
    prompt_tokens_details: tokenDetails,
    stop_reason: z.string().nullable(),
    tags: z.array(z.string()),
    tid: z.string().nullable(),
    trace_id: z.string().nullable(),
    request_id: z.string().nullable(),
    messages: z.array(z.unknown()),
    feedback: z.enum(["positive", "negative"]).nullable(),
    project_id: z.string().nullable(),
    error_type: z.string().nullable(),
    error_data: jsonObject.nullable(),
    status: z.enum(["pending", "success", "failed", "cancelled"]),
    created_at: timestamp.describe("Memoir's own"),
    conversation_id: z.string().describe("Memoir's own: the conversation, the agent's default one too"),
    timings: jsonObject.describe("Memoir's own. Milliseconds: context, ttft, model, tools, save"),
    tool_calls: z
      .array(
        z.object({
          call_id: z.string(),
          name: z.string(),
          status: z.string(),
          started_at: timestamp,
          ended_at: timestamp.nullable(),
        }),
      )
      .describe("Memoir's own"),
  })
  .openapi("Step");
export type WireStep = z.output<typeof stepSchema>;

export const stepMetricsSchema = z
  .object({
    id: z.string(),
    organization_id: z.string().nullable(),
    provider_id: z.string().nullable(),
    run_id: z.string().nullable(),
    agent_id: z.string().nullable(),
    step_start_ns: z.number().nullable(),
    llm_request_start_ns: z.number().nullable(),
    llm_request_ns: z.number().nullable(),
    tool_execution_ns: z.number().nullable(),
    step_ns: z.number().nullable(),
    base_template_id: z.string().nullable(),
    template_id: z.string().nullable(),
    project_id: z.string().nullable(),
  })
  .openapi("StepMetrics");

/** Positions are counted in UTF-16 code units, as JavaScript does. */
export const runningCallSchema = z
  .object({
    tool_call_id: z.string(),
    tool_name: z.string(),
    step_id: z.string().nullable().describe("Null for a call that came with a fork, whose step is the original's"),
    status: z
      .enum(["running", "success", "error", "cancelled"])
      .describe("One that has ended waits for the others of its step: they are returned together"),
    started_at: timestamp,
    ended_at: timestamp.nullable(),
    elapsed_ms: z.number().describe("Since it began, by the server's clock"),
    output: z
      .array(z.object({ stream: z.enum(["stdout", "stderr"]), text: z.string() }))
      .describe("What it has printed so far, the last 20,000 characters of it"),
    output_from: z.number().int().describe("How many characters it had printed before these"),
  })
  .openapi("RunningToolCall");
export type WireRunningCall = z.output<typeof runningCallSchema>;

export const replaySchema = z
  .object({
    run_id: z.string(),
    identical: z.boolean().describe("Whether what came is what the run made, byte for byte"),
    first_difference: z.string().nullable(),
    model_calls: z.number().int().describe("Answers of models that came from the record; no model was asked"),
    tool_returns: z.number().int().describe("Returns that came from the record; no tool was run"),
    messages: z
      .array(wireMessageSchema)
      .describe("What the request had brought, and what came, as the run's messages are shown"),
  })
  .openapi("Replay");
export type WireReplay = z.output<typeof replaySchema>;

export const changedReplayBody = z
  .object({
    system: z.string().nullish().describe("Another system prompt"),
    model: shortText.nullish().describe("Another model"),
    blocks: z.record(z.string(), z.string()).nullish().describe("Other values of memory blocks, by label"),
    message: z.string().nullish().describe("Said in the place of what the request had said"),
    tool_returns: z
      .record(z.string(), z.string())
      .nullish()
      .describe("Other returns of tools, by the id of the call: the tool is not run"),
  })
  .openapi("ChangedReplay");
export type ChangedReplay = z.output<typeof changedReplayBody>;

export const replayForkSchema = z
  .object({
    agent_id: z.string().describe("The fork on which it runs: nothing of the original is touched"),
    conversation_id: z.string(),
    run_id: z
      .string()
      .describe("Under way when this is answered; `metadata.replay` says at its end what came from the record"),
    notes: z.array(z.string()).describe("What of the fork is not as it was, in words"),
  })
  .openapi("ReplayFork");
export type WireReplayFork = z.output<typeof replayForkSchema>;

const runParams = z.object({ run_id: idSchema("run") });
const stepParams = z.object({ step_id: idSchema("step") });
export const runStatus = z.enum(["created", "running", "completed", "failed", "cancelled"]);

export const resumeBody = z.object({
  starting_after: position.default(0),
  include_pings: z.boolean().default(true),
  poll_interval: z.number().nullish(),
  batch_size: z.number().int().nullish(),
});

export const RUN_ENDPOINTS = [
  endpoint({
    id: "runs.list",
    method: "get",
    path: "/v1/runs",
    summary: "List runs",
    query: z.object({
      ...pagingQuery({ limit: 100, order: "desc" }),
      agent_id: z.string().nullish(),
      agent_ids: queryList(z.string()),
      statuses: queryList(runStatus),
      background: queryBoolean.nullish(),
      stop_reason: z.string().nullish(),
      conversation_id: z.string().nullish(),
      active: queryBoolean.default(false),
      ascending: queryBoolean.nullish(),
    }),
    response: z.array(runSchema),
  }),
  endpoint({
    id: "runs.active",
    method: "get",
    path: "/v1/runs/active",
    summary: "List runs that are not over, newest first",
    query: z.object({
      agent_id: z.string().nullish(),
      agent_ids: queryList(z.string()).describe("Of an older contract"),
      background: queryBoolean.nullish(),
    }),
    response: z.array(runSchema),
  }),
  endpoint({
    id: "runs.delete",
    method: "delete",
    path: "/v1/runs/{run_id}",
    summary: "Delete a run that is over; what it wrote stays: messages, steps, memory and its history",
    params: runParams,
    response: runSchema.describe("The run as it was"),
  }),
  endpoint({
    id: "runs.retrieve",
    method: "get",
    path: "/v1/runs/{run_id}",
    summary: "Retrieve a run",
    params: runParams,
    response: runSchema,
  }),
  endpoint({
    id: "runs.messages.list",
    method: "get",
    path: "/v1/runs/{run_id}/messages",
    summary: "List a run's messages, the request's own among them",
    params: runParams,
    query: z.object(pagingQuery({ limit: 100, order: "asc" })),
    response: z.array(wireMessageSchema),
  }),
  endpoint({
    id: "runs.messages.stream",
    method: "post",
    path: "/v1/runs/{run_id}/stream",
    summary: "Follow a background run, from where a stream was cut",
    params: runParams,
    body: resumeBody,
    bodyOptional: true,
    response: wireMessageSchema,
    streams: true,
  }),
  endpoint({
    id: "runs.steps.list",
    method: "get",
    path: "/v1/runs/{run_id}/steps",
    summary: "List a run's steps",
    params: runParams,
    query: z.object({ ...pagingQuery({ limit: 100, order: "desc" }), tags: queryList(z.string()) }),
    response: z.array(stepSchema),
  }),
  endpoint({
    id: "runs.toolCalls.list",
    method: "get",
    path: "/v1/runs/{run_id}/tool-calls",
    summary: "List the tool calls that a run is at now, with what they have printed; none for a run of another process",
    own: true,
    params: runParams,
    response: z.array(runningCallSchema),
  }),
  endpoint({
    id: "runs.toolCalls.cancel",
    method: "post",
    path: "/v1/runs/{run_id}/tool-calls/{tool_call_id}/cancel",
    summary: "Cancel one tool call while it runs; the agent is told, and the run goes on",
    own: true,
    params: runParams.extend({ tool_call_id: z.string().min(1) }),
    response: z.object({ run_id: z.string(), tool_call_id: z.string(), status: z.literal("cancelled") }),
  }),
  endpoint({
    id: "runs.usage.retrieve",
    method: "get",
    path: "/v1/runs/{run_id}/usage",
    summary: "Tokens of a run, summed over its steps",
    params: runParams,
    response: runUsageSchema,
  }),
  endpoint({
    id: "runs.metrics.retrieve",
    method: "get",
    path: "/v1/runs/{run_id}/metrics",
    summary: "How long a run took and which tools it used",
    params: runParams,
    response: jsonObject,
  }),
  endpoint({
    id: "runs.trace.retrieve",
    method: "get",
    path: "/v1/runs/{run_id}/trace",
    summary: "A run as spans: steps, model calls and tools",
    params: runParams,
    query: z.object({ limit: z.coerce.number().int().min(1).max(10_000).default(1000) }),
    response: z.array(jsonObject),
  }),
  endpoint({
    id: "runs.replay",
    method: "post",
    path: "/v1/runs/{run_id}/replay",
    summary: "Run a run again from its record, without a model and without a tool, and compare; nothing is written",
    own: true,
    params: runParams,
    response: replaySchema,
  }),
  endpoint({
    id: "runs.replayChanged",
    method: "post",
    path: "/v1/runs/{run_id}/replay/changed",
    summary:
      "Run a run again with something changed, on a fork: from the record as long as the same is asked, then by the model",
    own: true,
    params: runParams,
    body: changedReplayBody,
    response: replayForkSchema,
  }),
  endpoint({
    id: "steps.list",
    method: "get",
    path: "/v1/steps",
    summary: "List steps",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      agent_id: z.string().nullish(),
      trace_ids: queryList(z.string()),
      feedback: z.enum(["positive", "negative"]).nullish(),
      has_feedback: queryBoolean.nullish(),
      tags: queryList(z.string()),
      project_id: z.string().nullish(),
      start_date: dateTime.nullish(),
      end_date: dateTime.nullish(),
      model: z.string().nullish(),
    }),
    response: z.array(stepSchema),
  }),
  endpoint({
    id: "steps.retrieve",
    method: "get",
    path: "/v1/steps/{step_id}",
    summary: "Retrieve a step",
    params: stepParams,
    response: stepSchema,
  }),
  endpoint({
    id: "steps.metrics.retrieve",
    method: "get",
    path: "/v1/steps/{step_id}/metrics",
    summary: "How long a step took, in nanoseconds",
    params: stepParams,
    response: stepMetricsSchema,
  }),
  endpoint({
    id: "steps.trace.retrieve",
    method: "get",
    path: "/v1/steps/{step_id}/trace",
    summary: "What the model was sent and what it answered; null if it was not asked",
    params: stepParams,
    response: jsonObject.nullable(),
  }),
  endpoint({
    id: "telemetry.retrieve",
    method: "get",
    path: "/v1/telemetry/{step_id}",
    summary: "The old address of a step's trace",
    params: stepParams,
    response: jsonObject.nullable(),
    deprecated: true,
  }),
  endpoint({
    id: "steps.messages.list",
    method: "get",
    path: "/v1/steps/{step_id}/messages",
    summary: "List a step's messages",
    params: stepParams,
    query: z.object(pagingQuery({ limit: 100, order: "asc" })),
    response: z.array(wireMessageSchema),
  }),
  endpoint({
    id: "steps.feedback.create",
    method: "patch",
    path: "/v1/steps/{step_id}/feedback",
    summary: "Say that a step was good or bad",
    params: stepParams,
    query: z.object({
      feedback: z.enum(["positive", "negative"]).nullish().describe("As the older client sends it, without a body"),
    }),
    body: z.object({ feedback: z.enum(["positive", "negative"]).nullish(), tags: z.array(z.string()).nullish() }),
    bodyOptional: true,
    response: stepSchema,
  }),
] as const;
