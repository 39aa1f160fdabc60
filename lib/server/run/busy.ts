import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";

/**
 * Whether a run could not be started because of something that passes: another run, calls that wait for approval, or as
 * many runs of the organization as there may be.
 */
export function isBusy(error: unknown): error is ApiError {
  return error instanceof ApiError && (error.code === "conflict" || error.code === "too-many");
}

/** Whether the conversation waits for a person. */
export function waitsForApproval(error: ApiError): boolean {
  return typeof error.detail === "object" && error.detail.code === "PENDING_APPROVAL";
}

/** An error's sentence, for a record of it. */
export function sentenceOf(error: ApiError): string {
  if (typeof error.detail === "string") return error.detail;
  return typeof error.detail.message === "string" ? error.detail.message : error.message;
}

const ENDED: readonly string[] = ["completed", "failed", "cancelled"];
const POLL_MS = 200;

/** Waits for a run to be over, whichever process has it; for one that is gone too. @throws when the signal aborts. */
export async function runEnded(ctx: Ctx, runId: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const live = ctx.runs.find(runId);
    if (live) return unlessAborted(live.done, signal);
    const [row] = await ctx.db.query<{ status: string }>("SELECT status FROM run WHERE id = $1", [runId]);
    if (!row || ENDED.includes(row.status)) return;
    await pause(POLL_MS, signal);
  }
}

/** @throws when the signal aborts. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await unlessAborted(over, signal).finally(() => clearTimeout(timer));
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  await Promise.race([work, aborted]).finally(() => signal.removeEventListener("abort", stop));
}
