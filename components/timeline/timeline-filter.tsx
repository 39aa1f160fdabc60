"use client";
import { Search, X } from "lucide-react";
import { useEffect, useState } from "react";
import type { Agent } from "@/lib/client/api/wire";
import { useSettled } from "@/lib/client/screen/use-settled";
import type { MarkKind } from "@/lib/client/time/timeline";
import { type Did, isFiltered, NO_FILTER, type TimelineFilter } from "@/lib/client/time/timeline-filter";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Input, Select } from "../ui/input";
import { MarkShape, SHAPES } from "./mark-shape";

type FilterBarProps = {
  agent: Agent;
  filter: TimelineFilter;
  /** How many steps pass, if any are left out. */
  count: string | null;
  onChange: (filter: TimelineFilter) => void;
};

const MARKS: { kind: MarkKind; did: Did | null }[] = [
  { kind: "memory", did: "write" },
  { kind: "compaction", did: "compaction" },
  { kind: "error", did: "error" },
  { kind: "passage", did: null },
  { kind: "agent", did: null },
];

/** What the marks mean, and which steps are shown: by what they did, the block they wrote, a tool, or words. */
export function FilterBar({ agent, filter, count, onChange }: FilterBarProps) {
  const change = (part: Partial<TimelineFilter>) => onChange({ ...filter, ...part });
  return (
    <div className="flex h-8 items-center gap-2 overflow-x-auto whitespace-nowrap px-2 text-xs sm:px-10">
      <ul className="flex shrink-0 items-center gap-1" aria-label="Marks of the time line">
        {MARKS.map(({ kind, did }) => (
          <li key={kind}>
            {did ? (
              <Mark kind={kind} did={did} filter={filter} change={change} />
            ) : (
              <span className="flex items-center gap-1 px-1.5 text-muted">
                <MarkShape kind={kind} />
                {SHAPES[kind].name}
              </span>
            )}
          </li>
        ))}
      </ul>
      <Choice
        name="Only steps that wrote"
        all="any block"
        value={filter.wrote}
        choices={agent.blocks.map((block) => [block.id, block.label])}
        onChange={(wrote) => change({ wrote })}
      />
      <Choice
        name="Only steps that called"
        all="any tool"
        value={filter.tool}
        choices={agent.tools.flatMap(({ name }) => (name ? [[name, name]] : []))}
        onChange={(tool) => change({ tool })}
      />
      <Find value={filter.find} onChange={(find) => change({ find })} />
      {isFiltered(filter) && (
        <>
          <span role="status" className="shrink-0 text-muted">
            {count}
          </span>
          <Button tone="ghost" size="sm" onClick={() => onChange(NO_FILTER)}>
            <X /> All steps
          </Button>
        </>
      )}
    </div>
  );
}

type MarkProps = { kind: MarkKind; did: Did; filter: TimelineFilter; change: (part: Partial<TimelineFilter>) => void };

function Mark({ kind, did, filter, change }: MarkProps) {
  const pressed = filter.did.includes(did);
  return (
    <button
      type="button"
      aria-pressed={pressed}
      title={`Only steps with a ${SHAPES[kind].name}`}
      onClick={() => change({ did: pressed ? filter.did.filter((one) => one !== did) : [...filter.did, did] })}
      className={cn(
        "flex h-5 items-center gap-1 rounded-sm border px-1.5 hover:text-foreground",
        pressed ? "border-line-strong bg-active text-foreground" : "border-line text-muted",
      )}
    >
      <MarkShape kind={kind} />
      {SHAPES[kind].name}
    </button>
  );
}

type ChoiceProps = {
  name: string;
  all: string;
  value: string | null;
  choices: readonly (readonly string[])[];
  onChange: (value: string | null) => void;
};

/** What is chosen stays among the choices, though the agent may have it no more. */
function Choice({ name, all, value, choices, onChange }: ChoiceProps) {
  const gone = value !== null && !choices.some(([id]) => id === value);
  return (
    <Select
      aria-label={name}
      value={value ?? ""}
      onChange={(event) => onChange(event.target.value || null)}
      className="h-6 w-28 shrink-0 text-xs"
    >
      <option value="">{all}</option>
      {gone && <option value={value}>{value}</option>}
      {choices.map(([id, label]) => (
        <option key={id} value={id}>
          {label}
        </option>
      ))}
    </Select>
  );
}

const SETTLED_MS = 300;

/** Searches when one has stopped typing. */
function Find({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const [told, setTold] = useState(value);
  if (seen !== value) {
    setSeen(value);
    // What was told from here comes back, perhaps while one types on; anything else was set or cleared elsewhere.
    if (value !== told) {
      setTold(value);
      setTyped(value);
    }
  }
  const settled = useSettled(typed, SETTLED_MS);
  useEffect(() => {
    if (settled !== typed || settled === told) return;
    setTold(settled);
    onChange(settled);
  }, [settled, typed, told, onChange]);
  return (
    <span className="relative w-44 shrink-0">
      <Search className="pointer-events-none absolute top-1.5 left-1.5 size-3 text-faint" aria-hidden />
      <Input
        type="search"
        aria-label="Search the time line"
        placeholder="Search the steps"
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        className="h-6 pl-6 text-xs"
      />
    </span>
  );
}
