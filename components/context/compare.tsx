"use client";
import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { useState } from "react";
import type { ContextDiff } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { BACKGROUNDS, kindOfSection, sectionName } from "@/lib/client/time/section-kinds";
import { contextDiffQuery } from "@/lib/client/time/time-queries";
import { signed } from "@/lib/client/time/timeline";
import { Changes } from "../diff/changes";
import { LineDiff } from "../diff/line-diff";
import { Empty } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { Problem } from "../shell/problem";
import { Badge, type Tone } from "../ui/badge";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

type CompareProps = {
  from: string;
  to: string;
  fromName: string;
  toName: string;
  onClose: () => void;
  onStep: (stepId: string) => void;
};

/** What changed in the context between two steps, by section, each with its causes. */
export function Compare({ from, to, fromName, toName, onClose, onStep }: CompareProps) {
  const diff = useQuery(contextDiffQuery(from, to));
  return (
    <section aria-label="Compare two steps" className="flex h-full min-h-0 flex-col">
      <div className="flex h-9 shrink-0 items-center gap-2 border-line border-b px-3">
        <h2 className="truncate font-medium">
          {fromName} → {toName}
        </h2>
        {diff.data && (
          <span className="truncate text-muted text-sm">
            {signed(diff.data.token_delta)} tokens · first {formatCount(diff.data.shared_prefix_chars)} characters
            shared
          </span>
        )}
        <Button tone="ghost" size="sm" className="ml-auto" onClick={onClose}>
          <X /> Close
        </Button>
      </div>
      {diff.data ? (
        <Changes label="Changes between the steps" className="flex-1">
          <Sections diff={diff.data} onStep={onStep} />
        </Changes>
      ) : diff.isError ? (
        <Problem error={diff.error} onRetry={() => void diff.refetch()} />
      ) : (
        <SkeletonRows rows={10} label="Comparing" />
      )}
    </section>
  );
}

function Sections({ diff, onStep }: { diff: ContextDiff; onStep: (stepId: string) => void }) {
  const [showSame, setShowSame] = useState(false);
  const changed = diff.sections.filter((section) => section.change !== "same");
  const same = diff.sections.length - changed.length;
  const shown = showSame ? diff.sections : changed;
  return (
    <>
      {changed.length === 0 && (
        <Empty title="Nothing changed">The model was shown the same sections in both steps.</Empty>
      )}
      <ul>
        {shown.map((section) => (
          <SectionDiff key={`${section.kind}:${section.label}`} section={section} onStep={onStep} />
        ))}
      </ul>
      {same > 0 && (
        <Button tone="ghost" size="sm" className="m-2" onClick={() => setShowSame(!showSame)}>
          {showSame ? "Hide" : "Show"} {same} {same === 1 ? "section" : "sections"} that stayed the same
        </Button>
      )}
    </>
  );
}

const textWithout = (parts: SectionParts, type: SectionParts[number]["type"]) =>
  parts.flatMap((part) => (part.type === type ? [] : [part.text])).join("");

type SectionParts = ContextDiff["sections"][number]["parts"];

const CHANGES: Record<ContextDiff["sections"][number]["change"], { text: string; tone: Tone }> = {
  same: { text: "same", tone: "neutral" },
  changed: { text: "changed", tone: "messages" },
  added: { text: "added", tone: "files" },
  removed: { text: "removed", tone: "error" },
};

type SectionDiffProps = { section: ContextDiff["sections"][number]; onStep: (stepId: string) => void };

function SectionDiff({ section, onStep }: SectionDiffProps) {
  const change = CHANGES[section.change];
  const delta = section.tokens_after - section.tokens_before;
  return (
    <li className="border-line border-b px-3 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className={cn("size-2 rounded-[2px]", BACKGROUNDS[kindOfSection(section.kind)])} aria-hidden />
        <h3 className="font-medium">{sectionName(section)}</h3>
        <Badge tone={change.tone}>{change.text}</Badge>
        <span className="text-muted text-sm">
          {formatCount(section.tokens_before)} → {formatCount(section.tokens_after)} tokens ({signed(delta)})
        </span>
      </div>
      {section.causes.length > 0 && (
        <ul className="my-1">
          {section.causes.map((cause, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: causes have no identity but their place
            <li key={index}>
              <CauseLine cause={cause} onStep={onStep} />
            </li>
          ))}
        </ul>
      )}
      {section.parts.length > 0 && (
        <div className="mt-1 overflow-hidden rounded-md border border-line">
          <LineDiff before={textWithout(section.parts, "added")} after={textWithout(section.parts, "removed")} />
        </div>
      )}
    </li>
  );
}
