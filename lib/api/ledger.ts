import { z } from "@hono/zod-openapi";
import { blockVersionSchema, causeSchema } from "./blocks";
import { idSchema, jsonObject, queryBoolean, queryList, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { erasureSchema } from "./erasures";
import { agentName, shortText } from "./fields";
import { wireMessageSchema } from "./messages";
import { runUsageSchema } from "./runs";
import { contextDiffSchema, stepContextSchema } from "./step-context";

const at = {
  seq: z.number().describe("Place in the ledger"),
  created_at: timestamp,
  origin_agent_id: z
    .string()
    .optional()
    .describe("Whose entry it is, where it is that of an agent this one was forked from"),
};

/** One mark on the time line. */
export const timelineEntrySchema = z
  .discriminatedUnion("type", [
    z.object({
      type: z.literal("step"),
      ...at,
      id: z.string(),
      number: z.number().int().describe("From 1, among all steps of the agent"),
      run_id: z.string(),
      conversation_id: z.string(),
      status: z.string(),
      stop_reason: z.string().nullable(),
      model_handle: z.string(),
      prompt_tokens: z.number().nullable(),
      completion_tokens: z.number().nullable(),
      context_tokens: z.number().describe("In the model's context; an estimate where the provider gave none"),
      timings: jsonObject,
      tool_calls: z.array(z.object({ name: z.string(), status: z.string() })),
      preview: z.string().describe("The first words that were said"),
    }),
    z.object({
      type: z.literal("block-version"),
      ...at,
      id: z.string(),
      block_id: z.string(),
      label: z.string(),
      number: z.number().int(),
      operation: z.string(),
      cause: causeSchema,
      step_id: z.string().nullable(),
      agent_id: z.string().nullable(),
      chars_before: z.number().int(),
      chars_after: z.number().int(),
    }),
    z.object({
      type: z.literal("passage-event"),
      ...at,
      id: z.string(),
      event: z.enum(["insert", "delete", "search"]),
      passage_id: z.string().nullable(),
      text: z.string().nullable().describe("The passage's text, or the query"),
      cause: causeSchema,
      step_id: z.string().nullable(),
    }),
    z.object({
      type: z.literal("compaction"),
      ...at,
      id: z.string(),
      conversation_id: z.string(),
      step_id: z.string().nullable(),
      trigger: z.string(),
      mode: z.string(),
      summary: z.string(),
      stats: jsonObject,
      cause: causeSchema,
    }),
    z.object({
      type: z.literal("agent-version"),
      ...at,
      id: z.string(),
      number: z.number().int(),
      operation: z.string(),
      cause: causeSchema,
      changed: z.array(z.string()).describe("Keys of the configuration that differ from the version before"),
    }),
    z.object({
      type: z.literal("resource-event"),
      ...at,
      id: z.string(),
      resource: z.string().describe("archive, conversation, file, folder, identity or run"),
      resource_id: z.string(),
      name: z.string().describe("What it was called then; empty for what has no name"),
      operation: z.enum(["attach", "detach", "delete"]),
      cause: causeSchema,
    }),
    z.object({
      type: z.literal("erasure"),
      ...at,
      id: z.string(),
      resource: z.string().describe("What was erased; nothing of what it said is left"),
      resource_id: z.string(),
      counts: erasureSchema.shape.counts,
      cause: causeSchema,
    }),
  ])
  .openapi("TimelineEntry");
export type TimelineEntry = z.output<typeof timelineEntrySchema>;

const attached = {
  id: z.string(),
  name: z.string(),
  assumed: z.boolean().describe("True where nothing was recorded of when the agent got it"),
};

export const agentStateAtSchema = z
  .object({
    step_id: z.string(),
    moment: z.enum(["before", "after"]),
    agent_id: z.string(),
    conversation_id: z.string(),
    at: timestamp,
    agent_version: z.object({ id: z.string(), number: z.number().int(), cause: causeSchema, config: jsonObject }),
    blocks: z.array(blockVersionSchema),
    tools: z.array(z.object({ name: z.string(), description: z.string() })),
    archives: z.array(z.object(attached)),
    folders: z.array(
      z.object({
        ...attached,
        files: z
          .array(z.object({ id: z.string(), name: z.string(), is_open: z.boolean() }))
          .describe("As the prompt in force showed them"),
      }),
    ),
    identities: z.array(z.object(attached)),
    messages_in_context: z.array(wireMessageSchema),
    passages: z.object({
      count: z.number().int().describe("How many there were; `items` are a page of them, newest first"),
      items: z.array(
        z.object({
          id: z.string(),
          archive_id: z.string(),
          text: z.string(),
          tags: z.array(z.string()),
          created_at: timestamp,
        }),
      ),
    }),
  })
  .openapi("AgentStateAt");

export const forkBody = z
  .object({
    moment: z
      .enum(["before", "after"])
      .default("before")
      .describe("As the model was shown it, before the step; or with what the step did"),
    into: z
      .enum(["agent", "conversation"])
      .default("agent")
      .describe(
        "A new agent, with copies of all that was its own; or a new conversation, with a memory of its own as of the step and all else as the agent is today",
      ),
    name: agentName.nullish(),
    changes: z
      .object({
        blocks: z.record(z.string(), z.string()).nullish().describe("Label → value"),
        system: z.string().nullish(),
        model: shortText.nullish(),
        drop_tools: z.array(z.string()).nullish(),
        message: z.string().nullish().describe("In the place of the last user message"),
      })
      .nullish(),
  })
  .openapi("Fork");

export const forkedSchema = z
  .object({
    agent_id: z.string(),
    conversation_id: z.string(),
    run_id: z.string().nullable(),
    notes: z.array(z.string()).describe("What is not as it was as of the step, in words"),
  })
  .openapi("Forked");

export const agentUsageSchema = runUsageSchema
  .extend({
    steps: z.number().int(),
    unpriced_steps: z.number().int().describe("Steps whose price is not known"),
    known_cost: z
      .number()
      .nullable()
      .describe("Dollars, of the steps whose price is known; `cost` is null where one is not"),
  })
  .openapi("AgentUsage");

const stepNumber = z.coerce.number().int().min(1).max(1_000_000_000);

/** Which steps, by the numbers that the entries have; each with what happened until the next. */
const timelineRange = {
  from_step: stepNumber.nullish().describe("Only from the step with this number on"),
  to_step: stepNumber.nullish().describe("Only until the step after the one with this number"),
  last_steps: stepNumber.nullish().describe("Only so many of the newest steps, and what came after them"),
  around: idSchema("step").nullish().describe("Only this step"),
};

/** Which steps to keep, with what they did; `limit` counts steps then. All that are given must hold. */
const timelineFilter = {
  conversation_id: z.string().nullish(),
  did: queryList(z.enum(["write", "error", "compaction"])).describe("Steps that did any of these"),
  block_id: z.string().nullish().describe("Steps that wrote this block, or after which another did"),
  tool: shortText.nullish().describe("Steps that called the tool of this name"),
  search: z
    .string()
    .max(200)
    .nullish()
    .describe("Steps in which this was said, or before or after which it came into a block or went out of it"),
};

const agentParams = z.object({ agent_id: idSchema("agent") });
const stepParams = z.object({ step_id: idSchema("step") });

export const LEDGER_ENDPOINTS = [
  endpoint({
    id: "agents.timeline",
    method: "get",
    path: "/v1/agents/{agent_id}/timeline",
    summary: "All that happened to an agent, in the order of the ledger: steps, memory, compactions, versions",
    own: true,
    params: agentParams,
    query: z.object({
      before: z.coerce.number().int().nullish().describe("Only what comes before this `seq`"),
      after: z.coerce.number().int().nullish().describe("Only what comes after this `seq`"),
      limit: z.coerce.number().int().min(1).max(1000).default(200),
      order: z.enum(["asc", "desc"]).default("desc"),
      types: z.string().nullish().describe("Comma-separated entry types"),
      with_origin: queryBoolean
        .default(false)
        .describe("Also what happened to the agents that this one was forked from, up to the fork"),
      ...timelineRange,
      ...timelineFilter,
    }),
    response: z.array(timelineEntrySchema),
  }),
  endpoint({
    id: "agents.usage",
    method: "get",
    path: "/v1/agents/{agent_id}/usage",
    summary: "What an agent has used since it was made: tokens, cached and written ones, and cost",
    own: true,
    params: agentParams,
    response: agentUsageSchema,
  }),
  endpoint({
    id: "agents.state",
    method: "get",
    path: "/v1/agents/{agent_id}/state",
    summary: "Everything as of a step",
    own: true,
    params: agentParams,
    query: z.object({
      step_id: idSchema("step"),
      moment: z.enum(["before", "after"]).default("after"),
      passage_limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Passages of a page"),
      passage_after: z.string().nullish().describe("Id of the last passage of the page before"),
    }),
    response: agentStateAtSchema,
  }),
  endpoint({
    id: "steps.context",
    method: "get",
    path: "/v1/steps/{step_id}/context",
    summary: "What the model was shown in a step, by section",
    own: true,
    params: stepParams,
    response: stepContextSchema,
  }),
  endpoint({
    id: "steps.context.diff",
    method: "get",
    path: "/v1/steps/{step_id}/context/diff",
    summary: "What changed in the context between another step and this one, and why",
    own: true,
    params: stepParams,
    query: z.object({ with: idSchema("step") }),
    response: contextDiffSchema,
  }),
  endpoint({
    id: "steps.fork",
    method: "post",
    path: "/v1/steps/{step_id}/fork",
    summary: "A new agent or conversation whose state is exactly as of a step, with what is changed on purpose",
    own: true,
    params: stepParams,
    body: forkBody,
    bodyOptional: true,
    response: forkedSchema,
  }),
  endpoint({
    id: "events.stream",
    method: "get",
    path: "/v1/events",
    summary: "Runs, steps and memory writes as they happen, as server-sent events",
    own: true,
    query: z.object({ agent_id: z.string().nullish() }),
    response: jsonObject,
    streams: true,
  }),
  endpoint({
    id: "agents.context",
    method: "get",
    path: "/v1/agents/{agent_id}/context",
    summary: "What is in an agent's context window now",
    params: agentParams,
    query: z.object({ conversation_id: z.string().nullish() }),
    response: jsonObject,
  }),
  endpoint({
    id: "agents.context.sections",
    method: "get",
    path: "/v1/agents/{agent_id}/context/sections",
    summary: "What the model would be shown now, by section: the live twin of a step's context",
    own: true,
    params: agentParams,
    query: z.object({ conversation_id: z.string().nullish() }),
    response: stepContextSchema.omit({ step_id: true }),
  }),
  endpoint({
    id: "agents.recompile",
    method: "post",
    path: "/v1/agents/{agent_id}/recompile",
    summary: "Render an agent's system prompt anew",
    params: agentParams,
    query: z.object({ update_timestamp: queryBoolean.default(false), dry_run: queryBoolean.default(false) }),
    response: z.string(),
  }),
  endpoint({
    id: "conversations.recompile",
    method: "post",
    path: "/v1/conversations/{conversation_id}/recompile",
    summary: "Render a conversation's system prompt anew",
    params: z.object({ conversation_id: z.string() }),
    query: z.object({ dry_run: queryBoolean.default(false) }),
    body: z.object({ agent_id: z.string().nullish(), compaction_settings: jsonObject.nullish() }),
    bodyOptional: true,
    response: z.string(),
  }),
] as const;
