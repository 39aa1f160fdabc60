"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import type { Blame, Cause } from "@/lib/client/api/wire";
import { type BlameLine, linesOf } from "@/lib/client/memory/blame-lines";
import { blameQuery, blockAgentsQuery } from "@/lib/client/memory/memory-queries";
import { Ago, Empty } from "../shell/bits";
import { writerName } from "../shell/cause-line";
import { Problem } from "../shell/problem";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

type BlameViewProps = {
  blockId: string;
  /** Null is the head. */
  versionId: string | null;
  onStep: (stepId: string) => void;
};

type Segment = Blame["segments"][number];

/** Who wrote each part of a block, in which version; a part leads to the step in which it was written. */
export function BlameView({ blockId, versionId, onStep }: BlameViewProps) {
  const blame = useQuery(blameQuery(blockId, versionId));
  const agents = useQuery(blockAgentsQuery(blockId));
  const nameOf = (cause: Cause) => writerName(cause, agents.data ?? []);
  const [hovered, setHovered] = useState<string | null>(null);
  const lines = useMemo(() => linesOf(blame.data?.segments ?? []), [blame.data]);
  if (blame.isError) return <Problem error={blame.error} onRetry={() => void blame.refetch()} />;
  if (!blame.data) return <SkeletonRows rows={8} label="Loading blame" />;
  if (blame.data.segments.length === 0)
    return <Empty title="The block is empty">Who writes in it will be seen here.</Empty>;
  const newest = Math.max(...blame.data.segments.map((segment) => segment.number));
  return (
    <ol className="py-2 text-sm" aria-label="Blame by line">
      {lines.map((line, index) => (
        <Line
          // biome-ignore lint/suspicious/noArrayIndexKey: a line's place is its identity
          key={index}
          blockId={blockId}
          line={line}
          newest={newest}
          nameOf={nameOf}
          hovered={hovered}
          onHover={setHovered}
          onStep={onStep}
        />
      ))}
    </ol>
  );
}

type LineProps = {
  /** The block that is shown; what was written in its original has another. */
  blockId: string;
  line: BlameLine;
  newest: number;
  /** Who a cause names. */
  nameOf: (cause: Cause) => string;
  hovered: string | null;
  onHover: (versionId: string | null) => void;
  onStep: (stepId: string) => void;
};

function Line({ blockId, line, newest, nameOf, hovered, onHover, onStep }: LineProps) {
  const youngest = Math.max(...line.writers.map((writer) => writer.number));
  return (
    <li className="group relative flex flex-col px-3 pl-5 hover:bg-hover sm:flex-row sm:gap-3">
      <span
        className="absolute inset-y-0 left-2 w-1"
        style={{ background: `color-mix(in oklab, var(--memory) ${ageShare(youngest, newest)}%, var(--line))` }}
        aria-hidden
      />
      <span className="flex shrink-0 flex-col text-muted sm:w-80">
        {line.isNew &&
          line.writers.map((writer) => (
            <Writer
              key={writer.version_id}
              writer={writer}
              isOriginal={writer.block_id !== blockId}
              name={nameOf(writer.cause)}
              marked={hovered === writer.version_id}
              onHover={onHover}
            />
          ))}
      </span>
      <span className="min-w-0 flex-1 whitespace-pre-wrap break-words py-0.5 font-mono">
        {line.pieces.map((piece, index) => (
          <Piece
            // biome-ignore lint/suspicious/noArrayIndexKey: a piece's place is its identity
            key={index}
            piece={piece}
            marked={hovered === piece.segment.version_id}
            onHover={onHover}
            onStep={onStep}
          />
        ))}
      </span>
    </li>
  );
}

type WriterProps = {
  writer: Segment;
  /** Whether it was written in the block that this one is a copy of. */
  isOriginal: boolean;
  name: string;
  marked: boolean;
  onHover: (versionId: string | null) => void;
};

/** One of those who wrote in a line: which version, by what, who, and when. */
function Writer({ writer, isOriginal, name, marked, onHover }: WriterProps) {
  return (
    <span
      className={cn("flex gap-2 py-0.5 text-xs sm:text-sm", marked && "bg-memory/20")}
      onPointerEnter={() => onHover(writer.version_id)}
      onPointerLeave={() => onHover(null)}
    >
      <span className="w-8 shrink-0 text-memory">v{writer.number}</span>
      <span className="min-w-0 truncate">
        {isOriginal && "in the original · "}
        <span className="text-foreground">{name}</span> <span className="font-mono">{writer.operation}</span>
        {writer.moved_by && ` · moved in v${writer.moved_by.number}`}
        {writer.restored_by && ` · restored in v${writer.restored_by.number}`}
      </span>
      <Ago at={writer.created_at} className="ml-auto" />
    </span>
  );
}

type PieceProps = {
  piece: { text: string; segment: Segment };
  marked: boolean;
  onHover: (versionId: string | null) => void;
  onStep: (stepId: string) => void;
};

function Piece({ piece, marked, onHover, onStep }: PieceProps) {
  const { segment, text } = piece;
  const step = segment.cause.step;
  const shared = {
    className: cn("rounded-sm text-left", marked && "bg-memory/20"),
    title: `v${segment.number} · ${segment.operation}${step ? " · click to go to its step" : ""}`,
    onMouseEnter: () => onHover(segment.version_id),
    onMouseLeave: () => onHover(null),
  };
  if (!step || text.trim() === "") return <span {...shared}>{text}</span>;
  return (
    // A link, not a button: it wraps within its line as text does.
    <a
      {...shared}
      href={`?step=${step}`}
      className={cn(shared.className, "underline decoration-memory/40 decoration-dotted underline-offset-2")}
      onFocus={() => onHover(segment.version_id)}
      onBlur={() => onHover(null)}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onStep(step);
      }}
    >
      {text}
    </a>
  );
}

const OLDEST_SHARE = 25;

/** The newer, the stronger the colour. */
function ageShare(number: number, newest: number): number {
  return OLDEST_SHARE + (100 - OLDEST_SHARE) * (number / Math.max(newest, 1));
}
