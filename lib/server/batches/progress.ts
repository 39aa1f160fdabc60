import type { Ctx } from "../core/core";

export const ITEM_STATUSES = ["created", "running", "completed", "failed", "cancelled"] as const;
type Counts = Record<(typeof ITEM_STATUSES)[number] | "total", number>;

/** How far batches are: how many requests they have, and how many in each status. One statement for all of them. */
export async function countItems(ctx: Ctx, batchIds: readonly string[]): Promise<Map<string, Counts>> {
  const rows = await ctx.db.query<{ batch_id: string; status: keyof Counts; count: number }>(
    "SELECT batch_id, status, count(*)::int AS count FROM batch_item WHERE batch_id = ANY($1::text[]) GROUP BY 1, 2",
    [batchIds],
  );
  const counts = new Map(batchIds.map((id) => [id, noItems()]));
  for (const row of rows) {
    const of = counts.get(row.batch_id)!;
    of[row.status] = row.count;
    of.total += row.count;
  }
  return counts;
}

/** The part of a batch's metadata that is made anew whenever it is looked at. */
export async function batchMetadata(ctx: Ctx, batchId: string): Promise<{ requests: Counts }> {
  return { requests: (await countItems(ctx, [batchId])).get(batchId)! };
}

export function noItems(): Counts {
  return { total: 0, created: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
}
