import { queryOptions } from "@tanstack/react-query";
import type { ChangedReplay, WireReplayFork } from "@/lib/api/runs";
import type { WireMessage } from "@/lib/stream/wire";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { Run } from "../api/wire";
import { type Row, rowsOf } from "./transcript-rows";
import { foldWire } from "./use-transcript";

/** The one thing that a replay changes. */
export type Change =
  | { type: "system" | "model" | "message"; value: string }
  | { type: "block"; label: string; value: string }
  | { type: "tool_return"; callId: string; value: string };

export function bodyOf(change: Change): ChangedReplay {
  if (change.type === "block") return { blocks: { [change.label]: change.value } };
  if (change.type === "tool_return") return { tool_returns: { [change.callId]: change.value } };
  return { [change.type]: change.value };
}

/** Has a run run again on a fork, with something changed. */
export function replayChanged(runId: string, change: Change): Promise<WireReplayFork> {
  const params = { path: { run_id: runId } };
  return unwrap(api.POST("/v1/runs/{run_id}/replay/changed", { params, body: bodyOf(change) }));
}

export const isOver = (run: Run) => run.status !== "created" && run.status !== "running";

const MOST_MESSAGES = 200;
const LIVE_MS = 700;

/** What a run said and did so far, with its usage; asked again until it is over. */
export function wholeRunQuery(runId: string) {
  return queryOptions({
    queryKey: queryKeys.wholeRun(runId),
    queryFn: async ({ signal }) => {
      const path = { run_id: runId };
      const run = await unwrap(api.GET("/v1/runs/{run_id}", { params: { path }, signal }));
      const query = { order: "asc" as const, limit: MOST_MESSAGES };
      const [messages, usage] = await Promise.all([
        unwrap(api.GET("/v1/runs/{run_id}/messages", { params: { path, query }, signal })),
        unwrap(api.GET("/v1/runs/{run_id}/usage", { params: { path }, signal })),
      ]);
      const rows: Row[] = rowsOf(foldWire(messages as unknown as WireMessage[]));
      return { run, rows, usage };
    },
    refetchInterval: ({ state }) => (state.data && isOver(state.data.run) ? false : LIVE_MS),
  });
}

/** How far the record went, as a replay's run says at its end. */
export function recordOf(run: Run): { model_calls: number; first_difference: string | null } | null {
  const told = (run.metadata as { replay?: { model_calls: number; first_difference: string | null } } | null)?.replay;
  return told ?? null;
}
