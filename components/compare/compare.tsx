"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import type { ContextDiff, StateAt } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { type ContextDiffSection, settingsBetween } from "@/lib/client/time/comparison";
import { contextDiffQuery, stateQuery } from "@/lib/client/time/time-queries";
import { signed } from "@/lib/client/time/timeline";
import { Changes } from "../diff/changes";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { MemoryPart } from "./memory-part";
import { SectionsPart } from "./sections-part";
import { SettingsPart } from "./settings-part";

type CompareProps = {
  agentId: string;
  from: string;
  to: string;
  fromName: string;
  toName: string;
  onClose: () => void;
  onStep: (stepId: string) => void;
};

/**
 * What changed from one step to another: memory, with what both steps did; then prompt, settings, tools and messages, as
 * the model was shown them. What is equal is folded.
 */
export function Compare({ agentId, from, to, fromName, toName, onClose, onStep }: CompareProps) {
  const diff = useQuery(contextDiffQuery(from, to));
  const before = useQuery(stateQuery(agentId, from, "after"));
  const after = useQuery(stateQuery(agentId, to, "after"));
  const failed = [diff, before, after].find((query) => query.isError);
  // A state is kept on screen while the next one loads: here it must be the one that was asked for.
  const [old, now] = [ofStep(before.data, from), ofStep(after.data, to)];
  return (
    <section aria-label="Compare two steps" className="flex h-full min-h-0 flex-col">
      <div className="flex h-9 shrink-0 items-center gap-2 border-line border-b px-3">
        <h2 className="truncate font-medium">
          {fromName} → {toName}
        </h2>
        {diff.data && (
          <span className="hidden truncate text-muted text-sm sm:inline">
            {signed(diff.data.token_delta)} tokens · first {formatCount(diff.data.shared_prefix_chars)} characters
            shared
          </span>
        )}
        <Button tone="ghost" size="sm" className="ml-auto" onClick={onClose}>
          <X /> Close
        </Button>
      </div>
      {diff.data && old && now ? (
        <Changes label="Changes between the steps" className="flex-1">
          <Parts diff={diff.data} before={old} after={now} onStep={onStep} />
        </Changes>
      ) : failed ? (
        <Problem error={failed.error} onRetry={() => void failed.refetch()} />
      ) : (
        <SkeletonRows rows={10} label="Comparing" />
      )}
    </section>
  );
}

const ofStep = (state: StateAt | undefined, stepId: string) => (state?.step_id === stepId ? state : null);

type PartsProps = { diff: ContextDiff; before: StateAt; after: StateAt; onStep: (stepId: string) => void };

const TOOLS = ["tools", "tool-rules"];
const MESSAGES = ["summary", "messages"];
const IN_OTHER_PARTS = [...TOOLS, ...MESSAGES, "memory-block"];

function Parts({ diff, before, after, onStep }: PartsProps) {
  const sections = (has: (section: ContextDiffSection) => boolean) => diff.sections.filter(has);
  return (
    <>
      <MemoryPart before={before.blocks} after={after.blocks} sections={diff.sections} onStep={onStep} />
      <SectionsPart title="Prompt" sections={sections(({ kind }) => !IN_OTHER_PARTS.includes(kind))} onStep={onStep} />
      <SettingsPart
        settings={settingsBetween(before.agent_version.config, after.agent_version.config)}
        causes={new Map(diff.settings.map(({ name, causes }) => [name, causes]))}
        onStep={onStep}
      />
      <SectionsPart title="Tools" sections={sections(({ kind }) => TOOLS.includes(kind))} onStep={onStep} />
      <SectionsPart title="Messages" sections={sections(({ kind }) => MESSAGES.includes(kind))} onStep={onStep} />
    </>
  );
}
