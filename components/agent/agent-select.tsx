"use client";
import { ChevronDown, X } from "lucide-react";
import { useState } from "react";
import { AgentPicker } from "../folder/agent-picker";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

export type NamedAgent = { id: string; name: string };

type AgentSelectProps = {
  id?: string;
  label: string;
  value: NamedAgent | null;
  onChange: (agent: NamedAgent | null) => void;
  /** What stands there where none is chosen; with it, a choice can be taken back. */
  none?: string;
  /** Agents that are no choice. */
  without?: readonly string[];
  className?: string;
};

/** One of all agents, however many there are: a button that opens the picker, which searches on the server. */
export function AgentSelect({ id, label, value, onChange, none, without = [], className }: AgentSelectProps) {
  const [picking, setPicking] = useState(false);
  const shown = value?.name ?? none ?? "Choose an agent…";
  return (
    <div className={cn("flex min-w-0 items-center gap-1", className)}>
      <Button
        id={id}
        className="min-w-0 flex-1 justify-between"
        aria-haspopup="dialog"
        aria-label={`${label}: ${shown}`}
        onClick={() => setPicking(true)}
      >
        <span className="truncate font-normal">{shown}</span> <ChevronDown className="text-muted" />
      </Button>
      {value && none !== undefined && (
        <Button tone="ghost" size="icon-sm" aria-label={`${label}: ${none}`} onClick={() => onChange(null)}>
          <X />
        </Button>
      )}
      <AgentPicker
        title={label}
        open={picking}
        onOpenChange={setPicking}
        without={without}
        onPick={(id, name) => onChange({ id, name })}
      />
    </div>
  );
}
