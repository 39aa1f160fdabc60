import type { WireReplay } from "@/lib/api/runs";
import type { Message } from "@/lib/stream/message";
import type { WireMessage } from "@/lib/stream/wire";
import { api, unwrap } from "../api/api";
import { foldWire } from "./use-transcript";

/** What a replay showed, with its messages as the pages have them. */
export type Replayed = Omit<WireReplay, "messages"> & { messages: Message[] };

/** Has the server run a run again from its record. */
export async function replayRun(runId: string): Promise<Replayed> {
  const answer = await unwrap(api.POST("/v1/runs/{run_id}/replay", { params: { path: { run_id: runId } } }));
  return { ...answer, messages: foldWire(answer.messages as unknown as WireMessage[]) };
}
