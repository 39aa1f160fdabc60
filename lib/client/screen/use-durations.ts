"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { stepsQuery } from "../time/time-queries";

/** How long each tool call of an agent's newest steps took, by call id, in milliseconds. */
export function useDurations(agentId: string): ReadonlyMap<string, number> {
  const steps = useQuery(stepsQuery(agentId));
  return useMemo(() => {
    const durations = new Map<string, number>();
    for (const call of steps.data?.flatMap((step) => step.tool_calls) ?? []) {
      if (call.ended_at === null) continue;
      durations.set(call.call_id, Date.parse(call.ended_at) - Date.parse(call.started_at));
    }
    return durations;
  }, [steps.data]);
}
