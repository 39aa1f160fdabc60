"use client";
import { useQuery } from "@tanstack/react-query";
import { Inbox } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { Agent, StateAt } from "@/lib/client/api/wire";
import { waitingQuery } from "@/lib/client/memory/review-queries";
import { blocksAt, blocksNow } from "@/lib/client/memory/shown-blocks";
import { contextQuery, stepContextQuery } from "@/lib/client/time/time-queries";
import type { StepEntry } from "@/lib/client/time/timeline";
import { nextStepQuery } from "@/lib/client/time/timeline-queries";
import type { Move, Place } from "@/lib/client/time/use-moment";
import type { Timeline } from "@/lib/client/time/use-timeline";
import { CompactionButton } from "../context/compaction-dialog";
import { ContextPane } from "../context/context-pane";
import { ArchivalPane } from "../memory/archival-pane";
import { BlockDialog } from "../memory/block-dialog";
import { BlockList } from "../memory/block-list";
import { KnowledgeBox } from "../memory/knowledge-box";
import { PastPassages } from "../memory/past-passages";
import { Button } from "../ui/button";

type MemoryColumnProps = {
  agent: Agent;
  place: Place;
  move: Move;
  timeline: Timeline;
  /** Everything as of the step that is shown; null is now, or that it still loads. */
  state: StateAt | null;
  waiting: ReactNode;
  onStep: (stepId: string) => void;
};

/** What the model is shown and what the agent remembers, now or as of a step. */
export function MemoryColumn({ agent, place, move, timeline, state, waiting, onStep }: MemoryColumnProps) {
  const { step } = place;
  const named = place.moment === "after" ? timeline.stepOf(step) : null;
  const next = useQuery(nextStepQuery(agent.id, named));
  const shown = shownContext(place, named, next.data);
  const live = useQuery({
    ...contextQuery(agent.id, shown.live ?? place.conversation),
    enabled: shown.live !== null,
  });
  const recorded = useQuery({ ...stepContextQuery(shown.step ?? ""), enabled: shown.step !== null });
  const context = shown.live === null ? recorded : live;
  return (
    <section aria-label="Context and memory" className="flex h-full flex-col divide-y divide-line overflow-auto">
      <ContextPane
        context={context.data}
        note={shown.note}
        stepId={shown.step}
        action={step === null && <CompactionButton agentId={agent.id} conversationId={place.conversation} />}
        error={context.error}
        onRetry={() => void context.refetch()}
        onStep={onStep}
      />
      <KnowledgeBox
        key={step ?? "now"}
        agentId={agent.id}
        step={step}
        onStep={onStep}
        onBlock={(block) => move({ block })}
      />
      {step === null && <Waiting agentId={agent.id} />}
      {step === null ? (
        <BlockList
          blocks={blocksNow(agent)}
          onOpen={(block) => move({ block })}
          action={
            <Button asChild size="sm">
              <Link href={`/agents/${agent.id}/health`}>Health</Link>
            </Button>
          }
        />
      ) : state ? (
        <BlockList blocks={blocksAt(state)} onOpen={(block) => move({ block })} />
      ) : (
        waiting
      )}
      {step === null ? <ArchivalPane agentId={agent.id} /> : state && <PastPassages state={state} />}
      <OpenBlock agent={agent} place={place} move={move} state={state} onStep={onStep} />
    </section>
  );
}

/** A way to the writes of this agent that wait for a person. */
function Waiting({ agentId }: { agentId: string }) {
  const { data: count = 0 } = useQuery(waitingQuery(agentId));
  if (count === 0) return null;
  return (
    <Link href={`/review?agent=${agentId}`} className="flex items-center gap-2 px-3 py-2 text-memory hover:bg-hover">
      <Inbox className="size-3.5" aria-hidden />
      {count} memory {count === 1 ? "write waits" : "writes wait"} for review
    </Link>
  );
}

type ShownContext = {
  /** The conversation whose context is shown as it is now. */
  live: string | null;
  /** The step whose context is shown as it was recorded. */
  step: string | null;
  note: string | null;
};

/**
 * The context of the moment that is shown. What a step did is first in the context of the next step of its conversation;
 * after the last one it is what the model would be shown now.
 */
function shownContext(
  { step, moment, conversation }: Place,
  named: StepEntry | null,
  next: StepEntry | null | undefined,
): ShownContext {
  if (step === null) return { live: conversation, step: null, note: null };
  if (moment === "before") return { live: null, step, note: null };
  if (named === null || next === undefined) return { live: null, step: null, note: null };
  if (next)
    return { live: null, step: next.id, note: `as step ${next.number}, the next of its conversation, was shown it` };
  return { live: named.conversation_id, step: null, note: "as it is now: no step of its conversation came after" };
}

/** The block that the URL names. One that is no longer attached is shown as it was. */
function OpenBlock({ agent, place, move, state, onStep }: Omit<MemoryColumnProps, "waiting" | "timeline">) {
  if (place.block === null || (place.step !== null && state === null)) return null;
  const past = state?.blocks.find((version) => version.block_id === place.block) ?? null;
  const attached = agent.blocks.find((one) => one.id === place.block);
  const block = attached ?? (past && { ...past, id: past.block_id });
  if (!block) return null;
  return (
    <BlockDialog
      key={`${block.id}:${past?.id ?? "now"}`}
      block={block}
      past={past}
      isAttached={attached !== undefined}
      onClose={() => move({ block: null })}
      onStep={onStep}
    />
  );
}
