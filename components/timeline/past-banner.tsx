"use client";
import { Braces, GitCompareArrows, GitFork, History } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { formatExact } from "@/lib/client/screen/format";
import type { Column } from "@/lib/client/time/timeline";
import type { Move } from "@/lib/client/time/use-moment";
import { TraceDialog } from "../context/trace-dialog";
import { Button } from "../ui/button";
import { Menu, MenuItem, MenuLabel } from "../ui/menu";
import { ForkDialog } from "./fork-dialog";

type PastBannerProps = {
  agentId: string;
  stepId: string;
  /** Null where the step is older than what is loaded. */
  index: number | null;
  columns: readonly Column[];
  move: Move;
};

/** Says that what is on screen is the past, and what can be done from here. */
export function PastBanner({ agentId, stepId, index, columns, move }: PastBannerProps) {
  const [forking, setForking] = useState(false);
  const [tracing, setTracing] = useState(false);
  const column = index === null ? undefined : columns[index];
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-messages/40 border-b bg-messages/10 px-3 py-1"
    >
      <span className="flex items-center gap-1.5">
        <History className="size-3.5 text-messages" aria-hidden />
        <span>As of {column ? `step ${column.number}` : "a step"}</span>
        {column?.step.origin_agent_id && (
          <Link
            href={`/agents/${column.step.origin_agent_id}?step=${stepId}`}
            className="text-messages underline-offset-2 hover:underline"
          >
            of the original
          </Link>
        )}
        {column && <span className="hidden text-muted sm:inline">{formatExact(column.step.created_at)}</span>}
      </span>
      <span className="ml-auto flex flex-wrap gap-1">
        <CompareMenu index={index} columns={columns} move={move} />
        <Button size="sm" aria-label="Request" onClick={() => setTracing(true)}>
          <Braces /> <span className="hidden sm:inline">Request</span>
        </Button>
        <Button size="sm" aria-label="Fork from here" onClick={() => setForking(true)}>
          <GitFork /> Fork <span className="hidden sm:inline">from here</span>
        </Button>
        <Button size="sm" tone="primary" onClick={() => move({ step: null, with: null })}>
          Back to now
        </Button>
      </span>
      {tracing && <TraceDialog stepId={stepId} onClose={() => setTracing(false)} />}
      <ForkDialog agentId={agentId} stepId={stepId} open={forking} onOpenChange={setForking} move={move} />
    </div>
  );
}

type CompareMenuProps = { index: number | null; columns: readonly Column[]; move: Move };

/** Which step to compare with: the neighbours, the first, now; any other by dragging with Shift. */
function CompareMenu({ index, columns, move }: CompareMenuProps) {
  if (index === null) return null;
  const choices = [
    { name: "the step before", index: index - 1 },
    { name: "ten steps before", index: index - 10 },
    { name: "the first step", index: 0 },
    { name: "now", index: columns.length - 1 },
  ].filter((choice) => choice.index >= 0 && choice.index !== index);
  return (
    <Menu
      align="end"
      trigger={
        <Button size="sm" aria-label="Compare with">
          <GitCompareArrows /> Compare <span className="hidden sm:inline">with</span>
        </Button>
      }
    >
      <MenuLabel>What changed in the context, and why</MenuLabel>
      {choices.map((choice) => (
        <MenuItem key={choice.name} onSelect={() => move({ with: columns[choice.index]!.step.id })}>
          {choice.name} <span className="ml-auto text-muted text-sm">step {columns[choice.index]!.number}</span>
        </MenuItem>
      ))}
      <MenuLabel>Any step: hold Shift and click it on the time line</MenuLabel>
    </Menu>
  );
}
