"use client";
import type { Paged } from "@/lib/client/api/paged";
import { shareShown } from "@/lib/client/api/pages";
import { useInSight } from "@/lib/client/screen/use-in-sight";
import { Button } from "../ui/button";
import { Problem } from "./problem";

type ListEndProps = {
  list: Omit<Paged<unknown>, "items"> & { items: readonly unknown[] | undefined };
  /** What it holds, in the plural. */
  what: string;
  /** How many there are in all, where that is known. */
  total?: number | undefined;
};

/**
 * The end of a list that goes on: how much of it is shown, and a button for more, which loads by itself when one scrolls
 * there. Nothing, where the list is whole. It stands in what its list stands in.
 */
export function ListEnd({ list, what, total }: ListEndProps) {
  const shown = list.items?.length ?? 0;
  const end = useInSight(() => {
    if (!list.moreError) list.loadMore();
  });
  const share = shareShown(shown, total, list.hasMore, what);
  if (!share) return null;
  return (
    <div className="relative flex flex-wrap items-center gap-2 py-2 text-muted">
      {/* Anew for each page, so that an end which stays in sight is seen again. */}
      <span key={shown} ref={end} aria-hidden className="pointer-events-none absolute top-0 h-px w-px" />
      <span aria-live="polite">{share}</span>
      <Button size="sm" disabled={list.isLoadingMore} onClick={list.loadMore}>
        {list.isLoadingMore ? "Loading more…" : "Load more"}
      </Button>
      {list.moreError && <Problem error={list.moreError} className="m-0 w-full" />}
    </div>
  );
}
