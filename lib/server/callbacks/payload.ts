import type { Item } from "@/lib/stream/item";
import { batchMetadata } from "../batches/progress";
import { presentOfRequest } from "../conversations/present";
import type { Core, Ctx } from "../core/core";
import { responseOf } from "../run/response";
import { getRun, whatFailed } from "../run/runs";
import { savedItems } from "../run/saved";

/** A run or a batch that is over, and whose callback is to be sent. */
export type Ended = {
  of: "run" | "batch";
  id: string;
  organization_id: string;
  status: string;
  completed_at: Date;
  metadata: Record<string, unknown> | null;
  callback_url: string;
  callback_attempts: number;
};

/** What a callback says (letta-v1 §2.9): of a run, `metadata.result` is its response, or `metadata.error` what failed it. */
export async function payloadOf(core: Core, ended: Ended, signal: AbortSignal): Promise<Record<string, unknown>> {
  const ctx: Ctx = { ...core, actor: { organizationId: ended.organization_id, userId: "user-callback" } };
  const end = { status: ended.status, completed_at: ended.completed_at.toISOString() };
  if (ended.of === "batch") {
    return { job_id: ended.id, ...end, metadata: { ...ended.metadata, ...(await batchMetadata(ctx, ended.id)) } };
  }
  return { run_id: ended.id, ...end, metadata: { ...ended.metadata, ...(await outcomeOf(ctx, ended.id, signal)) } };
}

async function outcomeOf(ctx: Ctx, runId: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const items: Item[] = [];
  for await (const item of savedItems(ctx, runId, signal)) items.push(item);
  const failed = items.find((item) => item.type === "error");
  if (failed) return { error: whatFailed(failed) };
  return { result: responseOf(items, presentOfRequest((await getRun(ctx, runId)).request)) };
}
