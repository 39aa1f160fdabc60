import { createHash } from "node:crypto";
import type { Ports } from "@/lib/engine/ports";

/**
 * Ids of what a run makes, in the form of uuid4. Each follows from the run's own id and its turn, so that a replay of the
 * run makes the same ones, also of what was thrown away and never kept.
 */
export function idsOfRun(runId: string): Ports["newId"] {
  let count = 0;
  return (prefix) => {
    const uuid = uuidFrom(`${runId}:${count++}`);
    return prefix === "call" ? `call_${uuid}` : `${prefix}-${uuid}`;
  };
}

/** A uuid4 that follows from a text: the same one from the same text. */
export function uuidFrom(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
