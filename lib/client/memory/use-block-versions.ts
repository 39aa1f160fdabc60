"use client";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useCallback, useMemo } from "react";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { BlockVersion } from "../api/wire";

const PAGE = 50;

/** The versions of a block that are loaded, newest first, and the way to older ones. */
export type BlockVersions = {
  versions: readonly BlockVersion[];
  hasOlder: boolean;
  loadOlder: () => void;
  loadingOlder: boolean;
};

export function useBlockVersions(blockId: string) {
  const query = useInfiniteQuery({
    queryKey: queryKeys.blockVersions(blockId),
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }) => {
      const search = { limit: PAGE, ...(pageParam === null ? {} : { after: pageParam }) };
      const params = { path: { block_id: blockId }, query: search };
      return unwrap(api.GET("/v1/blocks/{block_id}/versions", { params, signal }));
    },
    getNextPageParam: (page) => (page.length < PAGE ? undefined : page.at(-1)?.id),
  });
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const loadOlder = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const history = useMemo((): BlockVersions | null => {
    if (!query.data) return null;
    const versions = query.data.pages.flat();
    return { versions, hasOlder: hasNextPage, loadOlder, loadingOlder: isFetchingNextPage };
  }, [query.data, hasNextPage, loadOlder, isFetchingNextPage]);
  return { history, error: query.error, refetch: query.refetch };
}
