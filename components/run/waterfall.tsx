"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useMemo } from "react";
import type { Run, Step } from "@/lib/client/api/wire";
import { runStepsQuery } from "@/lib/client/run/run-queries";
import { type Bar, waterfallOf } from "@/lib/client/run/waterfall";
import { formatCount, formatDollars, formatDuration } from "@/lib/client/screen/format";
import { BACKGROUNDS, type Kind } from "@/lib/client/time/section-kinds";
import { Empty, Id } from "../shell/bits";
import { DemoLabel } from "../shell/demo-label";
import { Problem } from "../shell/problem";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

const KINDS: Record<Bar["phase"], { kind: Kind; name: string }> = {
  context: { kind: "instructions", name: "context" },
  model: { kind: "messages", name: "model" },
  tools: { kind: "tools", name: "tools" },
  save: { kind: "summary", name: "save" },
};

/** Where the time of a run went: context, model, tools and save of each step, to scale. */
export function Waterfall({ run }: { run: Run }) {
  const steps = useQuery(runStepsQuery(run.id));
  const chart = useMemo(() => waterfallOf(steps.data ?? []), [steps.data]);
  if (steps.isError) return <Problem error={steps.error} onRetry={() => void steps.refetch()} />;
  if (!steps.data) return <SkeletonRows rows={4} label="Loading the steps" />;
  if (steps.data.length === 0) {
    return <Empty title="No steps">The run ended, or has not begun, before a model was asked.</Empty>;
  }
  return (
    <div className="flex flex-col gap-3 p-3">
      <ul className="flex flex-wrap gap-3 text-muted text-sm" aria-label="Colours">
        {Object.values(KINDS).map(({ kind, name }) => (
          <li key={name} className="flex items-center gap-1">
            <span className={cn("size-2 rounded-[2px]", BACKGROUNDS[kind])} aria-hidden /> {name}
          </li>
        ))}
        <li className="ml-auto">0 – {formatDuration(chart.totalMs)}</li>
      </ul>
      <ol className="flex flex-col gap-2">
        {chart.rows.map((row, index) => (
          <li key={row.step.id}>
            <StepLine step={row.step} number={index + 1} />
            <div className="relative h-4 overflow-hidden rounded-sm bg-active">
              {row.bars.map((bar) => (
                <span
                  key={bar.phase}
                  title={`${KINDS[bar.phase].name}: ${formatDuration(bar.ms)}`}
                  className={cn("absolute inset-y-0 min-w-px", BACKGROUNDS[KINDS[bar.phase].kind])}
                  style={{ left: `${share(bar.startMs, chart.totalMs)}%`, width: `${share(bar.ms, chart.totalMs)}%` }}
                />
              ))}
              {row.ttftMs !== null && (
                <span
                  title={`first token after ${formatDuration(row.ttftMs)}`}
                  className="absolute inset-y-0 w-px bg-background"
                  style={{ left: `${share(row.firstTokenMs ?? 0, chart.totalMs)}%` }}
                />
              )}
            </div>
            <p className="flex flex-wrap gap-x-3 text-muted text-sm">
              {row.bars.map((bar) => (
                <span key={bar.phase}>
                  {KINDS[bar.phase].name} {formatDuration(bar.ms)}
                </span>
              ))}
              {row.step.tool_calls.map((call) => (
                <span
                  key={call.call_id}
                  className={cn("font-mono", call.status === "error" ? "text-error" : "text-tools")}
                >
                  {call.name}
                  {call.ended_at && ` ${formatDuration(Date.parse(call.ended_at) - Date.parse(call.started_at))}`}
                </span>
              ))}
            </p>
          </li>
        ))}
      </ol>
    </div>
  );
}

function share(ms: number, totalMs: number): number {
  return (ms / Math.max(totalMs, 1)) * 100;
}

function StepLine({ step, number }: { step: Step; number: number }) {
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-sm">
      <Link href={`/agents/${step.agent_id}?step=${step.id}`} className="font-medium hover:underline">
        Step {number}
      </Link>
      <Id id={step.id} />
      <span className="truncate text-muted">{step.model_handle}</span>
      <DemoLabel model={step.model_handle} />
      <span className="ml-auto text-muted">
        {formatCount(step.prompt_tokens ?? 0)} in
        {step.cached_input_tokens ? ` (${formatCount(step.cached_input_tokens)} cached)` : ""} ·{" "}
        {formatCount(step.completion_tokens ?? 0)} out
        {step.cost != null && <span title="By the prices of the day"> · {formatDollars(step.cost)}</span>}
      </span>
      {step.status === "failed" && <span className="text-error">{step.error_type ?? "failed"}</span>}
    </p>
  );
}
