"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import Link from "next/link";
import type { ReactNode } from "react";
import type { WireReplayFork } from "@/lib/api/runs";
import { agentQuery } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { isOver, recordOf, wholeRunQuery } from "@/lib/client/run/changed-replay";
import { firstDifference, sharedRows } from "@/lib/client/run/compare-runs";
import { runStepsQuery } from "@/lib/client/run/run-queries";
import type { Row } from "@/lib/client/run/transcript-rows";
import { formatCount, formatDollars } from "@/lib/client/screen/format";
import { useToggled } from "@/lib/client/screen/use-toggled";
import { stateQuery } from "@/lib/client/time/time-queries";
import { LineDiff } from "../diff/line-diff";
import { Problem } from "../shell/problem";
import { RowView } from "../transcript/row-view";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

type SideBySideProps = { runId: string; fork: WireReplayFork; agentName: string; onDeleted: () => void };

/** A run beside the one that was made of it with a change: what both say lies in the shade, the first difference is named. */
export function SideBySide({ runId, fork, agentName, onDeleted }: SideBySideProps) {
  const [was, now] = [useQuery(wholeRunQuery(runId)), useQuery(wholeRunQuery(fork.run_id))];
  const error = was.error ?? now.error;
  if (error) return <Problem error={error} className="mx-0" />;
  if (!was.data || !now.data) return <SkeletonRows rows={6} label="Loading both runs" />;
  const shared = sharedRows(was.data.rows, now.data.rows);
  const over = isOver(now.data.run);
  const record = recordOf(now.data.run);
  return (
    <div className="mt-2 flex flex-col gap-2">
      <div role="status" className="rounded-md border border-line p-2">
        {!over && <p>The fork is running…</p>}
        {over && <p>{firstDifference(was.data.rows, now.data.rows) ?? "Both runs say the same."}</p>}
        {over && now.data.run.status === "failed" && <p className="text-error">The fork’s run failed.</p>}
        {record?.first_difference && (
          <p className="break-words font-mono text-muted text-sm">
            Asked anew from here: {record.first_difference} ({record.model_calls} answers came from the record)
          </p>
        )}
      </div>
      <div className="grid gap-2 sm:grid-cols-2">
        <Side
          title="As it was"
          note={<Cost usage={was.data.usage} />}
          rows={was.data.rows}
          shared={shared}
          name={agentName}
        />
        <Side
          title="With the change"
          note={<Cost usage={now.data.usage} />}
          rows={now.data.rows}
          shared={shared}
          name={agentName}
        />
      </div>
      {over && <MemoryAfter runId={runId} agentId={was.data.run.agent_id} forkId={fork.agent_id} />}
      {fork.notes.length > 0 && (
        <ul aria-label="Not as it was" className="list-disc pl-5 text-muted text-sm">
          {fork.notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <KeepOrDelete agentId={fork.agent_id} onDeleted={onDeleted} />
    </div>
  );
}

type Usage = { prompt_tokens?: number | null; completion_tokens?: number | null; cost?: number | null };

function Cost({ usage }: { usage: Usage }) {
  const tokens = (usage.prompt_tokens ?? 0) + (usage.completion_tokens ?? 0);
  return (
    <>
      {formatCount(tokens)} tokens
      {usage.cost != null && ` · ${formatDollars(usage.cost)}`}
    </>
  );
}

type SideProps = { title: string; note: ReactNode; rows: readonly Row[]; shared: number; name: string };

const NO_ACTIONS = {};

function Side({ title, note, rows, shared, name }: SideProps) {
  const [expanded, toggle] = useToggled();
  return (
    <section aria-label={title} className="min-w-0 rounded-md border border-line">
      <h4 className="flex flex-wrap gap-x-2 border-line border-b px-3 py-1.5 font-medium">
        {title} <span className="ml-auto font-normal text-muted text-sm">{note}</span>
      </h4>
      <div className="max-h-96 overflow-auto py-1" role="log" aria-label={`${title}: messages`}>
        {rows.map((row, index) => (
          <div
            key={row.key}
            data-shared={index < shared}
            className={cn(index < shared && "bg-hover", index === shared && "border-messages border-t-2")}
          >
            <RowView
              row={row}
              agentName={name}
              expanded={expanded.has(row.key)}
              onToggle={toggle}
              live={false}
              durationMs={null}
              running={null}
              queued={false}
              outputHidden={false}
              actions={NO_ACTIONS}
            />
          </div>
        ))}
      </div>
    </section>
  );
}

type MemoryAfterProps = { runId: string; agentId: string; forkId: string };

/** Blocks that the two runs left different, by lines. */
function MemoryAfter({ runId, agentId, forkId }: MemoryAfterProps) {
  const steps = useQuery(runStepsQuery(runId));
  const last = steps.data?.at(-1)?.id as string | undefined;
  const was = useQuery({ ...stateQuery(agentId, last ?? "", "after"), enabled: last !== undefined });
  const now = useQuery(agentQuery(forkId));
  if (!was.data || !now.data) return null;
  const before = new Map(was.data.blocks.map(({ label, value }) => [label, value]));
  const changed = now.data.blocks.filter(({ label, value }) => before.get(label) !== value);
  return (
    <section aria-label="Memory after the runs">
      <h4 className="py-1 font-medium">Memory after the runs</h4>
      {changed.length === 0 && <p className="text-muted text-sm">The same in both.</p>}
      {changed.map(({ id, label, value }) => (
        <div key={id} className="rounded-md border border-line">
          <p className="border-line border-b px-3 py-1 font-medium text-memory text-sm">{label}</p>
          <LineDiff before={before.get(label) ?? ""} after={value} />
        </div>
      ))}
    </section>
  );
}

function KeepOrDelete({ agentId, onDeleted }: { agentId: string; onDeleted: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/agents/{agent_id}", { params: { path: { agent_id: agentId } } })),
    onSuccess: () => {
      onDeleted();
      void client.invalidateQueries({ queryKey: queryKeys.agents() });
    },
  });
  return (
    <>
      <p className="flex flex-wrap items-center gap-2">
        <span className="flex-1 text-muted text-sm">The fork stays until it is deleted.</span>
        <Link className="rounded-sm text-messages hover:underline" href={`/agents/${agentId}`}>
          Open the fork
        </Link>
        <Button size="sm" tone="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
          {remove.isPending ? "Deleting…" : "Delete the fork"}
        </Button>
      </p>
      {remove.isError && <Problem error={remove.error} className="mx-0" />}
    </>
  );
}
