"use client";
import { Braces, Columns2, GitCompareArrows, GitFork, History } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { formatExact } from "@/lib/client/screen/format";
import { indexOf } from "@/lib/client/time/timeline";
import type { Moment, Move } from "@/lib/client/time/use-moment";
import type { Timeline } from "@/lib/client/time/use-timeline";
import { TraceDialog } from "../context/trace-dialog";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Menu, MenuItem, MenuLabel } from "../ui/menu";
import { ForkAndCompare } from "./fork-and-compare";
import { ForkDialog } from "./fork-dialog";

type PastBannerProps = {
  agentId: string;
  agentName: string;
  stepId: string;
  moment: Moment;
  timeline: Timeline;
  move: Move;
};

/** Says that what is on screen is the past, of which moment, and what can be done from here. */
export function PastBanner({ agentId, agentName, stepId, moment, timeline, move }: PastBannerProps) {
  const [forking, setForking] = useState(false);
  const [comparing, setComparing] = useState(false);
  const [tracing, setTracing] = useState(false);
  const step = timeline.stepOf(stepId);
  return (
    <div
      role="status"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-messages/40 border-b bg-messages/10 px-3 py-1"
    >
      <span className="flex items-center gap-1.5">
        <History className="size-3.5 text-messages" aria-hidden />
        <span>As of {step ? `step ${step.number}` : "a step"}</span>
        {step?.origin_agent_id && (
          <Link
            href={`/agents/${step.origin_agent_id}?step=${stepId}`}
            className="text-messages underline-offset-2 hover:underline"
          >
            of the original
          </Link>
        )}
        {step && <span className="hidden text-muted sm:inline">{formatExact(step.created_at)}</span>}
      </span>
      <MomentSwitch moment={moment} onChange={(to) => move({ moment: to }, { replace: true })} />
      <span className="ml-auto flex flex-wrap gap-1">
        <CompareMenu stepId={stepId} timeline={timeline} move={move} />
        <Button size="sm" aria-label="Request" onClick={() => setTracing(true)}>
          <Braces /> <span className="hidden sm:inline">Request</span>
        </Button>
        <Button needs="steps.fork" size="sm" aria-label="Fork from here" onClick={() => setForking(true)}>
          <GitFork /> Fork <span className="hidden sm:inline">from here</span>
        </Button>
        {step && (
          <Button needs="steps.fork" size="sm" aria-label="Fork and compare" onClick={() => setComparing(true)}>
            <Columns2 /> <span className="hidden sm:inline">Fork and compare</span>
          </Button>
        )}
        <Button size="sm" tone="primary" onClick={() => move({ step: null, with: null })}>
          Back to now
        </Button>
      </span>
      {comparing && step && (
        <ForkAndCompare step={step} agentId={agentId} agentName={agentName} onClose={() => setComparing(false)} />
      )}
      {tracing && <TraceDialog stepId={stepId} onClose={() => setTracing(false)} />}
      <ForkDialog agentId={agentId} stepId={stepId} open={forking} onOpenChange={setForking} move={move} />
    </div>
  );
}

const MOMENTS: Record<Moment, string> = {
  before: "As the model was shown everything in this step",
  after: "With what the step then did",
};

/** Context, memory and messages are all of the one moment that is chosen here. */
function MomentSwitch({ moment, onChange }: { moment: Moment; onChange: (moment: Moment) => void }) {
  return (
    <fieldset className="flex overflow-hidden rounded-md border border-line bg-raised" aria-label="Moment of the step">
      {(["before", "after"] as const).map((one) => (
        <button
          key={one}
          type="button"
          aria-pressed={one === moment}
          title={MOMENTS[one]}
          onClick={() => onChange(one)}
          className={cn("h-6 px-2 text-sm", one === moment ? "bg-active font-medium" : "text-muted hover:bg-hover")}
        >
          {one}
        </button>
      ))}
    </fieldset>
  );
}

type CompareMenuProps = { stepId: string; timeline: Timeline; move: Move };

/** Which step to compare with: the neighbours, the first, now; any other by clicking it with Shift. */
function CompareMenu({ stepId, timeline, move }: CompareMenuProps) {
  const { columns, stepAt } = timeline;
  const index = indexOf(columns, stepId);
  if (index === null) return null;
  const choices = [
    { name: "the step before", index: index - 1 },
    { name: "ten steps before", index: index - 10 },
    { name: "the first step", index: 0 },
    { name: "the newest step", index: columns.length - 1 },
  ].filter((choice) => choice.index >= 0 && choice.index !== index);
  const compare = (other: number) =>
    void stepAt(other).then(
      (step) => step && move({ with: step }),
      () => {},
    );
  return (
    <Menu
      align="end"
      trigger={
        <Button size="sm" aria-label="Compare with">
          <GitCompareArrows /> Compare <span className="hidden sm:inline">with</span>
        </Button>
      }
    >
      <MenuLabel>What changed, and why</MenuLabel>
      {choices.map((choice) => (
        <MenuItem key={choice.name} onSelect={() => compare(choice.index)}>
          {choice.name}{" "}
          <span className="ml-auto text-muted text-sm">
            step {columns[choice.index]?.step.number ?? choice.index + 1}
          </span>
        </MenuItem>
      ))}
      <MenuLabel>Any step: hold Shift and click it on the time line</MenuLabel>
    </Menu>
  );
}
