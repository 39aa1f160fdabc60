import type { QueryKey } from "@tanstack/react-query";
import { nextCursor } from "./pages";

export type PageRequest = { limit: number; after?: string };

/** A list of the API that goes on after each page by the id of its last item. */
export type PagedList<T> = {
  queryKey: QueryKey;
  /** Items of a page. */
  size: number;
  load(page: PageRequest, signal: AbortSignal): Promise<readonly T[]>;
  /** What was shown before another search stays until its answer is there. */
  keepsPrevious?: boolean;
  /** After how many milliseconds it is looked at again, by what it holds. */
  lookAgainMs?: (items: readonly T[]) => number | false;
};

/** How the pages of a list are asked for and kept, by the server for a first paint and by the browser alike. */
export function pagesOf<T extends { id: string }>(list: PagedList<T>) {
  return {
    queryKey: list.queryKey,
    queryFn: ({ pageParam, signal }: { pageParam: string | null; signal: AbortSignal }) =>
      list.load({ limit: list.size, ...(pageParam === null ? {} : { after: pageParam }) }, signal),
    initialPageParam: null as string | null,
    getNextPageParam: (page: readonly T[]) => nextCursor(page, list.size),
  };
}
