/** What a step may have done that the time line can be narrowed to. */
export const DID = ["write", "error", "compaction"] as const;
export type Did = (typeof DID)[number];

/** Which steps the time line shows; all that are given must hold. */
export type TimelineFilter = {
  did: readonly Did[];
  /** A block's id. */
  wrote: string | null;
  tool: string | null;
  /** A conversation's id, as steps name it. */
  lane: string | null;
  find: string;
};

export const NO_FILTER: TimelineFilter = { did: [], wrote: null, tool: null, lane: null, find: "" };

export function isFiltered(filter: TimelineFilter): boolean {
  return filter.did.length > 0 || Boolean(filter.wrote ?? filter.tool ?? filter.lane) || filter.find.trim() !== "";
}

export function readFilter(search: { get(name: string): string | null }): TimelineFilter {
  const did = (search.get("did") ?? "").split(",");
  return {
    did: DID.filter((one) => did.includes(one)),
    wrote: search.get("wrote"),
    tool: search.get("tool"),
    lane: search.get("lane"),
    find: search.get("find") ?? "",
  };
}

export function writeFilter(filter: TimelineFilter, search: URLSearchParams): void {
  if (filter.did.length > 0) search.set("did", filter.did.join(","));
  if (filter.wrote) search.set("wrote", filter.wrote);
  if (filter.tool) search.set("tool", filter.tool);
  if (filter.lane) search.set("lane", filter.lane);
  if (filter.find) search.set("find", filter.find);
}

/** The filter as the API takes it. */
export function filterQuery({ did, wrote, tool, lane, find }: TimelineFilter) {
  return {
    ...(did.length > 0 ? { did: [...did] } : {}),
    ...(wrote ? { block_id: wrote } : {}),
    ...(tool ? { tool } : {}),
    ...(lane ? { conversation_id: lane } : {}),
    ...(find.trim() ? { search: find.trim() } : {}),
  };
}
