"use client";
import { useQuery } from "@tanstack/react-query";
import { Bot, Layers, MessageSquare } from "lucide-react";
import { type ReactNode, useCallback, useMemo } from "react";
import type { Agent, StateAt } from "@/lib/client/api/wire";
import { useNarrow } from "@/lib/client/screen/use-narrow";
import { stateQuery } from "@/lib/client/time/time-queries";
import { type Move, type PaneName, type Place, usePlace } from "@/lib/client/time/use-moment";
import { type GoTo, lastBefore, useGoTo } from "@/lib/client/time/use-time-travel";
import { type Timeline, useTimeline } from "@/lib/client/time/use-timeline";
import { Compare } from "../compare/compare";
import { CrashGuard } from "../shell/crash-guard";
import { Problem } from "../shell/problem";
import { type Command, useCommands } from "../shell/shortcuts";
import { PastBanner } from "../timeline/past-banner";
import { TimelinePane } from "../timeline/timeline-pane";
import { Simulator } from "../transcript/simulator";
import { cn } from "../ui/cn";
import { ResizablePanes } from "../ui/resizable";
import { SkeletonRows } from "../ui/skeleton";
import { AgentPane } from "./agent-pane";
import { MemoryColumn } from "./memory-column";
import { PastAgentPane } from "./past-agent-pane";
import { PastTranscript } from "./past-transcript";

/** The three panes over the time line. With a step in the URL all of them show what was as of that step. */
export function WorkbenchPanes({ agent }: { agent: Agent }) {
  const [place, move] = usePlace();
  const timeline = useTimeline(agent.id, place.filter, [place.step, place.with]);
  const goTo = useGoTo(timeline, place, move);
  const narrow = useNarrow();
  const past = useQuery({ ...stateQuery(agent.id, place.step ?? "", place.moment), enabled: place.step !== null });
  const state = place.step === null ? null : (past.data ?? null);
  useTimeCommands(timeline, place, move, goTo);

  const goToStep = useCallback((step: string) => move({ step, with: null, block: null }), [move]);
  const waiting = past.isError ? (
    <Problem error={past.error} onRetry={() => void past.refetch()} />
  ) : (
    <SkeletonRows rows={10} label="Loading the past" />
  );
  const panes: Record<PaneName, ReactNode> = {
    agent:
      place.step === null ? (
        <AgentPane agent={agent} onStep={goToStep} />
      ) : state ? (
        <PastAgentPane state={state} onStep={goToStep} />
      ) : (
        waiting
      ),
    simulator: (
      <Center
        agent={agent}
        place={place}
        move={move}
        state={state}
        timeline={timeline}
        onStep={goToStep}
        waiting={waiting}
      />
    ),
    context: (
      <MemoryColumn
        agent={agent}
        place={place}
        move={move}
        timeline={timeline}
        state={state}
        waiting={waiting}
        onStep={goToStep}
      />
    ),
  };

  return (
    <main className="flex min-h-0 flex-1 flex-col">
      {place.step !== null && (
        <PastBanner
          agentId={agent.id}
          agentName={agent.name}
          stepId={place.step}
          moment={place.moment}
          timeline={timeline}
          move={move}
        />
      )}
      {narrow === null ? (
        <SkeletonRows rows={14} label="Loading the workbench" />
      ) : narrow ? (
        <div className="min-h-0 flex-1">
          <CrashGuard key={place.pane}>{panes[place.pane]}</CrashGuard>
        </div>
      ) : (
        <ResizablePanes
          id="workbench"
          panes={[
            { id: "agent", size: "22%", minSize: "200px", content: <CrashGuard>{panes.agent}</CrashGuard> },
            { id: "simulator", size: "48%", minSize: "320px", content: <CrashGuard>{panes.simulator}</CrashGuard> },
            { id: "context", size: "30%", minSize: "260px", content: <CrashGuard>{panes.context}</CrashGuard> },
          ]}
        />
      )}
      <TimelinePane agent={agent} timeline={timeline} place={place} move={move} goTo={goTo} />
      {narrow && <PaneTabs pane={place.pane} onChange={(pane) => move({ pane }, { replace: true })} />}
    </main>
  );
}

type CenterProps = {
  agent: Agent;
  place: Place;
  move: Move;
  state: StateAt | null;
  timeline: Timeline;
  onStep: (stepId: string) => void;
  waiting: ReactNode;
};

/** The conversation, live; or as it was; or what changed between two steps. */
function Center({ agent, place, move, state, timeline, onStep, waiting }: CenterProps) {
  if (place.step !== null && place.with !== null) {
    const [from, to] = inOrder(timeline, place.with, place.step);
    return (
      <Compare
        key={`${from}:${to}`}
        agentId={agent.id}
        from={from}
        to={to}
        fromName={stepName(timeline, from)}
        toName={stepName(timeline, to)}
        onClose={() => move({ with: null })}
        onStep={onStep}
      />
    );
  }
  if (place.step !== null) {
    return (
      <section aria-label="Simulator as of the step" className="flex h-full min-h-0 flex-col">
        {state ? <PastTranscript state={state} agentName={agent.name} onStep={onStep} /> : waiting}
      </section>
    );
  }
  return (
    <Simulator
      key={place.conversation}
      agent={agent}
      conversationId={place.conversation}
      onConversation={(conversation) => move({ conversation })}
      onStep={onStep}
    />
  );
}

function inOrder({ stepOf }: Timeline, a: string, b: string): [string, string] {
  return (stepOf(a)?.seq ?? 0) <= (stepOf(b)?.seq ?? 0) ? [a, b] : [b, a];
}

function stepName({ stepOf }: Timeline, stepId: string): string {
  const step = stepOf(stepId);
  return step ? `Step ${step.number}` : "A step";
}

const TABS: { pane: PaneName; name: string; icon: typeof Bot }[] = [
  { pane: "agent", name: "Agent", icon: Bot },
  { pane: "simulator", name: "Simulator", icon: MessageSquare },
  { pane: "context", name: "Memory", icon: Layers },
];

function PaneTabs({ pane, onChange }: { pane: PaneName; onChange: (pane: PaneName) => void }) {
  return (
    <nav aria-label="Panes" className="flex shrink-0 border-line border-t bg-panel pb-[env(safe-area-inset-bottom)]">
      {TABS.map(({ pane: one, name, icon: Icon }) => (
        <button
          key={one}
          type="button"
          aria-current={one === pane ? "page" : undefined}
          onClick={() => onChange(one)}
          className={cn(
            "flex h-12 flex-1 flex-col items-center justify-center text-xs",
            one === pane ? "text-foreground" : "text-muted",
          )}
        >
          <Icon className="size-4" aria-hidden />
          {name}
        </button>
      ))}
    </nav>
  );
}

/** ← and → go through the steps, Esc back to now. */
function useTimeCommands(timeline: Timeline, place: Place, move: Move, goTo: GoTo): void {
  const commands = useMemo<Command[]>(() => {
    const at = lastBefore(timeline, place.step);
    return [
      {
        id: "step-back",
        group: "Time line",
        title: "One step back",
        keys: "ArrowLeft",
        run: () => at !== null && goTo(at - 1),
      },
      {
        id: "step-forward",
        group: "Time line",
        title: "One step forward",
        keys: "ArrowRight",
        run: () => place.step !== null && at !== null && goTo(at + 1),
      },
      {
        id: "now",
        group: "Time line",
        title: "Back to now",
        keys: "Escape",
        run: () => place.step !== null && move({ step: null, with: null }),
      },
    ];
  }, [timeline, move, place.step, goTo]);
  useCommands(commands);
}
