"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import { columnsOf } from "./timeline";

const PAGE = 1000;

/** The time line of an agent, with that of what it was forked from: its newest page, and older ones on demand. */
export function useTimeline(agentId: string) {
  const query = useInfiniteQuery({
    queryKey: queryKeys.timeline(agentId),
    initialPageParam: null as number | null,
    queryFn: ({ pageParam, signal }) => {
      const before = pageParam === null ? {} : { before: pageParam };
      const search = { limit: PAGE, order: "desc" as const, with_origin: "true", ...before };
      const params = { path: { agent_id: agentId }, query: search };
      return unwrap(api.GET("/v1/agents/{agent_id}/timeline", { params, signal }));
    },
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.seq),
  });
  const entries = useMemo(() => query.data?.pages.flat() ?? [], [query.data]);
  const columns = useMemo(() => {
    const steps = entries.filter((entry) => entry.type === "step").length;
    return columnsOf(entries, steps);
  }, [entries]);
  return {
    columns,
    status: query.status,
    error: query.error,
    refetch: query.refetch,
    hasOlder: query.hasNextPage,
    loadOlder: query.fetchNextPage,
    loadingOlder: query.isFetchingNextPage,
  };
}
