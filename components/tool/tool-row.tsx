"use client";
import { Check, ChevronRight, Hand, LoaderCircle, X } from "lucide-react";
import type { ReactNode } from "react";
import type { RunningCall } from "@/lib/client/run/running-calls";
import type { Row } from "@/lib/client/run/transcript-rows";
import { formatDuration } from "@/lib/client/screen/format";
import type { ToolReturn } from "@/lib/stream/message";
import { SearchExplained } from "../memory/search-explained";
import { Images } from "../transcript/images";
import { cn } from "../ui/cn";
import { JsonView } from "./json-view";

type Tool = Extract<Row, { type: "tool" }>;
type ToolRowProps = {
  row: Tool;
  expanded: boolean;
  onToggle: (key: string) => void;
  live: boolean;
  /** Another call runs first. */
  queued: boolean;
  durationMs: number | null;
  /** While the call is at work. */
  running: RunningCall | null;
  /** Stands for the duration while the call is at work. */
  time: ReactNode;
  actions: ReactNode;
  /** Below the line, whether the row is expanded or not. */
  children: ReactNode;
};

/** Tools whose searches the ledger keeps. */
const SEARCHES = new Set(["archival_memory_search", "semantic_search_files", "search_memory"]);

/** A tool call with its return: one line, and everything of it on demand. */
export function ToolRow(props: ToolRowProps) {
  const { row, expanded, onToggle, durationMs, time, actions, children } = props;
  const { call, result } = row;
  return (
    <div
      className={cn("group mx-3 my-1 border-l-2 pl-2", result?.status === "error" ? "border-error" : "border-tools")}
    >
      <div className="flex min-w-0 items-center gap-2">
        <button
          type="button"
          aria-expanded={expanded}
          onClick={() => onToggle(row.key)}
          className="flex h-6 min-w-0 flex-1 items-center gap-1.5 rounded-sm text-left text-sm"
        >
          <ChevronRight
            className={cn("size-3.5 shrink-0 text-muted transition-transform", expanded && "rotate-90")}
            aria-hidden
          />
          <span className="max-w-full shrink-0 truncate font-mono text-tools">{call.name || "…"}</span>
          <span className="min-w-0 truncate font-mono text-muted">{argumentsLine(call.arguments)}</span>
        </button>
        <Status {...props} />
        {time}
        {durationMs !== null && <span className="shrink-0 text-muted text-sm">{formatDuration(durationMs)}</span>}
        {actions}
      </div>
      {children}
      {expanded && <Details row={row} />}
      <Images images={imagesOf(result)} className="pl-5" />
      {expanded && result && row.stepId && SEARCHES.has(call.name) && (
        <SearchExplained stepId={row.stepId} callId={call.id} />
      )}
      {!expanded && result?.status === "error" && (
        <p className="truncate pb-1 pl-5 text-error text-sm">{textOf(result)}</p>
      )}
    </div>
  );
}

function Status({ row, live, queued, running }: ToolRowProps) {
  const { result, approval } = row;
  if (result?.status === "success") return <Mark icon={<Check />} text="done" className="text-files" />;
  if (result) return <Mark icon={<X />} text="failed" className="text-error" />;
  if (running) return <Progress status={running.status} />;
  if (approval?.decision) {
    return approval.decision.approve ? (
      <Mark icon={<Check />} text="approved" className="text-files" />
    ) : (
      <Mark icon={<X />} text="denied" className="text-error" />
    );
  }
  if (approval) return <Mark icon={<Hand />} text="waits for you" className="text-tools" />;
  if (live && queued) return <Mark icon={null} text="waits its turn" className="text-muted" />;
  if (live) return <Mark icon={<LoaderCircle className="animate-spin" />} text="calling" className="text-muted" />;
  return <Mark icon={null} text="no return" className="text-muted" />;
}

/** A call that is at work, or waits for the others of its step. */
function Progress({ status }: { status: RunningCall["status"] }) {
  if (status === "running")
    return <Mark icon={<LoaderCircle className="animate-spin" />} text="running" className="text-tools" />;
  if (status === "success") return <Mark icon={<Check />} text="done" className="text-files" />;
  return <Mark icon={<X />} text={status === "cancelled" ? "cancelled" : "failed"} className="text-error" />;
}

function Mark({ icon, text, className }: { icon: ReactNode; text: string; className: string }) {
  return (
    <span className={cn("flex shrink-0 items-center gap-1 text-sm [&_svg]:size-3.5", className)}>
      {icon}
      {text}
    </span>
  );
}

function Details({ row }: { row: Tool }) {
  const { call, result, approval } = row;
  return (
    <div className="flex flex-col gap-2 py-1.5 pl-5">
      <JsonView label="Arguments" text={call.arguments} />
      {approval?.decision?.reason && <p className="text-sm">Reason: {approval.decision.reason}</p>}
      {result && <JsonView label={result.status === "error" ? "Error" : "Return"} text={textOf(result)} />}
      {result?.stdout && result.stdout.length > 0 && <JsonView label="stdout" text={result.stdout.join("\n")} />}
      {result?.stderr && result.stderr.length > 0 && <JsonView label="stderr" text={result.stderr.join("\n")} />}
    </div>
  );
}

function textOf(result: ToolReturn): string {
  if (typeof result.content === "string") return result.content;
  return result.content.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n");
}

function imagesOf(result: ToolReturn | null) {
  if (!result || typeof result.content === "string") return [];
  return result.content.filter((part) => part.type === "image");
}

/** The arguments as a call would be written: `label: "human", value: "…"`. */
function argumentsLine(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== "object" || parsed === null) return text;
    return Object.entries(parsed)
      .map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
      .join(", ");
  } catch {
    return text;
  }
}
