import { emptyUsage } from "@/lib/engine/state";
import { messageToItems } from "@/lib/stream/fold";
import type { Item, Usage } from "@/lib/stream/item";
import type { StopReason } from "@/lib/stream/message";
import type { Ctx } from "../core";
import { listMessages } from "../message-list";
import { getRun } from "../runs";

const POLL_MS = 250;
const MOST_MESSAGES = 10_000;
const ENDED: readonly string[] = ["completed", "failed", "cancelled"];

/**
 * What a run made, read back from what it saved, whole part by whole part, once it is over: for a retry of the request
 * that started it, when the run is not, or no longer, in this process.
 */
export async function* savedItems(ctx: Ctx, runId: string, signal: AbortSignal): AsyncGenerator<Item> {
  let run = await getRun(ctx, runId);
  while (!ENDED.includes(run.status)) {
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    run = await getRun(ctx, runId);
  }
  const options = { cursors: "ordered", shown: "chronological", strict: true } as const;
  const messages = await listMessages(ctx, { runId }, { limit: MOST_MESSAGES, order: "asc" }, options);
  for (const item of messages.flatMap(messageToItems))
    if (item.type !== "user" && item.type !== "approval-response") yield item;
  yield { type: "stop", stopReason: (run.stopReason ?? "error") as StopReason };
  const error = run.error as { errorType: string; message: string; detail: string | null } | null;
  if (error) yield { type: "error", runId, ...error, seqId: null };
  else yield { type: "usage", ...emptyUsage(), ...(run.usage as Partial<Usage> | null) };
}
