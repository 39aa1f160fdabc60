"use client";
import { type ReactNode, useState } from "react";
import type { Cause } from "@/lib/client/api/wire";
import { CauseLine } from "../shell/cause-line";
import { Badge, type Tone } from "../ui/badge";
import { Button } from "../ui/button";

type PartProps = {
  title: string;
  /** What differs. */
  changed: readonly ReactNode[];
  /** Names of what is equal: folded. */
  equal: readonly string[];
  /** What the equal ones are, for one and for many. */
  noun: readonly [one: string, many: string];
};

/** One part of a comparison, with how much of it changed. */
export function Part({ title, changed, equal, noun }: PartProps) {
  const [open, setOpen] = useState(false);
  const of = (count: number) => `${count} ${count === 1 ? noun[0] : noun[1]}`;
  return (
    <section aria-label={title} className="border-line border-b">
      <div className="sticky top-0 z-10 flex h-8 items-center gap-2 border-line border-b bg-panel px-3">
        <h3 className="font-medium">{title}</h3>
        <span className="text-muted text-sm">{changed.length === 0 ? "equal" : `${of(changed.length)} changed`}</span>
        {equal.length > 0 && (
          <Button
            tone="ghost"
            size="sm"
            className="ml-auto"
            aria-expanded={open}
            aria-label={`${open ? "Hide" : "Show"} ${of(equal.length)} of ${title} that stayed the same`}
            onClick={() => setOpen(!open)}
          >
            {open ? "Hide" : "Show"} {equal.length} equal
          </Button>
        )}
      </div>
      {changed.length > 0 && <ul>{changed}</ul>}
      {open && <p className="break-words px-3 py-2 text-muted text-sm">{equal.join(", ")}</p>}
    </section>
  );
}

export type Change = "changed" | "added" | "removed";
const TONES: Record<Change, Tone> = { changed: "messages", added: "files", removed: "error" };

type ItemProps = {
  name: ReactNode;
  change: Change;
  note?: ReactNode;
  causes: readonly Cause[];
  onStep: (stepId: string) => void;
  children: ReactNode;
};

/** One thing that changed, with who did it. */
export function PartItem({ name, change, note, causes, onStep, children }: ItemProps) {
  return (
    <li className="px-3 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <h4 className="font-medium">{name}</h4>
        <Badge tone={TONES[change]}>{change}</Badge>
        {note && <span className="text-muted text-sm">{note}</span>}
      </div>
      <Causes causes={causes} onStep={onStep} />
      {children}
    </li>
  );
}

const FEW = 3;

/** Who did it: the last ones, and the others when asked for. */
function Causes({ causes, onStep }: Pick<ItemProps, "causes" | "onStep">) {
  const [all, setAll] = useState(false);
  const shown = all ? causes : causes.slice(-FEW);
  const more = causes.length - shown.length;
  if (causes.length === 0) return null;
  return (
    <ul className="my-1">
      {more > 0 && (
        <li>
          <button type="button" className="text-muted text-sm hover:text-foreground" onClick={() => setAll(true)}>
            Show {more} earlier {more === 1 ? "cause" : "causes"}
          </button>
        </li>
      )}
      {shown.map((cause, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: causes have no identity but their place
        <li key={index}>
          <CauseLine cause={cause} onStep={onStep} />
        </li>
      ))}
    </ul>
  );
}

/** A frame for what differs. */
export function DiffFrame({ children }: { children: ReactNode }) {
  return <div className="mt-1 overflow-hidden rounded-md border border-line">{children}</div>;
}
