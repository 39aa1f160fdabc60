import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { Context, StateAt } from "../api/wire";
import { DEFAULT_CONVERSATION } from "../api/wire";
import type { Moment } from "./use-moment";

/** Records of the ledger never change: once loaded they stay. */
const IMMUTABLE = { staleTime: Number.POSITIVE_INFINITY, gcTime: 10 * 60_000 };

export function contextQuery(agentId: string, conversationId: string) {
  const query = conversationId === DEFAULT_CONVERSATION ? {} : { conversation_id: conversationId };
  return queryOptions({
    queryKey: queryKeys.context(agentId, conversationId),
    queryFn: ({ signal }): Promise<Context> =>
      unwrap(
        api.GET("/v1/agents/{agent_id}/context/sections", {
          params: { path: { agent_id: agentId }, query },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
}

export function stepContextQuery(stepId: string) {
  return queryOptions({
    queryKey: queryKeys.stepContext(stepId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps/{step_id}/context", { params: { path: { step_id: stepId } }, signal })),
    placeholderData: keepPreviousData,
    ...IMMUTABLE,
  });
}

/** The searches that a step made: they are kept, and do not change. */
export function stepSearchesQuery(stepId: string) {
  return queryOptions({
    queryKey: queryKeys.stepSearches(stepId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps/{step_id}/searches", { params: { path: { step_id: stepId } }, signal })),
    ...IMMUTABLE,
  });
}

export function stateQuery(agentId: string, stepId: string, moment: Moment) {
  return queryOptions({
    queryKey: queryKeys.state(agentId, stepId, moment),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/agents/{agent_id}/state", {
          params: { path: { agent_id: agentId }, query: { step_id: stepId, moment } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
    ...IMMUTABLE,
  });
}

/** The passages as of a step after those that its state has already, a page at a time. */
export function morePassagesQuery({ agent_id: agentId, step_id: stepId, moment, passages }: StateAt) {
  const last = passages.items.at(-1)?.id ?? "";
  return infiniteQueryOptions({
    queryKey: queryKeys.statePassages(agentId, stepId, moment),
    initialPageParam: last,
    queryFn: async ({ pageParam, signal }) => {
      const query = { step_id: stepId, moment, passage_after: pageParam };
      const params = { path: { agent_id: agentId }, query };
      return (await unwrap(api.GET("/v1/agents/{agent_id}/state", { params, signal }))).passages;
    },
    getNextPageParam: (page) => page.items.at(-1)?.id,
    enabled: false,
    ...IMMUTABLE,
  });
}

export function contextDiffQuery(from: string, to: string) {
  return queryOptions({
    queryKey: queryKeys.contextDiff(from, to),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/steps/{step_id}/context/diff", {
          params: { path: { step_id: to }, query: { with: from } },
          signal,
        }),
      ),
    ...IMMUTABLE,
  });
}

const STEPS_LOADED = 200;

/** The newest steps of an agent, with the start and end of each tool call. */
export function stepsQuery(agentId: string) {
  return queryOptions({
    queryKey: queryKeys.steps(agentId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps", { params: { query: { agent_id: agentId, limit: STEPS_LOADED } }, signal })),
  });
}

/** What the model's provider was sent and what it answered. */
export function stepTraceQuery(stepId: string) {
  return queryOptions({
    queryKey: queryKeys.stepTrace(stepId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/steps/{step_id}/trace", { params: { path: { step_id: stepId } }, signal })),
    ...IMMUTABLE,
  });
}
