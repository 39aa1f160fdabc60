import type { RunSummary } from "../api/wire";

export const RUN_STATUSES = ["running", "completed", "failed", "cancelled", "created"] as const;

/** What the list of runs is narrowed to, as its address says it. */
export type RunFilter = {
  agentId?: string | undefined;
  status?: RunSummary["status"] | undefined;
  model?: string | undefined;
  tool?: string | undefined;
  userId?: string | undefined;
  /** In what was said. */
  search?: string | undefined;
  /** A day by the browser's calendar, `2026-01-31`, both included; or a moment, `2026-01-31T14:00:00.000Z`, `to` not. */
  from?: string | undefined;
  to?: string | undefined;
  /** Instead of dates: the last so many days. */
  days?: number | undefined;
};

const NAMES = {
  agentId: "agent_id",
  status: "status",
  model: "model",
  tool: "tool",
  userId: "user_id",
  search: "search",
  from: "from",
  to: "to",
  days: "days",
} as const;
const KEYS = Object.keys(NAMES) as (keyof RunFilter)[];

/** The filter in an address; what makes no sense is left out. */
export function readRunFilter(params: { get(name: string): string | null }): RunFilter {
  const given = (key: keyof RunFilter) => params.get(NAMES[key]) || undefined;
  const date = (key: "from" | "to") => {
    const text = given(key);
    return text && !Number.isNaN(Date.parse(text)) ? text : undefined;
  };
  const days = Number(given("days"));
  return {
    agentId: given("agentId"),
    status: RUN_STATUSES.find((one) => one === given("status")),
    model: given("model"),
    tool: given("tool"),
    userId: given("userId"),
    search: given("search"),
    from: date("from"),
    to: date("to"),
    days: Number.isInteger(days) && days > 0 && days <= 366 ? days : undefined,
  };
}

/** The parameters of an address that has the filter. */
export function runFilterParams(filter: RunFilter): URLSearchParams {
  const params = new URLSearchParams();
  for (const key of KEYS) if (filter[key]) params.set(NAMES[key], String(filter[key]));
  return params;
}

/** Where the runs of a filter are listed. */
export function runsHref(filter: RunFilter): string {
  const params = runFilterParams(filter).toString();
  return params ? `/runs?${params}` : "/runs";
}

export const isMoment = (date: string | undefined): date is string => date !== undefined && date.length > 10;

const DAY_MS = 86_400_000;

/** What the server is asked for. */
export function runFilterQuery(filter: RunFilter, now = Date.now()) {
  const { agentId, status, model, tool, userId, search, days } = filter;
  const dates = days ? { from: new Date(now - days * DAY_MS).toISOString() } : filter;
  return {
    ...(agentId ? { agent_id: agentId } : {}),
    ...(status ? { statuses: [status] } : {}),
    ...(model ? { model } : {}),
    ...(tool ? { tool } : {}),
    ...(userId ? { user_id: userId } : {}),
    ...(search ? { search } : {}),
    ...(dates.from ? { start_date: startOf(dates.from) } : {}),
    ...("to" in dates && dates.to ? { end_date: endOf(dates.to) } : {}),
  };
}

const startOf = (date: string) => new Date(isMoment(date) ? date : `${date}T00:00:00`).toISOString();
/** The server takes an end that is included, to the millisecond. */
const endOf = (date: string) =>
  isMoment(date) ? new Date(Date.parse(date) - 1).toISOString() : new Date(`${date}T23:59:59.999`).toISOString();
