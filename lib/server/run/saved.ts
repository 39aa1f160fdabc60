import { emptyUsage } from "@/lib/engine/state";
import { messageToItems } from "@/lib/stream/fold";
import type { Item, MessageItem, Usage } from "@/lib/stream/item";
import type { StopReason } from "@/lib/stream/message";
import { listMessages } from "../conversations/list-messages";
import type { Ctx } from "../core/core";
import { getRun } from "./runs";

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
  yield* await savedMessages(ctx, runId);
  yield* await savedEnd(ctx, runId);
}

/** What a run made, from its messages, whole part by whole part. */
export async function savedMessages(ctx: Ctx, runId: string): Promise<MessageItem[]> {
  const options = { cursors: "ordered", shown: "chronological", strict: true } as const;
  const messages = await listMessages(ctx, { runId }, { limit: MOST_MESSAGES, order: "asc" }, options);
  return messages.flatMap(messageToItems).filter(({ type }) => type !== "user" && type !== "approval-response");
}

/** How the stream of a run that is over ends, from its row: stop reason, and usage, or what went wrong. */
export async function savedEnd(ctx: Ctx, runId: string): Promise<Item[]> {
  const run = await getRun(ctx, runId);
  const stopReason = (run.stopReason ?? "error") as StopReason;
  const stop: Item = { type: "stop", stopReason };
  const error = run.error as { errorType: string; message: string; detail: string | null } | null;
  if (error) return [stop, { type: "error", runId, ...error, seqId: null }];
  return [stop, { type: "usage", ...emptyUsage(), ...(run.usage as Partial<Usage> | null) }];
}
