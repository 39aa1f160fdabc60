import { type RunFilter, runsHref } from "../run/run-filter";

const DAY_MS = 86_400_000;

/** Spans to choose from, in days. */
export const SPANS = [
  { days: 1, name: "24 h" },
  { days: 7, name: "7 d" },
  { days: 30, name: "30 d" },
  { days: 90, name: "90 d" },
  { days: 365, name: "1 year" },
] as const;

/** What the dashboard shows: the last days, or the UTC days from `from` to `to`, both included. */
export type DashboardFilter = {
  days: number | null;
  from?: string | undefined;
  to?: string | undefined;
  agentId?: string | undefined;
  model?: string | undefined;
};

const DAY = /^\d{4}-\d\d-\d\d$/;
const isDay = (text: string | null): text is string =>
  text !== null && DAY.test(text) && !Number.isNaN(Date.parse(text));

export function readDashboardFilter(params: { get(name: string): string | null }): DashboardFilter {
  const [from, to] = [params.get("from"), params.get("to")];
  const custom = isDay(from) && isDay(to) && from <= to && daysBetween(from, to) <= 366;
  const days = SPANS.find((span) => String(span.days) === params.get("days"))?.days ?? 7;
  return {
    ...(custom ? { days: null, from, to } : { days }),
    agentId: params.get("agent_id") || undefined,
    model: params.get("model") || undefined,
  };
}

export const daysBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / DAY_MS + 1;

/** The parameters of an address that has the filter. */
export function dashboardParams({ days, from, to, agentId, model }: DashboardFilter): URLSearchParams {
  const params = new URLSearchParams();
  if (days === null && from && to) {
    params.set("from", from);
    params.set("to", to);
  } else if (days !== 7) params.set("days", String(days));
  if (agentId) params.set("agent_id", agentId);
  if (model) params.set("model", model);
  return params;
}

/** The dates that the server is asked for; `now` is told in whole minutes, so that all questions are of one span. */
export function datesOf({ days, from, to }: DashboardFilter, now: number): { start_date: string; end_date: string } {
  if (days === null && from && to)
    return { start_date: `${from}T00:00:00.000Z`, end_date: new Date(Date.parse(to) + DAY_MS).toISOString() };
  return { start_date: new Date(now - (days ?? 7) * DAY_MS).toISOString(), end_date: new Date(now).toISOString() };
}

/** Where the runs are listed that a bar stands for. */
export function runsOf(filter: DashboardFilter, start: string, end: string, more: RunFilter = {}): string {
  return runsHref({ agentId: filter.agentId, model: filter.model, from: start, to: end, ...more });
}

/** Where the bar of a series ends that begins at `at`. */
export function endOfBar(at: string, interval: "hour" | "day"): string {
  return new Date(Date.parse(at) + (interval === "hour" ? DAY_MS / 24 : DAY_MS)).toISOString();
}
