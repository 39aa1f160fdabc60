import type { WritePolicy } from "@/lib/engine/memory";
import { diffLines } from "@/lib/text/line-diff";

/**
 * The policy of a block whose value a person or program changes, where that changes it: a locked line that was rewritten
 * is locked as it reads now. One that was removed stays in the list, and holds again if it comes back.
 */
export function withLocks(head: { value: string; writePolicy: unknown }, value: string): { writePolicy?: WritePolicy } {
  const policy = head.writePolicy as WritePolicy | null;
  if (!policy?.lockedLines.length || value === head.value) return {};
  const has = new Set(value.split("\n"));
  const lost = new Set(policy.lockedLines.filter((line) => !has.has(line)));
  if (lost.size === 0) return {};
  const rewritten = new Map<string, string>();
  for (const row of diffLines(head.value, value))
    if (row.type === "removed" && row.pair !== null && lost.has(row.text)) rewritten.set(row.text, row.pair);
  if (rewritten.size === 0) return {};
  const lockedLines = [...new Set(policy.lockedLines.map((line) => rewritten.get(line) ?? line))];
  return { writePolicy: { ...policy, lockedLines } };
}
