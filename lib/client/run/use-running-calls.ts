"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "../api/api";
import { ApiError } from "../api/api-error";
import { DEFAULT_CONVERSATION } from "../api/wire";
import { runsQuery } from "./run-queries";
import { NO_CALLS, type RunningCalls } from "./running-calls";
import { runningCallsQuery } from "./running-calls-query";

/**
 * The tool calls that a conversation's run is at, by call id: of the run that the page follows, or else of whatever run
 * the server says is at work there.
 */
export function useRunningCalls(
  agentId: string,
  conversationId: string,
  followed: string | null,
): RunningCalls["calls"] {
  const client = useQueryClient();
  const active = useQuery(runsQuery({ agentId, active: true, limit: 20 }));
  const wanted = conversationId === DEFAULT_CONVERSATION ? null : conversationId;
  const found = active.data?.find((one) => one.conversation_id === wanted)?.id ?? null;
  const runId = followed ?? found;
  const calls = useQuery({ ...runningCallsQuery(client, runId ?? ""), enabled: runId !== null });
  return runId === null ? NO_CALLS.calls : (calls.data ?? NO_CALLS).calls;
}

/** Cancels one call. That it has ended by itself meanwhile is no error. */
export function useCancelCall(runId: string, callId: string) {
  return useMutation({
    mutationFn: async () => {
      const params = { path: { run_id: runId, tool_call_id: callId } };
      await unwrap(api.POST("/v1/runs/{run_id}/tool-calls/{tool_call_id}/cancel", { params })).catch((error) => {
        if (!(error instanceof ApiError && error.status === 409)) throw error;
      });
    },
  });
}
