import { z } from "@hono/zod-openapi";
import { idSchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { httpUrl, shortText } from "./fields";
import { contentSchema } from "./messages";

const MESSAGE_TYPES = [
  "system_message",
  "user_message",
  "assistant_message",
  "reasoning_message",
  "hidden_reasoning_message",
  "tool_call_message",
  "tool_return_message",
  "approval_request_message",
  "approval_response_message",
] as const;

/** The last moment that has a date of four digits. */
const MAX_MS = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

const recurring = z.object({
  type: z.literal("recurring"),
  cron_expression: z.string().min(1).max(255).describe("Five fields: minute, hour, day of month, month, day of week"),
  timezone: shortText
    .nullish()
    .describe("Memoir's own. IANA name of the clock that the expression means; the agent's own unless given"),
});
const oneTime = z.object({
  type: z.literal("one-time").default("one-time"),
  scheduled_at: z
    .number()
    .min(0)
    .max(MAX_MS)
    .transform(Math.floor)
    .describe("Milliseconds since 1970; a time that has passed is now"),
});
const whenSchema = z.union([recurring, oneTime]);
export type When = z.output<typeof whenSchema>;

const scheduledMessage = z.object({
  type: z.literal("message").default("message"),
  role: z.enum(["user", "assistant", "system"]),
  content: contentSchema,
  name: z.string().nullish(),
  otid: z.string().nullish().describe("Not kept: each sending has one of its own"),
  sender_id: z.string().nullish(),
});

const requestFields = {
  messages: z.array(scheduledMessage).min(1),
  max_steps: z.number().int().min(1).max(10_000).nullish(),
  callback_url: httpUrl.nullish().describe("Posted to when a run that the schedule starts ends, signed"),
  include_return_message_types: z.array(z.enum(MESSAGE_TYPES)).nullish(),
};

const createScheduleBody = z.object({ ...requestFields, schedule: whenSchema }).openapi("ScheduleCreate");
export type CreateSchedule = z.output<typeof createScheduleBody>;

/** As replies have them: nothing is left to a default. */
const shownMessage = scheduledMessage.extend({ type: z.literal("message") });
const shownWhen = z.union([recurring, z.object({ type: z.literal("one-time"), scheduled_at: z.number() })]);

const firingSchema = z
  .object({
    id: z.string(),
    schedule_id: z.string(),
    due_at: timestamp,
    fired_at: timestamp,
    trigger: z.enum(["due", "manual"]),
    run_id: z.string().nullable().describe("Null until the messages are sent"),
    run_status: z.string().nullable(),
    error: z.string().nullable().describe("Why the messages were not sent"),
  })
  .openapi("ScheduleFiring");
export type WireFiring = z.output<typeof firingSchema>;

export const scheduleSchema = z
  .object({
    id: z.string(),
    agent_id: z.string(),
    message: z.object({
      messages: z.array(shownMessage),
      max_steps: z.number().int().optional(),
      callback_url: z.string().optional(),
      include_return_message_types: z.array(z.enum(MESSAGE_TYPES)).optional(),
    }),
    next_scheduled_time: timestamp.nullable().describe("Null when there is nothing more to send"),
    schedule: shownWhen,
    created_at: timestamp.describe("Memoir's own"),
    agent_name: z.string().describe("Memoir's own"),
    last_firing: firingSchema.nullable().describe("Memoir's own"),
  })
  .openapi("ScheduledMessage");
export type WireSchedule = z.output<typeof scheduleSchema>;

const agentParams = z.object({ agent_id: idSchema("agent") });
const scheduleParams = z.object({ agent_id: idSchema("agent"), scheduled_message_id: idSchema("schedule") });

export const SCHEDULE_ENDPOINTS = [
  endpoint({
    id: "agents.schedule.create",
    method: "post",
    path: "/v1/agents/{agent_id}/schedule",
    summary: "Have messages sent to an agent at a time, or again and again",
    params: agentParams,
    body: createScheduleBody,
    response: z.object({ id: z.string(), next_scheduled_at: timestamp }),
    status: 201,
  }),
  endpoint({
    id: "agents.schedule.list",
    method: "get",
    path: "/v1/agents/{agent_id}/schedule",
    summary: "List an agent's scheduled messages, newest first",
    params: agentParams,
    query: z.object({
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      after: z.string().nullish(),
    }),
    response: z.object({ scheduled_messages: z.array(scheduleSchema), has_next_page: z.boolean() }),
  }),
  endpoint({
    id: "agents.schedule.retrieve",
    method: "get",
    path: "/v1/agents/{agent_id}/schedule/{scheduled_message_id}",
    summary: "Retrieve a scheduled message",
    params: scheduleParams,
    response: scheduleSchema,
  }),
  endpoint({
    id: "agents.schedule.delete",
    method: "delete",
    path: "/v1/agents/{agent_id}/schedule/{scheduled_message_id}",
    summary: "Delete a scheduled message with the history of its firings; runs that it started stay",
    params: scheduleParams,
    response: z.object({ success: z.literal(true) }),
  }),
  endpoint({
    id: "agents.schedule.run",
    method: "post",
    path: "/v1/agents/{agent_id}/schedule/{scheduled_message_id}/run",
    summary: "Send a scheduled message now, besides its times",
    own: true,
    params: scheduleParams,
    response: firingSchema,
  }),
  endpoint({
    id: "agents.schedule.firings",
    method: "get",
    path: "/v1/agents/{agent_id}/schedule/{scheduled_message_id}/firings",
    summary: "List the times that a scheduled message was sent, or was to be",
    own: true,
    params: scheduleParams,
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(firingSchema),
  }),
  endpoint({
    id: "schedules.list",
    method: "get",
    path: "/v1/schedules",
    summary: "List the scheduled messages of all agents",
    own: true,
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), agent_id: z.string().nullish() }),
    response: z.array(scheduleSchema),
  }),
] as const;
