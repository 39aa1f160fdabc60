"use client";
import { useQuery } from "@tanstack/react-query";
import { Bot, Layers, MessageSquare } from "lucide-react";
import { type ReactNode, useCallback, useMemo } from "react";
import type { Agent, StateAt } from "@/lib/client/api/wire";
import { useNarrow } from "@/lib/client/screen/use-narrow";
import { stateQuery } from "@/lib/client/time/time-queries";
import type { Column } from "@/lib/client/time/timeline";
import { type Move, type PaneName, type Place, usePlace } from "@/lib/client/time/use-moment";
import { useTimeline } from "@/lib/client/time/use-timeline";
import { Compare } from "../context/compare";
import { CrashGuard } from "../shell/crash-guard";
import { Problem } from "../shell/problem";
import { type Command, useCommands } from "../shell/shortcuts";
import { PastBanner } from "../timeline/past-banner";
import { indexOf, TimelinePane } from "../timeline/timeline-pane";
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
  const timeline = useTimeline(agent.id);
  const narrow = useNarrow();
  const past = useQuery({ ...stateQuery(agent.id, place.step ?? ""), enabled: place.step !== null });
  const state = place.step === null ? null : (past.data ?? null);
  useTimeCommands(timeline.columns, place, move);

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
        columns={timeline.columns}
        onStep={goToStep}
        waiting={waiting}
      />
    ),
    context: <MemoryColumn agent={agent} place={place} move={move} state={state} waiting={waiting} onStep={goToStep} />,
  };

  return (
    <main className="flex min-h-0 flex-1 flex-col">
      {place.step !== null && (
        <PastBanner
          agentId={agent.id}
          stepId={place.step}
          index={indexOf(timeline.columns, place.step)}
          columns={timeline.columns}
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
      <TimelinePane timeline={timeline} place={place} move={move} />
      {narrow && <PaneTabs pane={place.pane} onChange={(pane) => move({ pane }, { replace: true })} />}
    </main>
  );
}

type CenterProps = {
  agent: Agent;
  place: Place;
  move: Move;
  state: StateAt | null;
  columns: readonly Column[];
  onStep: (stepId: string) => void;
  waiting: ReactNode;
};

/** The conversation, live; or as it was; or what changed between two steps. */
function Center({ agent, place, move, state, columns, onStep, waiting }: CenterProps) {
  if (place.step !== null && place.with !== null) {
    const [from, to] = inOrder(columns, place.with, place.step);
    return (
      <Compare
        from={from}
        to={to}
        fromName={stepName(columns, from)}
        toName={stepName(columns, to)}
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

function inOrder(columns: readonly Column[], a: string, b: string): [string, string] {
  return (indexOf(columns, a) ?? 0) <= (indexOf(columns, b) ?? 0) ? [a, b] : [b, a];
}

function stepName(columns: readonly Column[], stepId: string): string {
  const index = indexOf(columns, stepId);
  return index === null ? "an older step" : `Step ${columns[index]!.number}`;
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
function useTimeCommands(columns: readonly Column[], place: Place, move: Move): void {
  const commands = useMemo<Command[]>(() => {
    const last = columns.length - 1;
    const at = indexOf(columns, place.step) ?? last;
    const go = (index: number) => {
      const step = index >= columns.length ? null : (columns[Math.max(index, 0)]?.step.id ?? null);
      move({ step, with: step === null ? null : place.with }, { replace: place.step !== null });
    };
    return [
      { id: "step-back", group: "Time line", title: "One step back", keys: "ArrowLeft", run: () => go(at - 1) },
      {
        id: "step-forward",
        group: "Time line",
        title: "One step forward",
        keys: "ArrowRight",
        run: () => place.step !== null && go(at + 1),
      },
      {
        id: "now",
        group: "Time line",
        title: "Back to now",
        keys: "Escape",
        run: () => place.step !== null && move({ step: null, with: null }),
      },
    ];
  }, [columns, move, place.step, place.with]);
  useCommands(commands);
}
