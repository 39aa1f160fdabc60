"use client";
import { useInfiniteQuery, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import type { TimelineEntry } from "../api/wire";
import { type Columns, columnsOf, indexOf, placed, type StepEntry } from "./timeline";
import { filterQuery, isFiltered, type TimelineFilter } from "./timeline-filter";
import { CHUNK, chunkQuery, filteredQuery, stepQuery, tailQuery } from "./timeline-queries";

/** An agent's time line: its newest steps, older ones as they come into sight, or those that pass a filter. */
export type Timeline = {
  columns: Columns;
  status: "pending" | "error" | "success";
  error: unknown;
  refetch: () => void;
  isFiltered: boolean;
  /** Whether there are older steps than the first that pass the filter. */
  hasOlder: boolean;
  /** Says that these places are in sight: what is not loaded of them is. */
  show: (first: number, last: number) => void;
  /** The step at a place, loaded if need be; null beyond the ends. */
  stepAt: (index: number) => Promise<string | null>;
  /** A step that the page names, wherever it is. */
  stepOf: (stepId: string | null) => StepEntry | null;
};

/** @param named steps that the page names, whose numbers are wanted though they may not be in sight */
export function useTimeline(agentId: string, filter: TimelineFilter, named: readonly (string | null)[]): Timeline {
  const narrowed = isFiltered(filter);
  const whole = useWhole(agentId);
  const matching = useMatching(agentId, filter, narrowed);
  const { columns, show, status, error, refetch, hasOlder } = narrowed ? matching : whole;
  const stepOf = useNamed(agentId, whole.columns, named);

  const client = useQueryClient();
  const stepAt = useCallback(
    async (index: number) => {
      const loaded = columns[index];
      if (loaded || loaded === undefined) return loaded?.step.id ?? null;
      const entries = await client.fetchQuery(chunkQuery(agentId, Math.floor(index / CHUNK)));
      return columnsOf(entries).find((column) => column.step.number === index + 1)?.step.id ?? null;
    },
    [agentId, client, columns],
  );
  // One object as long as nothing of it changed: commands are made from it.
  return useMemo(
    () => ({ columns, show, stepAt, stepOf, isFiltered: narrowed, status, error, refetch, hasOlder }),
    [columns, show, stepAt, stepOf, narrowed, status, error, refetch, hasOlder],
  );
}

function useWhole(agentId: string) {
  const tail = useQuery(tailQuery(agentId));
  const [wanted, setWanted] = useState<ReadonlySet<number>>(new Set());
  const chunks = useQueries({
    queries: [...wanted].map((chunk) => chunkQuery(agentId, chunk)),
    combine: joinEntries,
  });
  const columns = useMemo(() => placed(columnsOf([...chunks, ...(tail.data ?? [])])), [chunks, tail.data]);
  const show = useCallback(
    (first: number, last: number) => {
      const missing = new Set<number>();
      for (let at = Math.max(first, 0); at <= last && at < columns.length; at++)
        if (columns[at] === null) missing.add(Math.floor(at / CHUNK));
      setWanted((before) => {
        const added = [...missing].filter((chunk) => !before.has(chunk));
        return added.length === 0 ? before : new Set([...before, ...added]);
      });
    },
    [columns],
  );
  const refetch = useCallback(() => void tail.refetch(), [tail.refetch]);
  return { columns, show, status: tail.status, error: tail.error, refetch, hasOlder: false };
}

const joinEntries = (results: readonly { data: TimelineEntry[] | undefined }[]) =>
  results.flatMap((result) => result.data ?? []);

const NEAR = 20;

function useMatching(agentId: string, filter: TimelineFilter, enabled: boolean) {
  const query = useInfiniteQuery({ ...filteredQuery(agentId, filterQuery(filter)), enabled });
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const columns: Columns = useMemo(() => columnsOf(query.data?.pages.flat() ?? []), [query.data]);
  const show = useCallback(
    (first: number) => {
      if (first < NEAR && hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    [fetchNextPage, hasNextPage, isFetchingNextPage],
  );
  const refetch = useCallback(() => void query.refetch(), [query.refetch]);
  return { columns, show, status: query.status, error: query.error, refetch, hasOlder: hasNextPage };
}

function useNamed(agentId: string, columns: Columns, named: readonly (string | null)[]): Timeline["stepOf"] {
  const ids = named.filter((id): id is string => id !== null && indexOf(columns, id) === null);
  const found = useQueries({ queries: ids.map((id) => stepQuery(agentId, id)), combine: joinEntries });
  return useCallback(
    (stepId) => {
      const index = indexOf(columns, stepId);
      if (index !== null) return columns[index]!.step;
      return found.find((entry): entry is StepEntry => entry.type === "step" && entry.id === stepId) ?? null;
    },
    [columns, found],
  );
}
