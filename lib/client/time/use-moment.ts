"use client";
import { usePathname, useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { DEFAULT_CONVERSATION } from "../api/wire";
import { readFilter, type TimelineFilter, writeFilter } from "./timeline-filter";

export type PaneName = "agent" | "simulator" | "context";
const PANES: readonly string[] = ["agent", "simulator", "context"];

/** What a workbench's URL names: a link shows a colleague the same thing. */
export type Place = {
  conversation: string;
  /** The step as of which everything is shown; null is now. */
  step: string | null;
  /** As the model was shown everything, or with what the step then did. */
  moment: Moment;
  /** The step that `step` is compared with. */
  with: string | null;
  pane: PaneName;
  /** Id of the block that is open. */
  block: string | null;
  /** Which steps the time line shows. */
  filter: TimelineFilter;
};

export type Moment = "before" | "after";

type Change = Partial<Omit<Place, "pane">> & { pane?: PaneName };

export type Move = (change: Change, options?: { replace?: boolean }) => void;

export function usePlace(): [Place, Move] {
  const path = usePathname();
  const search = useSearchParams();
  const place = useMemo(() => readPlace(search), [search]);

  const move = useCallback<Move>(
    (change, options) => {
      // What the address bar says, not what was last rendered: two changes in one moment must both count.
      const next = writePlace({ ...readPlace(new URLSearchParams(window.location.search)), ...change });
      const url = next ? `${path}?${next}` : path;
      // The page is the same: the server has nothing to add, so its router is not asked.
      if (options?.replace) window.history.replaceState(null, "", url);
      else window.history.pushState(null, "", url);
    },
    [path],
  );
  return [place, move];
}

export function readPlace(search: { get(name: string): string | null }): Place {
  const pane = search.get("pane") ?? "";
  return {
    conversation: search.get("conversation") ?? DEFAULT_CONVERSATION,
    step: search.get("step"),
    moment: search.get("moment") === "after" ? "after" : "before",
    with: search.get("with"),
    pane: (PANES.includes(pane) ? pane : "simulator") as PaneName,
    block: search.get("block"),
    filter: readFilter(search),
  };
}

export function writePlace(place: Place): string {
  const search = new URLSearchParams();
  if (place.conversation !== DEFAULT_CONVERSATION) search.set("conversation", place.conversation);
  if (place.step) search.set("step", place.step);
  if (place.step && place.moment === "after") search.set("moment", "after");
  if (place.with) search.set("with", place.with);
  if (place.pane !== "simulator") search.set("pane", place.pane);
  if (place.block) search.set("block", place.block);
  writeFilter(place.filter, search);
  return search.toString();
}
