"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useEffect, useMemo, useRef } from "react";
import { type Agent, DEFAULT_CONVERSATION } from "@/lib/client/api/wire";
import { runsQuery } from "@/lib/client/run/run-queries";
import { isLive } from "@/lib/client/run/run-state";
import { answersOf, joinLive, pendingApprovals, type Row, rowsOf } from "@/lib/client/run/transcript-rows";
import type { Outgoing } from "@/lib/client/run/use-run";
import { useRun } from "@/lib/client/run/use-run";
import { useRunningCalls } from "@/lib/client/run/use-running-calls";
import { loadNewer, useTranscript } from "@/lib/client/run/use-transcript";
import { useDurations } from "@/lib/client/screen/use-durations";
import { Empty } from "../shell/bits";
import { DemoLabel } from "../shell/demo-label";
import { Problem } from "../shell/problem";
import { SkeletonRows } from "../ui/skeleton";
import { ApprovalBar } from "./approval-bar";
import { Composer } from "./composer";
import { ConversationMenu, useNewConversation } from "./conversation-menu";
import { LiveLine } from "./live-line";
import { TranscriptList } from "./transcript-list";

type SimulatorProps = {
  agent: Agent;
  conversationId: string;
  onConversation: (conversationId: string) => void;
  onStep: (stepId: string) => void;
};

/** One conversation with the agent, live. Key it by conversation. */
export function Simulator({ agent, conversationId, onConversation, onStep }: SimulatorProps) {
  const transcript = useTranscript(agent.id, conversationId);
  const run = useRun(agent.id, conversationId);
  const live = isLive(run.state);
  useAttachedRun(agent.id, conversationId, run);
  useCaughtUp(agent.id, conversationId, run);

  const stored = transcript.messages;
  const { rows, liveFrom } = useRows(stored, run.state.fold.messages, run.sent, live);
  const durations = useDurations(agent.id);
  const running = useRunningCalls(agent.id, conversationId, live ? run.state.runId : null);
  const router = useRouter();
  const { fork } = useNewConversation(agent.id, onConversation);
  const actions = useMemo(
    () => ({
      onStep,
      onFork: (messageId: string) => fork.mutate({ conversationId, messageId }),
      onTest: (messageId: string) => router.push(`/tests/new?message=${messageId}`),
      canErase: true,
    }),
    [conversationId, fork.mutate, onStep, router],
  );
  const answered = run.sent?.type === "approval" && run.state.phase !== "failed";
  const waiting = live || answered ? [] : pendingApprovals(rows.slice(-50));
  const stop = useMutation({ mutationFn: run.stop });

  return (
    <section aria-label="Simulator" className="flex h-full min-h-0 flex-col">
      <div className="flex h-9 shrink-0 items-center gap-2 border-line border-b px-2">
        <h2 className="sr-only">Simulator</h2>
        <ConversationMenu agentId={agent.id} conversationId={conversationId} onOpen={onConversation} />
        <span className="ml-auto">
          <DemoLabel model={agent.model} />
        </span>
      </div>
      {transcript.status === "pending" && rows.length === 0 ? (
        <div className="flex-1">
          <SkeletonRows rows={10} label="Loading messages" />
        </div>
      ) : transcript.status === "error" ? (
        <div className="flex-1">
          <Problem error={transcript.error} onRetry={() => void transcript.refetch()} />
        </div>
      ) : rows.every((row) => row.type === "system") ? (
        <div className="flex flex-1 items-center justify-center">
          <Empty title={`Say something to ${agent.name}`}>
            What it thinks, calls and answers appears here as it happens. Tell it something worth remembering and watch
            its memory change on the right.
          </Empty>
        </div>
      ) : (
        <TranscriptList
          rows={rows}
          agentName={agent.name}
          liveFrom={liveFrom}
          durations={durations}
          running={running}
          actions={actions}
          top={<Top transcript={transcript} />}
          onNearTop={transcript.loadOlder}
        />
      )}
      <LiveLine run={run.state} running={running} />
      {run.state.error !== null && <Problem error={run.state.error} className="mb-0" />}
      {(stop.error ?? fork.error) !== null && <Problem error={stop.error ?? fork.error} className="mb-0" />}
      {waiting.length > 0 && (
        <ApprovalBar
          key={waiting.map((row) => row.key).join()}
          calls={waiting}
          onDecide={(decisions) => run.send({ type: "approval", decisions, otid: crypto.randomUUID() })}
        />
      )}
      <Composer
        agentName={agent.name}
        live={live}
        blocked={waiting.length > 0 ? "Approve or deny the call above first" : null}
        onSend={(role, text, images) => run.send({ type: "message", role, text, images, otid: crypto.randomUUID() })}
        onStop={() => stop.mutate()}
        stopping={stop.isPending}
      />
    </section>
  );
}

function Top({ transcript }: { transcript: ReturnType<typeof useTranscript> }) {
  const { complete, older, loadOlder } = transcript;
  if (older.error) {
    return (
      <button type="button" className="text-error underline" onClick={() => void loadOlder()}>
        Older messages did not load. Try again
      </button>
    );
  }
  if (complete) return "The beginning of the conversation";
  return older.loading ? "Loading older messages…" : null;
}

type Run = ReturnType<typeof useRun>;

/** A reload, another tab or the API may have left a run going here: its stream is shown from its beginning. */
function useAttachedRun(agentId: string, conversationId: string, run: Run): void {
  const active = useQuery(runsQuery({ agentId, active: true, limit: 20 }));
  const tried = useRef(new Set<string>());
  const { attach } = run;
  const { phase, runId } = run.state;
  useEffect(() => {
    if (runId !== null) tried.current.add(runId);
    if (phase === "sending" || phase === "streaming" || phase === "reconnecting") return;
    const wanted = conversationId === DEFAULT_CONVERSATION ? null : conversationId;
    const found = active.data?.find(
      (one) => one.background && one.conversation_id === wanted && !tried.current.has(one.id),
    );
    if (!found) return;
    tried.current.add(found.id);
    attach(found.id);
  }, [active.data, attach, conversationId, phase, runId]);
}

/** When a run has ended, its messages are loaded as they are stored, and the stream's copy is let go. */
function useCaughtUp(agentId: string, conversationId: string, run: Run): void {
  const client = useQueryClient();
  const { phase } = run.state;
  const { clear } = run;
  useEffect(() => {
    if (phase !== "done") return;
    let current = true;
    void loadNewer(client, agentId, conversationId)
      .then(() => current && clear())
      .catch(() => {});
    return () => {
      current = false;
    };
  }, [agentId, clear, client, conversationId, phase]);
}

function useRows(
  stored: ReturnType<typeof useTranscript>["messages"],
  streamed: Run["state"]["fold"]["messages"],
  sent: Outgoing | null,
  live: boolean,
): { rows: Row[]; liveFrom: number } {
  const settled = useMemo(() => rowsOf(stored), [stored]);
  return useMemo(() => {
    const isStored = sent !== null && stored.some((message) => message.otid === sent.otid);
    const mine = sent?.type === "message" && !isStored ? [sentRow(sent)] : [];
    const all = joinLive(stored, streamed);
    if (all.length === stored.length) return withLive([...settled, ...mine], live);
    const fresh = all.slice(stored.length);
    const answers = answersOf([...stored.slice(-20), ...fresh]);
    const rows = [...settled, ...mine].map((row) =>
      row.type === "tool" && row.result === null ? { ...row, result: answers.returns.get(row.call.id) ?? null } : row,
    );
    return withLive([...rows, ...rowsOf(fresh, answers)], live);
  }, [live, sent, settled, stored, streamed]);
}

/** While a run is live, what stands after the last thing that was said to the agent may still grow. */
function withLive(rows: Row[], live: boolean): { rows: Row[]; liveFrom: number } {
  const liveFrom = live ? rows.findLastIndex((row) => row.type === "user") + 1 : Number.POSITIVE_INFINITY;
  return { rows, liveFrom };
}

function sentRow(sent: Extract<Outgoing, { type: "message" }>): Row {
  const { otid, text, role, images } = sent;
  return {
    key: otid,
    messageId: otid,
    stepId: null,
    runId: null,
    at: new Date().toISOString(),
    type: "user",
    text,
    images,
    name: role === "system" ? "System" : null,
  };
}
