import type { WireReplay } from "@/lib/api/runs";
import { fold } from "@/lib/stream/fold";
import { messagesToWire, presentOfRequest } from "../conversations/present";
import type { Ctx } from "../core/core";
import { conflict } from "../core/errors";
import { withImageData } from "../images/images";
import { getRun } from "../run/runs";
import { replayRun } from "./replay";

/**
 * A replay as the API shows it: the messages as the run's own request wanted them.
 *
 * @throws ApiError `not-found`, and `conflict` while the run is not over: it has no end to be compared.
 */
export async function showReplay(ctx: Ctx, runId: string): Promise<WireReplay> {
  const { status, request } = await getRun(ctx, runId);
  if (status === "created" || status === "running")
    throw conflict(`Run '${runId}' is not over yet. Wait for its end, or cancel it, and replay it then.`);
  const { items, incoming, identical, firstDifference, modelCalls, toolReturns } = await replayRun(ctx, runId);
  const messages = await withImageData(ctx, [...incoming, ...fold(items)]);
  return {
    run_id: runId,
    identical,
    first_difference: firstDifference,
    model_calls: modelCalls,
    tool_returns: toolReturns,
    messages: messagesToWire(messages, presentOfRequest(request)),
  };
}
