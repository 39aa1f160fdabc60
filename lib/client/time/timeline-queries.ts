import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { TimelineEntry } from "../api/wire";
import type { StepEntry } from "./timeline";
import type { filterQuery } from "./timeline-filter";

/** How many steps are loaded at once. */
export const CHUNK = 100;
/** What those may have done; what is beyond it has no mark. */
const MOST_ENTRIES = 1000;
/** The past does not change. */
const IMMUTABLE = { staleTime: Number.POSITIVE_INFINITY, gcTime: 10 * 60_000 };

type Search = ReturnType<typeof filterQuery> & {
  from_step?: number;
  to_step?: number;
  last_steps?: number;
  around?: string;
  before?: number;
  after?: number;
  types?: string;
};

function load(
  agentId: string,
  search: Search,
  limit: number,
  order: "asc" | "desc",
  signal: AbortSignal,
): Promise<TimelineEntry[]> {
  const params = { path: { agent_id: agentId }, query: { ...search, limit, order, with_origin: "true" } };
  return unwrap(api.GET("/v1/agents/{agent_id}/timeline", { params, signal }));
}

/** The newest steps, and what came after them. */
export function tailQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.timeline(agentId),
    queryFn: ({ signal }) => load(agentId, { last_steps: CHUNK }, MOST_ENTRIES, "asc", signal),
  });
}

/** A hundred steps of the past, all of them with a step after them. @param chunk from 0 */
export function chunkQuery(agentId: string, chunk: number) {
  const search = { from_step: chunk * CHUNK + 1, to_step: (chunk + 1) * CHUNK };
  return queryOptions({
    queryKey: queryKeys.timelineChunk(agentId, chunk),
    queryFn: ({ signal }) => load(agentId, search, MOST_ENTRIES, "asc", signal),
    ...IMMUTABLE,
  });
}

/** One step, for its number. */
export function stepQuery(agentId: string, stepId: string) {
  return queryOptions({
    queryKey: queryKeys.timelineStep(agentId, stepId),
    queryFn: ({ signal }) => load(agentId, { around: stepId, types: "step" }, 1, "asc", signal),
    ...IMMUTABLE,
  });
}

/** The step that came next in the conversation of a step; null if none did. */
export function nextStepQuery(agentId: string, step: StepEntry | null) {
  return queryOptions({
    queryKey: [...queryKeys.timeline(agentId), "next", step?.id],
    enabled: step !== null,
    queryFn: async ({ signal }): Promise<StepEntry | null> => {
      const search = { conversation_id: step!.conversation_id, after: step!.seq, types: "step" };
      const [next] = await load(agentId, search, 1, "asc", signal);
      return next?.type === "step" ? next : null;
    },
  });
}

/** The newest steps that pass a filter, and older ones on demand. */
export function filteredQuery(agentId: string, filter: ReturnType<typeof filterQuery>) {
  return infiniteQueryOptions({
    queryKey: [...queryKeys.timeline(agentId), filter],
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) =>
      load(agentId, { ...filter, ...(pageParam === null ? {} : { before: pageParam }) }, CHUNK, "desc", signal),
    getNextPageParam: (page) => {
      const steps = page.filter((entry) => entry.type === "step");
      return steps.length < CHUNK ? undefined : steps.at(-1)?.seq;
    },
    placeholderData: keepPreviousData,
  });
}
