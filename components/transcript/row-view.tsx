"use client";
import { ChevronRight, FlaskConical, GitFork, History } from "lucide-react";
import { memo, type ReactNode } from "react";
import type { RunningCall } from "@/lib/client/run/running-calls";
import type { Row } from "@/lib/client/run/transcript-rows";
import { formatClock, formatCount, formatExact } from "@/lib/client/screen/format";
import { ERASED } from "@/lib/text/erased";
import { EraseButton } from "../erasure/erase-button";
import { ErasedNote } from "../erasure/erased-note";
import { CopyButton } from "../shell/bits";
import { ToolRow } from "../tool/tool-row";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Images } from "./images";
import { Markdown } from "./markdown";
import { CallTime, RunningPanel } from "./running-call";

export type RowActions = {
  onStep?: (stepId: string) => void;
  onFork?: (messageId: string) => void;
  onTest?: (messageId: string) => void;
  canErase?: boolean;
};

type RowViewProps = {
  row: Row;
  agentName: string;
  expanded: boolean;
  onToggle: (key: string) => void;
  live: boolean;
  durationMs: number | null;
  /** The call of the row, while it is at work. */
  running: RunningCall | null;
  /** Whether another call is at work. */
  queued: boolean;
  /** Whether what the call prints is hidden. */
  outputHidden: boolean;
  actions: RowActions;
};

/** In the set of what a person has toggled, a row's output stands beside the row. */
export const outputKey = (key: string) => `${key}:output`;

/** One line of the transcript. */
export const RowView = memo(function RowView(props: RowViewProps) {
  const { row, agentName, expanded, onToggle, live, actions } = props;
  switch (row.type) {
    case "user":
      return (
        <Said row={row} who={row.name ?? "You"} tone="text-messages" actions={actions}>
          <div className="whitespace-pre-wrap break-words">{row.text}</div>
          <Images images={row.images} />
        </Said>
      );
    case "assistant":
      return (
        <Said row={row} who={row.name ?? agentName} tone="text-foreground" actions={actions}>
          {row.text !== "" && <Markdown text={row.text} live={live} />}
          <Images images={row.images} />
        </Said>
      );
    case "system":
      return (
        <Fold row={row} expanded={expanded} onToggle={onToggle} tone="border-instructions" title="System prompt">
          <Plain text={row.text} />
        </Fold>
      );
    case "alert":
      return (
        <p className="px-3 py-1 text-center text-muted text-sm">
          {row.title}
          {row.text && ` — ${row.text}`}
        </p>
      );
    case "reasoning":
      return (
        <Fold row={row} expanded={expanded} onToggle={onToggle} tone="border-line-strong" title="Reasoning" live={live}>
          <div className="whitespace-pre-wrap break-words py-1 text-muted">{row.text}</div>
        </Fold>
      );
    case "hidden-reasoning":
      return <p className="px-3 py-1 text-muted text-sm">The provider keeps this reasoning hidden ({row.state}).</p>;
    case "summary":
      return (
        <Fold row={row} expanded={expanded} onToggle={onToggle} tone="border-summary" title={summaryTitle(row)}>
          <div className="whitespace-pre-wrap break-words py-1">{row.text}</div>
        </Fold>
      );
    case "tool":
      return <CallRow {...props} row={row} />;
  }
});

function CallRow(props: RowViewProps & { row: Extract<Row, { type: "tool" }> }) {
  const { row, expanded, onToggle, live, durationMs, actions, outputHidden } = props;
  // Its return says all there is, once it is there.
  const running = row.result === null ? props.running : null;
  return (
    <ToolRow
      row={row}
      expanded={expanded}
      onToggle={onToggle}
      live={live}
      queued={props.queued}
      durationMs={running ? null : durationMs}
      running={running}
      time={running && <CallTime call={running} />}
      actions={<RowButtons row={row} text={row.call.arguments} actions={actions} />}
    >
      {running && <RunningPanel call={running} open={!outputHidden} onToggle={() => onToggle(outputKey(row.key))} />}
    </ToolRow>
  );
}

function summaryTitle({ stats }: Extract<Row, { type: "summary" }>): string {
  if (!stats) return "Compaction";
  const { messagesCountBefore: before, messagesCountAfter: after, contextTokensBefore, contextTokensAfter } = stats;
  const tokens =
    contextTokensBefore !== null && contextTokensAfter !== null
      ? `, ${formatCount(contextTokensBefore)} → ${formatCount(contextTokensAfter)} tokens`
      : "";
  return `Compaction: ${before} → ${after} messages${tokens}`;
}

type SaidProps = {
  row: Extract<Row, { text: string }>;
  who: string;
  tone: string;
  actions: RowActions;
  children: ReactNode;
};

function Said({ row, who, tone, actions, children }: SaidProps) {
  return (
    <article className="group relative px-3 py-2" aria-label={`${who}, ${formatExact(row.at)}`}>
      <header className="flex h-5 items-center gap-2 text-sm">
        <span className={cn("truncate font-medium", tone)}>{who}</span>
        <time dateTime={row.at} title={formatExact(row.at)} className="text-muted text-xs" suppressHydrationWarning>
          {formatClock(row.at)}
        </time>
        <span className="ml-auto">
          <RowButtons row={row} text={row.text} actions={actions} who={who} />
        </span>
      </header>
      {children}
      {row.text.includes(ERASED) && <ErasedNote recordId={row.messageId} />}
    </article>
  );
}

type RowButtonsProps = {
  row: Row;
  text: string;
  actions: RowActions;
  /** Who said it, where it can be erased. */
  who?: string;
};

function RowButtons({ row, text, actions, who }: RowButtonsProps) {
  const { onStep, onFork, onTest } = actions;
  const { stepId, messageId } = row;
  return (
    <span className="flex opacity-0 focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
      {stepId && onStep && (
        <Button
          tone="ghost"
          size="icon-sm"
          aria-label="Show everything as of this step"
          title="As of this step"
          onClick={() => onStep(stepId)}
        >
          <History />
        </Button>
      )}
      {onFork && (
        <Button
          needs="conversations.fork"
          tone="ghost"
          size="icon-sm"
          aria-label="Fork the conversation here"
          title="Fork here"
          onClick={() => onFork(messageId)}
        >
          <GitFork />
        </Button>
      )}
      {onTest && (
        <Button
          needs="suites.create"
          tone="ghost"
          size="icon-sm"
          aria-label="Make a test of this"
          title="Make a test of this"
          onClick={() => onTest(messageId)}
        >
          <FlaskConical />
        </Button>
      )}
      <CopyButton text={text} label="Copy the text" />
      {who && actions.canErase && (
        <EraseButton erasable={{ type: "message", id: messageId }} what={`what ${who === "You" ? "you" : who} said`} />
      )}
    </span>
  );
}

type FoldProps = {
  row: Extract<Row, { text: string }>;
  title: string;
  tone: string;
  expanded: boolean;
  live?: boolean;
  onToggle: (key: string) => void;
  children: ReactNode;
};

/** What is one line until it is asked for. While it streams, the line shows its newest words. */
function Fold({ row, title, tone, expanded, live = false, onToggle, children }: FoldProps) {
  return (
    <div className={cn("mx-3 my-1 border-l-2 pl-2", tone)}>
      <button
        type="button"
        aria-expanded={expanded}
        onClick={() => onToggle(row.key)}
        className="flex h-6 w-full min-w-0 items-center gap-1.5 rounded-sm text-left text-muted text-sm hover:text-foreground"
      >
        <ChevronRight className={cn("size-3.5 shrink-0 transition-transform", expanded && "rotate-90")} aria-hidden />
        <span className="shrink-0">{title}</span>
        {!expanded && <span className="min-w-0 truncate">{preview(row.text, live)}</span>}
      </button>
      {expanded && children}
    </div>
  );
}

const PREVIEW = 160;

function preview(text: string, live: boolean): string {
  const line = text.replaceAll(/\s+/g, " ").trim();
  return live ? line.slice(-PREVIEW) : line.slice(0, PREVIEW);
}

function Plain({ text }: { text: string }) {
  return (
    <pre className="my-1 max-h-96 overflow-auto whitespace-pre-wrap break-words rounded-md bg-panel p-2 font-mono text-sm">
      {text}
    </pre>
  );
}
