"use client";
import { type InfiniteData, keepPreviousData, type QueryKey, useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { type PagedList, pagesOf } from "./paged-list";
import { joined } from "./pages";

export type Paged<T> = {
  /** In the list's order, as far as it was loaded; undefined until the first page is there. */
  items: readonly T[] | undefined;
  hasMore: boolean;
  isLoadingMore: boolean;
  loadMore(): void;
  /** Why the next page did not come; what was loaded stays. */
  moreError: Error | null;
  /** Why there is nothing to show. */
  error: Error | null;
  refetch(): void;
  /** What is shown is of another search, whose answer is on its way. */
  isStale: boolean;
};

/** A list, page by page: the one way in which pages show what has no end. */
export function usePaged<T extends { id: string }>(list: PagedList<T>, { enabled = true } = {}): Paged<T> {
  const { lookAgainMs } = list;
  const query = useInfiniteQuery<readonly T[], Error, InfiniteData<readonly T[]>, QueryKey, string | null>({
    ...pagesOf(list),
    enabled,
    ...(list.keepsPrevious ? { placeholderData: keepPreviousData } : {}),
    ...(lookAgainMs ? { refetchInterval: ({ state }) => lookAgainMs(state.data?.pages.flat() ?? []) } : {}),
  });
  const items = useMemo(() => query.data && joined(query.data.pages), [query.data]);
  return {
    items,
    hasMore: query.hasNextPage,
    isLoadingMore: query.isFetchingNextPage,
    loadMore: () => {
      if (query.hasNextPage && !query.isFetchingNextPage) void query.fetchNextPage();
    },
    moreError: query.isFetchNextPageError ? query.error : null,
    error: query.data ? null : query.error,
    refetch: () => void query.refetch(),
    isStale: query.isPlaceholderData,
  };
}
