"use client";
import { useQuery } from "@tanstack/react-query";
import { Archive, ArchiveX, LogOut, type LucideIcon, MessageSquare, PencilLine, Search, Trash2, X } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import type { Knowledge, KnowledgeEvent } from "@/lib/client/api/wire";
import { momentOf } from "@/lib/client/memory/knowledge";
import { knowledgeQuery } from "@/lib/client/memory/memory-queries";
import { Ago, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Input } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";

type KnowledgeBoxProps = {
  agentId: string;
  /** By what the model was shown in this step; null is now. */
  step: string | null;
  onStep: (stepId: string) => void;
  onBlock: (blockId: string) => void;
};

/** Asks why the agent knows something, or does not: a verdict, and the moments that lead to it. */
export function KnowledgeBox({ agentId, step, onStep, onBlock }: KnowledgeBoxProps) {
  const id = useId();
  const [text, setText] = useState("");
  const [asked, setAsked] = useState("");
  const answer = useQuery(knowledgeQuery(agentId, asked, step));
  const ask = (event: FormEvent) => {
    event.preventDefault();
    const query = text.trim();
    if (query === asked) void answer.refetch();
    else setAsked(query);
  };
  const clear = () => {
    setText("");
    setAsked("");
  };
  return (
    <section aria-label="Knowledge" className="pb-2">
      <SectionHead title="Why does it know, or not?" />
      <form onSubmit={ask} className="mx-3 flex gap-1">
        <label htmlFor={id} className="sr-only">
          Why does it know, or not?
        </label>
        <Input
          id={id}
          maxLength={400}
          placeholder="A few words: walnut allergy"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" disabled={text.trim() === ""}>
          Ask
        </Button>
        {asked && (
          <Button size="icon" tone="ghost" aria-label="Clear the question" onClick={clear}>
            <X />
          </Button>
        )}
      </form>
      {asked === "" ? null : answer.isError ? (
        <Problem error={answer.error} onRetry={() => void answer.refetch()} />
      ) : !answer.data ? (
        <SkeletonRows rows={3} label="Looking through its past" />
      ) : (
        <Answer knowledge={answer.data} onStep={onStep} onBlock={onBlock} />
      )}
    </section>
  );
}

type AnswerProps = { knowledge: Knowledge } & Pick<KnowledgeBoxProps, "onStep" | "onBlock">;

function Answer({ knowledge, onStep, onBlock }: AnswerProps) {
  const { verdict, words, events, left_out } = knowledge;
  return (
    <div className="px-3 pt-2">
      <p role="status" className="rounded-md border border-line bg-panel p-2">
        {verdict.text}
      </p>
      <p className="py-1 text-muted text-xs">
        Lines with {words.map(({ matches }) => `“${matches}”`).join(" and ")}
        {events.length > 0 ? ", oldest first" : ""}
      </p>
      <ol>
        {events.map((event, index) => (
          <li key={event.seq}>
            {left_out > 0 && index === events.length / 2 && (
              <p className="py-1 text-center text-muted text-sm">{left_out} more in between</p>
            )}
            <Moment event={event} onStep={onStep} onBlock={onBlock} />
          </li>
        ))}
      </ol>
    </div>
  );
}

const LOOKS: Record<KnowledgeEvent["type"], { icon: LucideIcon; tone: string }> = {
  said: { icon: MessageSquare, tone: "text-messages" },
  written: { icon: PencilLine, tone: "text-memory" },
  dropped: { icon: Trash2, tone: "text-error" },
  archived: { icon: Archive, tone: "text-files" },
  removed: { icon: ArchiveX, tone: "text-error" },
  "left-context": { icon: LogOut, tone: "text-summary" },
  searched: { icon: Search, tone: "text-tools" },
};

function Moment({ event, onStep, onBlock }: { event: KnowledgeEvent } & Pick<KnowledgeBoxProps, "onStep" | "onBlock">) {
  const { icon: Icon, tone } = LOOKS[event.type];
  const { step_id: step } = event;
  return (
    <div className="flex gap-2 border-line border-t py-1.5 text-sm">
      <Icon className={cn("mt-0.5 size-4 shrink-0", tone)} aria-hidden />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className={cn("font-medium", tone)}>{momentOf(event)}</span>
          <Ago at={event.created_at} className="text-muted text-xs" />
        </p>
        <p className="line-clamp-3 break-words text-muted">{event.text}</p>
        <p className="flex gap-3">
          {step && (
            <button
              type="button"
              className="rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
              onClick={() => onStep(step)}
            >
              As of this step
            </button>
          )}
          {"block_id" in event && (
            <button
              type="button"
              className="rounded-sm underline decoration-line-strong underline-offset-2 hover:decoration-current"
              onClick={() => onBlock(event.block_id)}
            >
              Versions of {event.label}
            </button>
          )}
        </p>
      </div>
    </div>
  );
}
