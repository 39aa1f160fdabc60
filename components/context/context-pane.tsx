"use client";
import { ChevronRight } from "lucide-react";
import { type ReactNode, useState } from "react";
import type { Context, ContextSection } from "@/lib/client/api/wire";
import { formatCount, formatShare } from "@/lib/client/screen/format";
import { BACKGROUNDS, kindOfSection, sectionName } from "@/lib/client/time/section-kinds";
import { ERASED } from "@/lib/text/erased";
import { ErasedNote } from "../erasure/erased-note";
import { CopyButton, Empty, SectionHead } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { Problem } from "../shell/problem";
import { cn } from "../ui/cn";
import { ScrollText } from "../ui/scroll-text";
import { Skeleton } from "../ui/skeleton";
import { TokenBar } from "./token-bar";

type ContextPaneProps = {
  context: Context | undefined;
  /** Of which moment it is, where that is not plain. */
  note?: string | null;
  /** The step that it was recorded with; null for the context of now. */
  stepId?: string | null;
  /** What can be done about it. */
  action?: ReactNode;
  error: unknown;
  onRetry: () => void;
  onStep: (stepId: string) => void;
};

/** What the model is shown: how much of each section, and each section's exact text. */
export function ContextPane({ context, note = null, stepId = null, action, error, onRetry, onStep }: ContextPaneProps) {
  const [open, setOpen] = useState<ReadonlySet<number>>(new Set());
  function toggle(index: number) {
    const next = new Set(open);
    if (!next.delete(index)) next.add(index);
    setOpen(next);
  }
  return (
    <section aria-label="Context window">
      <SectionHead title="Context window" note={context?.model_handle}>
        {action}
      </SectionHead>
      {note && <p className="px-3 pb-1 text-muted text-sm">{note}</p>}
      {context ? (
        <>
          {stepId && hasErased(context) && <ErasedNote recordId={stepId} className="px-3 pb-1" />}
          <TokenBar context={context} onSection={toggle} />
          {context.sections.length === 0 && (
            <Empty title="Nothing yet">Send a message: what the model is shown stands here, section by section.</Empty>
          )}
          <ul>
            {groupTools(context.sections).map((group) => (
              <Group
                key={group[0]!.index}
                group={group}
                size={context.context_window}
                open={open}
                onToggle={toggle}
                onStep={onStep}
              />
            ))}
          </ul>
        </>
      ) : error ? (
        <Problem error={error} onRetry={onRetry} />
      ) : (
        <ContextSkeleton />
      )}
    </section>
  );
}

const hasErased = ({ sections }: Context) => sections.some(({ text }) => text.includes(ERASED));

type Placed = { section: ContextSection; index: number };

/** Sections in their order, with those of the tools, which may be many, as one group. */
function groupTools(sections: readonly ContextSection[]): Placed[][] {
  const groups: Placed[][] = [];
  for (const [index, section] of sections.entries()) {
    const last = groups.at(-1);
    if (section.kind === "tools" && last?.[0]?.section.kind === "tools") last.push({ section, index });
    else groups.push([{ section, index }]);
  }
  return groups;
}

type GroupProps = {
  group: Placed[];
  size: number;
  open: ReadonlySet<number>;
  onToggle: (index: number) => void;
  onStep: (stepId: string) => void;
};

function Group({ group, size, open, onToggle, onStep }: GroupProps) {
  const [spread, setSpread] = useState(false);
  const rows = group.map(({ section, index }) => (
    <SectionRow
      key={index}
      section={section}
      size={size}
      open={open.has(index)}
      onToggle={() => onToggle(index)}
      onStep={onStep}
    />
  ));
  if (group.length === 1) return rows[0];
  const shown = spread || group.some(({ index }) => open.has(index));
  const tokens = group.reduce((sum, { section }) => sum + section.tokens, 0);
  return (
    <>
      <li>
        <RowButton
          kind="tools"
          name={`Tool schemas (${group.length})`}
          tokens={tokens}
          size={size}
          open={shown}
          onToggle={() => setSpread(!spread)}
        />
      </li>
      {shown && (
        <li>
          <ul className="ml-3">{rows}</ul>
        </li>
      )}
    </>
  );
}

type RowButtonProps = { kind: string; name: string; tokens: number; size: number; open: boolean; onToggle: () => void };

function RowButton({ kind, name, tokens, size, open, onToggle }: RowButtonProps) {
  return (
    <button
      type="button"
      aria-expanded={open}
      onClick={onToggle}
      className="flex h-6 w-full items-center gap-2 px-3 text-left text-sm hover:bg-hover"
    >
      <ChevronRight
        className={cn("size-3 shrink-0 text-faint transition-transform", open && "rotate-90")}
        aria-hidden
      />
      <span className={cn("size-2 shrink-0 rounded-[2px]", BACKGROUNDS[kindOfSection(kind)])} aria-hidden />
      <span className="min-w-0 flex-1 truncate">{name}</span>
      <span>{formatCount(tokens)}</span>
      <span className="w-11 text-right text-muted">{formatShare(tokens, size)}</span>
    </button>
  );
}

type SectionRowProps = {
  section: ContextSection;
  size: number;
  open: boolean;
  onToggle: () => void;
  onStep: (stepId: string) => void;
};

function SectionRow({ section, size, open, onToggle, onStep }: SectionRowProps) {
  return (
    <li>
      <RowButton
        kind={section.kind}
        name={sectionName(section)}
        tokens={section.tokens}
        size={size}
        open={open}
        onToggle={onToggle}
      />
      {open && (
        <div className="mx-3 mb-2 rounded-md border border-line">
          <div className="flex flex-wrap items-center gap-x-2 border-line border-b bg-panel px-2 text-muted text-xs">
            <span>{formatCount(section.chars)} characters</span>
            <span className="font-mono" title="SHA-256 of the text">
              {section.hash.slice(0, 8)}
            </span>
            {section.cause && <CauseLine cause={section.cause} onStep={onStep} className="text-xs" />}
            <span className="ml-auto">
              <CopyButton text={section.text} label="Copy the section" />
            </span>
          </div>
          <ScrollText label={sectionName(section)} className="max-h-96 text-xs">
            {section.text || "(no text of its own: see the messages)"}
          </ScrollText>
        </div>
      )}
    </li>
  );
}

function ContextSkeleton() {
  return (
    <div role="status" aria-label="Loading the context" className="flex flex-col gap-2 px-3 pb-3">
      <Skeleton className="h-4" />
      <Skeleton className="h-4 w-40" />
      {["a", "b", "c", "d", "e", "f", "g"].map((row) => (
        <Skeleton key={row} className="h-4" />
      ))}
    </div>
  );
}
