import type { Paging } from "@/lib/api/common";
import type { CreateSchedule, WireFiring, WireSchedule } from "@/lib/api/schedules";
import type { AgentConfig } from "../agent-config/agent-config";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Prisma } from "../db/generated/client";
import { storableJson } from "../db/json";
import { requirePublicUrl } from "../net/public-url";
import { messageInputs } from "../run/request";
import { nextTime } from "./cron";
import { armSchedule, sendFiring } from "./fire";
import { type ScheduleRow, toWireFirings, toWireSchedules } from "./schedule-wire";

/**
 * Keeps messages to be sent later, once or again and again. What is due while no server runs is sent when one starts:
 * once, however many times of a recurring one have passed.
 *
 * @throws ApiError `not-found` for the agent, 422 for an expression or a timezone that can't be used, 400 for a callback
 * to an address that may not be called.
 */
export async function createSchedule(ctx: Ctx, agentId: string, body: CreateSchedule) {
  const { schedule: when, callback_url: callbackUrl = null, ...request } = body;
  // What could not be sent is refused now.
  messageInputs({ messages: request.messages });
  if (callbackUrl) await requirePublicUrl(callbackUrl, ctx.config.allowPrivateUrls);
  const timezone = await timezoneOf(ctx, agentId);
  const now = ctx.now();
  const timing =
    when.type === "recurring"
      ? recurring(when.cron_expression, when.timezone ?? timezone, now)
      : { scheduledAt: new Date(when.scheduled_at), timezone, nextAt: new Date(when.scheduled_at) };
  const row = await ctx.db.prisma.schedule.create({
    data: {
      id: newId("schedule"),
      organizationId: ctx.actor.organizationId,
      agentId,
      request: JSON.parse(storableJson(request)),
      ...timing,
      callbackUrl,
      createdById: ctx.actor.userId,
      createdAt: now,
    },
  });
  await armSchedule(ctx, row.id, timing.nextAt);
  return { id: row.id, next_scheduled_at: timing.nextAt.toISOString() };
}

function recurring(expression: string, timezone: string, now: Date) {
  const cron = expression.trim();
  return { cron, timezone, nextAt: nextTime(cron, timezone, now) };
}

/** @throws ApiError `not-found`. */
async function timezoneOf(ctx: Ctx, agentId: string): Promise<string> {
  const [row] = await ctx.db.query<{ config: AgentConfig }>(
    `SELECT v.config FROM agent a JOIN agent_version v ON v.id = a.version_id WHERE a.id = $1 AND a.organization_id = $2`,
    [agentId, ctx.actor.organizationId],
  );
  if (!row) throw notFound("agent", agentId);
  return row.config.timezone || "UTC";
}

/** @throws ApiError `not-found`. */
async function getSchedule(ctx: Ctx, agentId: string, id: string): Promise<ScheduleRow> {
  const row = await ctx.db.prisma.schedule.findFirst({
    where: { id, agentId, organizationId: ctx.actor.organizationId },
    include: { agent: { select: { name: true } } },
  });
  if (!row) throw notFound("scheduled message", id);
  return row;
}

export async function retrieveSchedule(ctx: Ctx, agentId: string, id: string): Promise<WireSchedule> {
  const [wire] = await toWireSchedules(ctx, [await getSchedule(ctx, agentId, id)]);
  return wire!;
}

/** What a firing has not sent yet is not sent any more; a run that goes on goes on. @throws ApiError `not-found`. */
export async function deleteSchedule(ctx: Ctx, agentId: string, id: string): Promise<{ success: true }> {
  await getSchedule(ctx, agentId, id);
  await ctx.db.prisma.schedule.deleteMany({ where: { id } });
  return { success: true };
}

export async function listAgentSchedules(ctx: Ctx, agentId: string, query: { limit: number; after?: string | null }) {
  await timezoneOf(ctx, agentId);
  const paging = { after: query.after, limit: query.limit + 1, order: "desc", order_by: "created_at" } as const;
  const rows = await pageOfSchedules(ctx, paging, { agentId });
  return {
    scheduled_messages: await toWireSchedules(ctx, rows.slice(0, query.limit)),
    has_next_page: rows.length > query.limit,
  };
}

export async function listSchedules(ctx: Ctx, query: Paging & { agent_id?: string | null }): Promise<WireSchedule[]> {
  return toWireSchedules(ctx, await pageOfSchedules(ctx, query, query.agent_id ? { agentId: query.agent_id } : {}));
}

async function pageOfSchedules(ctx: Ctx, paging: Paging, filter: Prisma.ScheduleWhereInput): Promise<ScheduleRow[]> {
  const mine = { organizationId: ctx.actor.organizationId, ...filter };
  const page = await keyset({
    paging,
    kind: "scheduled message",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.schedule.findFirst({ where: { id, ...mine } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.schedule.findMany({
    where: { AND: [mine, page.where] },
    include: { agent: { select: { name: true } } },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page);
}

/** @throws ApiError `not-found`. */
export async function listFirings(ctx: Ctx, agentId: string, id: string, paging: Paging): Promise<WireFiring[]> {
  await getSchedule(ctx, agentId, id);
  const page = await keyset({
    paging,
    kind: "firing",
    field: "firedAt",
    find: async (cursor) => {
      const row = await ctx.db.prisma.scheduleFiring.findFirst({ where: { id: cursor, scheduleId: id } });
      return row && { id: cursor, at: row.firedAt };
    },
  });
  const rows = await ctx.db.prisma.scheduleFiring.findMany({
    where: { AND: [{ scheduleId: id }, page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return toWireFirings(ctx, inListOrder(rows, page));
}

/** Sends the messages now, whatever its times are. @throws ApiError `not-found`. */
export async function runSchedule(ctx: Ctx, agentId: string, id: string): Promise<WireFiring> {
  await getSchedule(ctx, agentId, id);
  const now = ctx.now();
  const firing = await ctx.db.prisma.scheduleFiring.create({
    data: { id: newId("firing"), scheduleId: id, dueAt: now, firedAt: now, trigger: "manual" },
  });
  await sendFiring(ctx, firing.id);
  const [wire] = await toWireFirings(ctx, [firing]);
  return wire!;
}
