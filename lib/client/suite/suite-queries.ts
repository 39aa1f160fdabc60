import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { WireSuite, WireSuiteItem, WireSuiteRun } from "@/lib/api/suites";
import { api, unwrap } from "../api/api";
import type { PagedList } from "../api/paged-list";
import { queryKeys } from "../api/query-keys";

export type { WireComparison as SuiteComparison, WireSuiteHistory as SuiteHistory } from "@/lib/api/suite-history";
export type {
  SuiteCounts,
  SuiteItemResult,
  SuiteItemStatus,
  SuiteProblem,
  WireSuite as Suite,
  WireSuiteItem as SuiteItem,
  WireSuiteRun as SuiteRun,
  WireSuiteWithSource as SuiteWithSource,
} from "@/lib/api/suites";

/** While a run is at work its page looks again this often; nothing tells the browser of it. */
const BUSY_MS = 700;
const IDLE_MS = 15_000;
const A_PAGE = 50;
const ITEMS_A_PAGE = 500;

const isRunning = (run: WireSuiteRun | undefined) => run?.status === "running";

export function suitesList(): PagedList<WireSuite> {
  return {
    queryKey: queryKeys.suiteList(),
    size: A_PAGE,
    load: (query, signal) => unwrap(api.GET("/v1/suites", { params: { query }, signal })),
    lookAgainMs: (items) => (items.some((suite) => isRunning(suite.recent_runs[0])) ? BUSY_MS : IDLE_MS),
  };
}

export function suiteQuery(suiteId: string) {
  return queryOptions({
    queryKey: queryKeys.suite(suiteId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/suites/{suite_id}", { params: { path: { suite_id: suiteId } }, signal })),
    refetchInterval: ({ state }) => (isRunning(state.data?.recent_runs[0]) ? BUSY_MS : false),
  });
}

/** How each case went in the last runs that are over; asked for anew when another is. */
export function suiteHistoryQuery(suiteId: string, lastRunOver: string | undefined) {
  return queryOptions({
    queryKey: [...queryKeys.suiteHistory(suiteId), lastRunOver],
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/suites/{suite_id}/history", { params: { path: { suite_id: suiteId } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export function suiteRunsList(suiteId: string): PagedList<WireSuiteRun> {
  return {
    queryKey: queryKeys.suiteRuns(suiteId),
    size: A_PAGE,
    load: (query, signal) =>
      unwrap(api.GET("/v1/suites/{suite_id}/runs", { params: { path: { suite_id: suiteId }, query }, signal })),
    lookAgainMs: (items) => (items.some(isRunning) ? BUSY_MS : IDLE_MS),
  };
}

export function suiteRunQuery(suiteId: string, runId: string) {
  const path = { suite_id: suiteId, suite_run_id: runId };
  return queryOptions({
    queryKey: queryKeys.suiteRun(suiteId, runId),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/suites/{suite_id}/runs/{suite_run_id}", { params: { path }, signal })),
    refetchInterval: ({ state }) => (isRunning(state.data) ? BUSY_MS : false),
  });
}

/** What became of the cases of a run, in order, without what was found. */
export function suiteItemsList(suiteId: string, runId: string): PagedList<WireSuiteItem> {
  const path = { suite_id: suiteId, suite_run_id: runId };
  return {
    queryKey: queryKeys.suiteItems(suiteId, runId),
    size: ITEMS_A_PAGE,
    load: (page, signal) =>
      unwrap(
        api.GET("/v1/suites/{suite_id}/runs/{suite_run_id}/items", {
          params: { path, query: { ...page, brief: "true" } },
          signal,
        }),
      ),
    lookAgainMs: (items) =>
      items.some(({ status }) => status === "created" || status === "running") ? BUSY_MS : false,
  };
}

export function suiteItemQuery(suiteId: string, runId: string, itemId: string) {
  const path = { suite_id: suiteId, suite_run_id: runId, suite_item_id: itemId };
  return queryOptions({
    queryKey: queryKeys.suiteItem(suiteId, runId, itemId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/suites/{suite_id}/runs/{suite_run_id}/items/{suite_item_id}", { params: { path }, signal })),
    refetchInterval: ({ state }) =>
      state.data && state.data.status !== "created" && state.data.status !== "running" ? false : BUSY_MS,
  });
}

/** A run beside the baseline of its suite. */
export function comparisonQuery(suiteId: string, runId: string) {
  const path = { suite_id: suiteId, suite_run_id: runId };
  return queryOptions({
    queryKey: queryKeys.suiteComparison(suiteId, runId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/suites/{suite_id}/runs/{suite_run_id}/compare", { params: { path }, signal })),
  });
}

/** What is wrong with a file, by line. */
export function suiteCheckQuery(source: string) {
  return queryOptions({
    queryKey: queryKeys.suiteCheck(source),
    queryFn: ({ signal }) => unwrap(api.POST("/v1/suites/check", { body: { source }, signal })),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export type Wanted = {
  run_id?: string;
  message_id?: string;
  replay?: "true";
  agent_id?: string;
  ready?: "basics" | "poisoning" | "people";
};

export const draftSource = async (wanted: Wanted): Promise<string> =>
  (await unwrap(api.GET("/v1/suites/draft", { params: { query: wanted } }))).source;

/** A file to begin with. It is asked for once: what is written into it is kept. */
export function draftQuery(wanted: Wanted) {
  return queryOptions({
    queryKey: queryKeys.suiteDraft(wanted as Record<string, string>),
    queryFn: () => draftSource(wanted),
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export const createSuite = (source: string) => unwrap(api.POST("/v1/suites", { body: { source } }));
