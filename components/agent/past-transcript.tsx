"use client";
import { useMemo } from "react";
import type { StateAt } from "@/lib/client/api/wire";
import { rowsOf } from "@/lib/client/run/transcript-rows";
import { foldWire } from "@/lib/client/run/use-transcript";
import { useDurations } from "@/lib/client/screen/use-durations";
import type { WireMessage } from "@/lib/stream/wire";
import { Empty } from "../shell/bits";
import { TranscriptList } from "../transcript/transcript-list";

type PastTranscriptProps = { state: StateAt; agentName: string; onStep: (stepId: string) => void };

/** The messages that were in context as of a step. */
export function PastTranscript({ state, agentName, onStep }: PastTranscriptProps) {
  const rows = useMemo(
    () => rowsOf(foldWire(state.messages_in_context as unknown as WireMessage[])),
    [state.messages_in_context],
  );
  const durations = useDurations(state.agent_id);
  const actions = useMemo(() => ({ onStep }), [onStep]);
  if (rows.length === 0) return <Empty title="No messages were in context">The conversation had just begun.</Empty>;
  return (
    <TranscriptList
      key={state.step_id}
      rows={rows}
      agentName={agentName}
      liveFrom={Number.POSITIVE_INFINITY}
      durations={durations}
      actions={actions}
      top={`${state.messages_in_context.length} messages were in context`}
    />
  );
}
