"use client";
import { useMutation } from "@tanstack/react-query";
import { CircleCheck, Pause, Play, RotateCcw, SkipForward, TriangleAlert } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import type { Run } from "@/lib/client/api/wire";
import { type Replayed, replayRun } from "@/lib/client/run/replay-run";
import { type Row, rowsOf } from "@/lib/client/run/transcript-rows";
import { useToggled } from "@/lib/client/screen/use-toggled";
import { Problem } from "../shell/problem";
import { RowView } from "../transcript/row-view";
import { Button } from "../ui/button";

/** How long a row stands before the next one comes, while a replay is played. */
const ROW_MS = 900;

/** Runs a run again from its record, says whether it is the same, and plays what came. */
export function Replay({ run, agentName }: { run: Run; agentName: string }) {
  const replay = useMutation({
    mutationFn: () => replayRun(run.id),
  });
  const isOver = run.status !== "created" && run.status !== "running";
  return (
    <section aria-label="Replay" className="border-line border-t p-3">
      <div className="flex flex-wrap items-center gap-2">
        <h3 className="font-medium">Replay</h3>
        <p className="min-w-0 flex-1 basis-60 text-muted text-sm">
          Runs it again from its record: answers and returns are those of then. No model, no tool, no key, and nothing
          is written.
        </p>
        <Button size="sm" disabled={!isOver || replay.isPending} onClick={() => replay.mutate()}>
          <RotateCcw /> {replay.isPending ? "Replaying…" : replay.data ? "Replay again" : "Replay"}
        </Button>
      </div>
      {!isOver && <p className="text-muted text-sm">The run is not over yet.</p>}
      {replay.isError && <Problem error={replay.error} onRetry={() => replay.mutate()} className="mx-0" />}
      {replay.data && (
        <>
          <Verdict replay={replay.data} />
          <Player key={replay.submittedAt} replay={replay.data} agentName={agentName} />
        </>
      )}
    </section>
  );
}

const count = (number: number, one: string, more: string) => `${number} ${number === 1 ? one : more}`;

function Verdict({ replay }: { replay: Replayed }) {
  const { identical, first_difference, model_calls, tool_returns } = replay;
  const from = `${count(model_calls, "answer of the model", "answers of the model")} and ${count(tool_returns, "tool return", "tool returns")} came from the record.`;
  return (
    <div role="status" className="my-2 flex items-start gap-2 rounded-md border border-line p-2">
      {identical ? (
        <CircleCheck className="mt-0.5 size-4 shrink-0 text-files" aria-hidden />
      ) : (
        <TriangleAlert className="mt-0.5 size-4 shrink-0 text-error" aria-hidden />
      )}
      <div className="min-w-0">
        <p>
          <strong className="font-medium">{identical ? "Identical." : "It differs."}</strong> {from}
        </p>
        {first_difference && <p className="break-words font-mono text-muted text-sm">{first_difference}</p>}
      </div>
    </div>
  );
}

/** All rows at first; played, one after the other from the first. */
function Player({ replay, agentName }: { replay: Replayed; agentName: string }) {
  const rows = useMemo(() => rowsOf(replay.messages), [replay.messages]);
  const [shown, setShown] = useState(rows.length);
  const [plays, setPlays] = useState(false);
  const isAtEnd = shown >= rows.length;
  useEffect(() => {
    if (!plays) return;
    const timer = setInterval(() => setShown((before) => before + 1), ROW_MS);
    return () => clearInterval(timer);
  }, [plays]);
  useEffect(() => {
    if (isAtEnd) setPlays(false);
  }, [isAtEnd]);
  const play = () => {
    if (isAtEnd) setShown(1);
    setPlays(!plays);
  };
  if (rows.length === 0) return null;
  return (
    <div className="rounded-md border border-line">
      <div className="flex items-center gap-1 border-line border-b p-1">
        <Button size="sm" tone="ghost" onClick={play}>
          {plays ? (
            <>
              <Pause /> Pause
            </>
          ) : (
            <>
              <Play /> Play
            </>
          )}
        </Button>
        <Button size="sm" tone="ghost" disabled={isAtEnd} onClick={() => setShown(shown + 1)}>
          <SkipForward /> Next
        </Button>
        <Button size="sm" tone="ghost" disabled={isAtEnd} onClick={() => setShown(rows.length)}>
          Show all
        </Button>
        <span className="ml-auto px-2 text-muted text-sm">
          {Math.min(shown, rows.length)} of {rows.length}
        </span>
      </div>
      <Rows rows={rows.slice(0, shown)} agentName={agentName} />
    </div>
  );
}

const NO_ACTIONS = {};

function Rows({ rows, agentName }: { rows: readonly Row[]; agentName: string }) {
  const [expanded, toggle] = useToggled();
  return (
    <div className="max-h-96 overflow-auto py-1" role="log" aria-label="What came">
      {rows.map((row) => (
        <RowView
          key={row.key}
          row={row}
          agentName={agentName}
          expanded={expanded.has(row.key)}
          onToggle={toggle}
          live={false}
          durationMs={null}
          running={null}
          queued={false}
          outputHidden={false}
          actions={NO_ACTIONS}
        />
      ))}
    </div>
  );
}
