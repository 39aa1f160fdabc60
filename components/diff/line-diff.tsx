"use client";
import { RotateCcw, UnfoldVertical } from "lucide-react";
import { useMemo, useState } from "react";
import { CHANGE } from "@/lib/client/diff/use-change-steps";
import { formatCount } from "@/lib/client/screen/format";
import { type DiffRun, foldRows } from "@/lib/text/fold";
import { type DiffRow, diffLines, piecesOf } from "@/lib/text/line-diff";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";

type LineDiffProps = {
  before: string;
  after: string;
  restore?: Restore | undefined;
};

/** Puts a line back that is gone, by its number in `before`; not offered for lines that are there again. */
export type Restore = { present: ReadonlySet<string>; line: (line: number, text: string) => void };

/** Two texts by lines: what is gone, what is new, the words that differ within a line; what stayed the same is folded. */
export function LineDiff({ before, after, restore }: LineDiffProps) {
  const runs = useMemo(() => foldRows(diffLines(before, after)), [before, after]);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const open = (run: DiffRun) => setOpened((already) => new Set(already).add(run.start));
  if (runs.length === 0) return <p className="p-3 text-muted text-sm">Both texts are empty.</p>;
  return (
    <div className="min-w-0 py-1 font-mono text-sm">
      {runs.map((run) => (
        <Run key={run.start} run={run} isOpen={opened.has(run.start)} onOpen={() => open(run)} restore={restore} />
      ))}
    </div>
  );
}

/** More lines than this of one run are in the page only when they are asked for. */
const MOST_SHOWN = 200;

type RunProps = Pick<LineDiffProps, "restore"> & { run: DiffRun; isOpen: boolean; onOpen: () => void };

function Run({ run, isOpen, onOpen, restore }: RunProps) {
  if (run.type === "folded" && !isOpen) {
    return <Fold onOpen={onOpen}>{formatCount(run.rows.length)} unchanged lines</Fold>;
  }
  const shown = isOpen ? run.rows : run.rows.slice(0, MOST_SHOWN);
  const rows = shown.map((row) => <Row key={`${row.type}:${numberOf(row)}`} row={row} restore={restore} />);
  const more = run.rows.length - shown.length;
  return (
    <>
      {run.type === "changed" ? (
        <div {...{ [CHANGE]: true }} tabIndex={-1}>
          {rows}
        </div>
      ) : (
        rows
      )}
      {more > 0 && <Fold onOpen={onOpen}>{formatCount(more)} more lines of this change</Fold>}
    </>
  );
}

function Fold({ onOpen, children }: { onOpen: () => void; children: React.ReactNode }) {
  return (
    <button
      type="button"
      onClick={onOpen}
      className="my-0.5 flex h-6 w-full items-center gap-2 bg-panel px-3 text-left font-sans text-muted text-xs hover:bg-hover hover:text-foreground"
    >
      <UnfoldVertical className="size-3.5" aria-hidden />
      <span>Show {children}</span>
    </button>
  );
}

const SIGNS = { same: " ", added: "+", removed: "−" };
const TAGS = { same: "div", added: "ins", removed: "del" } as const;
const CLASSES = { same: "", added: "added", removed: "removed" };

const numberOf = (row: DiffRow) => (row.type === "added" ? row.after : row.before);

function Row({ row, restore }: { row: DiffRow; restore: Restore | undefined }) {
  const Tag = TAGS[row.type];
  const lost = row.type === "removed" && row.text.trim() !== "" && !restore?.present.has(row.text) ? row : null;
  return (
    <Tag className={cn("flex min-h-5 items-start", CLASSES[row.type])}>
      <span className="w-9 shrink-0 select-none py-0.5 pr-1 text-right text-muted text-xs" aria-hidden>
        {numberOf(row)}
      </span>
      <span className="w-4 shrink-0 select-none py-0.5 text-center" aria-hidden>
        {SIGNS[row.type]}
      </span>
      <span className="min-w-0 flex-1 whitespace-pre-wrap break-words py-0.5 pr-2">
        <Pieces row={row} />
      </span>
      {lost && restore && (
        <Button
          needs="blocks.update"
          tone="ghost"
          size="icon-sm"
          className="size-5"
          aria-label={`Restore the line “${shortened(row.text)}”`}
          title="Restore this line"
          onClick={() => restore.line(lost.before, lost.text)}
        >
          <RotateCcw />
        </Button>
      )}
    </Tag>
  );
}

function Pieces({ row }: { row: DiffRow }) {
  const pieces = useMemo(() => piecesOf(row), [row]);
  return pieces.map((piece, index) => {
    const Tag = piece.changed ? "mark" : "span";
    // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
    return <Tag key={index}>{piece.text}</Tag>;
  });
}

const NAMED = 60;

const shortened = (text: string) => (text.length > NAMED ? `${text.slice(0, NAMED)}…` : text);
