import type { SCHEDULE_ENDPOINTS } from "@/lib/api/schedules";
import {
  createSchedule,
  deleteSchedule,
  listAgentSchedules,
  listFirings,
  listSchedules,
  retrieveSchedule,
  runSchedule,
} from "../schedules/schedules";
import type { Handlers } from "./bind";

export const SCHEDULE_HANDLERS: Handlers<typeof SCHEDULE_ENDPOINTS> = {
  "agents.schedule.create": ({ ctx, params, body }) => createSchedule(ctx, params.agent_id, body),
  "agents.schedule.list": ({ ctx, params, query }) => listAgentSchedules(ctx, params.agent_id, query),
  "agents.schedule.retrieve": ({ ctx, params }) => retrieveSchedule(ctx, params.agent_id, params.scheduled_message_id),
  "agents.schedule.delete": ({ ctx, params }) => deleteSchedule(ctx, params.agent_id, params.scheduled_message_id),
  "agents.schedule.run": ({ ctx, params }) => runSchedule(ctx, params.agent_id, params.scheduled_message_id),
  "agents.schedule.firings": ({ ctx, params, query }) =>
    listFirings(ctx, params.agent_id, params.scheduled_message_id, query),
  "schedules.list": ({ ctx, query }) => listSchedules(ctx, query),
};
