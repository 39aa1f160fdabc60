import type { BlockVersion } from "../api/wire";

type Setting = "label" | "description" | "limit" | "read_only" | "metadata" | "write_policy";
const NAMES: Record<Setting, string> = {
  label: "label",
  description: "description",
  limit: "limit",
  read_only: "read-only",
  metadata: "metadata",
  write_policy: "policy of writes",
};

/** What a version changed beside the text, each from what to what. */
export function settingsChanged(
  previous: BlockVersion,
  version: BlockVersion,
): { name: string; before: string; after: string }[] {
  return (Object.keys(NAMES) as Setting[]).flatMap((key) => {
    const [before, after] = [say(previous[key]), say(version[key])];
    return before === after ? [] : [{ name: NAMES[key], before, after }];
  });
}

function say(value: BlockVersion[Setting]): string {
  if (value === null || value === "") return "none";
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "string" ? value : JSON.stringify(value);
}
