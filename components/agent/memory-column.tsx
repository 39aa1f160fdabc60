"use client";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { Agent, StateAt } from "@/lib/client/api/wire";
import { blocksAt, blocksNow } from "@/lib/client/memory/shown-blocks";
import { contextQuery, stepContextQuery } from "@/lib/client/time/time-queries";
import type { Move, Place } from "@/lib/client/time/use-moment";
import { ContextPane } from "../context/context-pane";
import { ArchivalPane } from "../memory/archival-pane";
import { BlockDialog } from "../memory/block-dialog";
import { BlockList } from "../memory/block-list";
import { KnowledgeBox } from "../memory/knowledge-box";
import { PastPassages } from "../memory/past-passages";

type MemoryColumnProps = {
  agent: Agent;
  place: Place;
  move: Move;
  /** Everything as of the step that is shown; null is now, or that it still loads. */
  state: StateAt | null;
  waiting: ReactNode;
  onStep: (stepId: string) => void;
};

/** What the model is shown and what the agent remembers, now or as of a step. */
export function MemoryColumn({ agent, place, move, state, waiting, onStep }: MemoryColumnProps) {
  const { step } = place;
  const live = useQuery({ ...contextQuery(agent.id, place.conversation), enabled: step === null });
  const recorded = useQuery({ ...stepContextQuery(step ?? ""), enabled: step !== null });
  const context = step === null ? live : recorded;
  return (
    <section aria-label="Context and memory" className="flex h-full flex-col divide-y divide-line overflow-auto">
      <ContextPane
        context={context.data}
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
      {step === null ? (
        <BlockList blocks={blocksNow(agent)} onOpen={(block) => move({ block })} />
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

/** The block that the URL names. One that is no longer attached is shown as it was. */
function OpenBlock({ agent, place, move, state, onStep }: Omit<MemoryColumnProps, "waiting">) {
  if (place.block === null || (place.step !== null && state === null)) return null;
  const past = state?.blocks.find((version) => version.block_id === place.block) ?? null;
  const block = agent.blocks.find((one) => one.id === place.block);
  if (!block) return null;
  return (
    <BlockDialog
      key={`${block.id}:${past?.id ?? "now"}`}
      block={block}
      past={past}
      onClose={() => move({ block: null })}
      onStep={onStep}
    />
  );
}
