"use client";
import type { Paged } from "@/lib/client/api/paged";
import { MenuItem } from "../ui/menu";
import { Problem } from "./problem";

/** The last item of a menu whose list goes on: it shows more, and the menu stays open. */
export function MoreItem({
  list,
}: {
  list: Omit<Paged<unknown>, "items"> & { items: readonly unknown[] | undefined };
}) {
  if (list.moreError) return <Problem error={list.moreError} onRetry={list.loadMore} />;
  if (!list.hasMore) return null;
  return (
    <MenuItem
      className="text-muted"
      onSelect={(event) => {
        event.preventDefault();
        list.loadMore();
      }}
    >
      <span className="size-3.5" />
      {list.isLoadingMore ? "Loading more…" : `Show more than these ${list.items?.length ?? 0}`}
    </MenuItem>
  );
}
