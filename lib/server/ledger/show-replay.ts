import type { WireReplay } from "@/lib/api/runs";
import { fold, messageToItems } from "@/lib/stream/fold";
import type { Item } from "@/lib/stream/item";
import type { Message } from "@/lib/stream/message";
import { itemToWire } from "@/lib/stream/wire";
import { createItemShaper, presentOfRequest } from "../conversations/present";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { mapInTurns } from "../db/others-turn";
import { withImageData } from "../images/images";
import { getRun } from "../run/runs";
import { replayRun } from "./replay";

/**
 * A replay as the API shows it: the messages as the run's own request wanted them.
 *
 * @throws ApiError `not-found`; `conflict` while the run is not over, since it has no end to be compared, and for a compaction
 * that somebody asked for: it has no turn.
 */
export async function showReplay(ctx: Ctx, runId: string): Promise<WireReplay> {
  const { status, request, metadata } = await getRun(ctx, runId);
  if (status === "created" || status === "running")
    throw conflict(`Run '${runId}' is not over yet. Wait for its end, or cancel it, and replay it then.`);
  if ((metadata as { run_type?: string } | null)?.run_type === "compaction")
    throw conflict(`Run '${runId}' is a compaction: it has no turn to replay. Its summary is in the conversation.`);
  const { items, incoming, identical, firstDifference, modelCalls, toolReturns } = await replayRun(ctx, runId);
  const messages = await withImageData(ctx, [...incoming, ...(await foldInTurns(items))]);
  const shape = createItemShaper(presentOfRequest(request));
  const wire = await mapInTurns(messages, (message) => messageToItems(message).flatMap(shape).map(itemToWire));
  return {
    run_id: runId,
    identical,
    first_difference: firstDifference,
    model_calls: modelCalls,
    tool_returns: toolReturns,
    messages: wire.flat(),
  };
}

/** As `fold`, a message at a time: a long run is of very many fragments. */
async function foldInTurns(items: readonly Item[]): Promise<Message[]> {
  const byMessage = new Map<string, Item[]>();
  for (const item of items) {
    const id = "id" in item ? item.id : "";
    const known = byMessage.get(id);
    if (known) known.push(item);
    else byMessage.set(id, [item]);
  }
  return (await mapInTurns([...byMessage.values()], fold)).flat();
}
