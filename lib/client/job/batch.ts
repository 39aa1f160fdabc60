import type { Batch } from "../api/wire";

const STATUSES = ["completed", "running", "failed", "cancelled", "created"] as const;
export type ItemCounts = Record<(typeof STATUSES)[number] | "total", number>;

/** How many requests of a batch stand how; zeros where the server does not say. */
export function countsOf(batch: Batch): ItemCounts {
  const given = (batch.metadata?.requests ?? {}) as Partial<ItemCounts>;
  const of = (key: keyof ItemCounts) => Number(given[key] ?? 0);
  return {
    total: of("total"),
    created: of("created"),
    running: of("running"),
    completed: of("completed"),
    failed: of("failed"),
    cancelled: of("cancelled"),
  };
}

/** Lines with something in them: each is one message. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
