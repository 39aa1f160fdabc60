import type { CreateSchedule, When, WireFiring, WireSchedule } from "@/lib/api/schedules";
import type { Ctx } from "../core/core";
import type { ScheduleFiringModel, ScheduleModel } from "../db/generated/models";

export type ScheduleRow = ScheduleModel & { agent: { name: string } };
type Request = Omit<CreateSchedule, "schedule" | "callback_url">;

/** Two statements more than the rows took, however many they are. */
export async function toWireSchedules(ctx: Ctx, rows: readonly ScheduleRow[]): Promise<WireSchedule[]> {
  const last = await lastFirings(ctx, rows);
  return rows.map((row) => {
    const { messages, max_steps, include_return_message_types } = row.request as Request;
    return {
      id: row.id,
      agent_id: row.agentId,
      message: {
        messages,
        ...(max_steps == null ? {} : { max_steps }),
        ...(row.callbackUrl === null ? {} : { callback_url: row.callbackUrl }),
        ...(include_return_message_types == null ? {} : { include_return_message_types }),
      },
      next_scheduled_time: row.nextAt?.toISOString() ?? null,
      schedule: whenOf(row),
      created_at: row.createdAt.toISOString(),
      agent_name: row.agent.name,
      last_firing: last.get(row.id) ?? null,
    };
  });
}

function whenOf({ cron, timezone, scheduledAt }: ScheduleModel): When {
  if (cron !== null) return { type: "recurring", cron_expression: cron, timezone };
  return { type: "one-time", scheduled_at: scheduledAt?.getTime() ?? 0 };
}

async function lastFirings(ctx: Ctx, rows: readonly ScheduleRow[]): Promise<Map<string, WireFiring>> {
  if (rows.length === 0) return new Map();
  const ids = await ctx.db.query<{ id: string }>(
    `SELECT f.id FROM unnest($1::text[]) AS s(id) CROSS JOIN LATERAL
       (SELECT id FROM schedule_firing WHERE schedule_id = s.id ORDER BY fired_at DESC, id DESC LIMIT 1) f`,
    [rows.map((row) => row.id)],
  );
  const firings = await ctx.db.prisma.scheduleFiring.findMany({ where: { id: { in: ids.map((row) => row.id) } } });
  return new Map((await toWireFirings(ctx, firings)).map((firing) => [firing.schedule_id, firing]));
}

export async function toWireFirings(ctx: Ctx, rows: readonly ScheduleFiringModel[]): Promise<WireFiring[]> {
  const runIds = rows.flatMap((row) => row.runId ?? []);
  const runs = await ctx.db.prisma.run.findMany({ where: { id: { in: runIds } }, select: { id: true, status: true } });
  const statusOf = new Map(runs.map((run) => [run.id, run.status]));
  return rows.map((row) => ({
    id: row.id,
    schedule_id: row.scheduleId,
    due_at: row.dueAt.toISOString(),
    fired_at: row.firedAt.toISOString(),
    trigger: row.trigger === "manual" ? "manual" : "due",
    run_id: row.runId,
    run_status: (row.runId && statusOf.get(row.runId)) ?? null,
    error: row.error,
  }));
}
