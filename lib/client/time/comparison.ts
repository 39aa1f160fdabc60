import type { BlockVersion, Cause, ContextDiff } from "../api/wire";

export type ContextDiffSection = ContextDiff["sections"][number];

/** A block as two states have it; null where it was not attached. */
export type BlockPair = { id: string; label: string; before: BlockVersion | null; after: BlockVersion | null };

/** The blocks of two states, in the order of the later one; those that were detached last. */
export function pairBlocks(before: readonly BlockVersion[], after: readonly BlockVersion[]): BlockPair[] {
  const old = new Map(before.map((version) => [version.block_id, version]));
  const kept = after.map((version): BlockPair => {
    const pair = old.get(version.block_id) ?? null;
    old.delete(version.block_id);
    return { id: version.block_id, label: version.label, before: pair, after: version };
  });
  const gone = [...old.values()].map((version): BlockPair => {
    return { id: version.block_id, label: version.label, before: version, after: null };
  });
  return [...kept, ...gone];
}

export function isEqualPair({ before, after }: BlockPair): boolean {
  return before?.id === after?.id;
}

/** What changed a block between two steps: what the later context was made by, and what its own step then did. */
export function causesOfPair({ label, after }: BlockPair, sections: readonly ContextDiffSection[]): Cause[] {
  const shown = sections.find((section) => section.kind === "memory-block" && section.label === label)?.causes ?? [];
  const last = after?.cause;
  const isTold = !last || shown.some((cause) => JSON.stringify(cause) === JSON.stringify(last));
  return isTold ? shown : [...shown, last];
}

/** The text of either side of a section. */
export function textOf(section: ContextDiffSection, side: "before" | "after"): string {
  const without = side === "before" ? "added" : "removed";
  return section.parts.flatMap((part) => (part.type === without ? [] : [part.text])).join("");
}

/** Shown in parts of their own. */
const ELSEWHERE = new Set(["system", "block_ids", "tool_ids", "tools", "message_ids"]);

export type SettingPair = { name: string; before: string | null; after: string | null };

/** The settings of an agent that differ, as JSON; null where there was none. */
export function settingsBetween(before: Record<string, unknown>, after: Record<string, unknown>): SettingPair[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !ELSEWHERE.has(name));
  return names
    .map((name) => ({ name, before: say(before[name]), after: say(after[name]) }))
    .filter((pair) => pair.before !== pair.after);
}

function say(value: unknown): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
