import type { RunView } from "../api/wire";
import type { RunFilter } from "./run-filter";

/** What a kept view narrows the list to. Days of a calendar are kept as moments of the browser that kept them. */
export function filterOfView({ filter }: RunView): RunFilter {
  return {
    agentId: filter.agent_id,
    status: filter.status,
    model: filter.model,
    tool: filter.tool,
    userId: filter.user_id,
    search: filter.search,
    from: filter.start_date,
    to: filter.end_date,
    days: filter.days,
  };
}

const DAY_MS = 86_400_000;
const moment = (date: string) => new Date(date.length > 10 ? date : `${date}T00:00:00`);

/** A filter as the server keeps it. */
export function viewOfFilter(filter: RunFilter): RunView["filter"] {
  const { from, to } = filter;
  const end = to && (to.length > 10 ? moment(to) : new Date(moment(to).getTime() + DAY_MS));
  return {
    ...(filter.agentId ? { agent_id: filter.agentId } : {}),
    ...(filter.status ? { status: filter.status } : {}),
    ...(filter.model ? { model: filter.model } : {}),
    ...(filter.tool ? { tool: filter.tool } : {}),
    ...(filter.userId ? { user_id: filter.userId } : {}),
    ...(filter.search ? { search: filter.search } : {}),
    ...(from ? { start_date: moment(from).toISOString() } : {}),
    ...(end ? { end_date: end.toISOString() } : {}),
    ...(filter.days ? { days: filter.days } : {}),
  };
}
