"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Square } from "lucide-react";
import Link from "next/link";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { RunSummary } from "@/lib/client/api/wire";
import { formatCount, formatDollars, formatDuration } from "@/lib/client/screen/format";
import { Ago } from "../shell/bits";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { RunStatus } from "./run-status";

type RunTableProps = { runs: readonly RunSummary[]; onOpen: (runId: string) => void; live?: boolean };

const WIDE = "hidden sm:table-cell";

/** Runs, a line each: what was asked, what failed, what it used. Those that are at work can be cancelled. */
export function RunTable({ runs, onOpen, live = false }: RunTableProps) {
  return (
    <table className="w-full border-collapse text-left">
      <thead className={cn("text-muted text-sm", live && "sr-only")}>
        <tr className="border-line border-b">
          <th className="py-1 pr-3 font-normal">Run</th>
          <th className="py-1 pr-3 font-normal">Agent</th>
          <th className={cn("py-1 pr-3 font-normal", WIDE)}>Asked</th>
          <th className="py-1 pr-3 font-normal">Status</th>
          <th className={cn("py-1 pr-3 text-right font-normal", WIDE)}>Tokens</th>
          <th className={cn("py-1 pr-3 text-right font-normal", WIDE)}>Cost</th>
          <th className="py-1 pr-3 text-right font-normal">Took</th>
          <th className="py-1 text-right font-normal">Started</th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <tr key={run.id} className="border-line border-b hover:bg-hover">
            <td className="py-1 pr-3">
              <button
                type="button"
                className="rounded-sm font-mono text-messages text-sm hover:underline"
                aria-label={`Open the waterfall of run ${run.id}`}
                onClick={() => onOpen(run.id)}
              >
                {run.id.slice(4, 12)}
              </button>
            </td>
            <td className="max-w-0 truncate py-1 pr-3 sm:w-1/6">
              <Link href={`/agents/${run.agent_id}`} className="hover:underline">
                {run.agent_name}
              </Link>
            </td>
            <td className={cn("max-w-0 py-1 pr-3 text-sm sm:w-1/3", WIDE)}>
              <span className="block truncate" title={run.asked ?? undefined}>
                {run.asked ?? <span className="text-muted">–</span>}
              </span>
              {run.error && (
                <span className="block truncate text-error" title={run.error}>
                  {run.error}
                </span>
              )}
            </td>
            <td className="py-1 pr-3 text-sm" title={run.stop_reason ?? undefined}>
              <RunStatus run={run} />
            </td>
            <td
              className={cn("whitespace-nowrap py-1 pr-3 text-right text-sm tabular-nums", WIDE)}
              title={`${formatCount(run.prompt_tokens)} in, ${formatCount(run.completion_tokens)} out, in ${run.steps} steps`}
            >
              {formatCount(run.prompt_tokens + run.completion_tokens)}
            </td>
            <td className={cn("whitespace-nowrap py-1 pr-3 text-right text-sm tabular-nums", WIDE)}>
              {run.cost === null ? "–" : formatDollars(run.cost)}
            </td>
            <td className="whitespace-nowrap py-1 pr-3 text-right text-sm tabular-nums">
              {run.duration_ms === null ? "–" : formatDuration(run.duration_ms)}
            </td>
            <td className="py-1 text-right text-muted text-sm">
              {live ? <CancelRun run={run} /> : <Ago at={run.created_at} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function CancelRun({ run }: { run: RunSummary }) {
  const client = useQueryClient();
  const cancel = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/agents/{agent_id}/messages/cancel", {
          params: { path: { agent_id: run.agent_id } },
          body: { run_ids: [run.id] },
        }),
      ),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.runs() }),
  });
  return (
    <Button
      needs="agents.messages.cancel"
      size="sm"
      tone="danger"
      disabled={cancel.isPending}
      onClick={() => cancel.mutate()}
    >
      <Square /> Cancel
    </Button>
  );
}
