"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Square } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter, useSearchParams } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Run } from "@/lib/client/api/wire";
import { runQuery, runsList, runsQuery } from "@/lib/client/run/run-queries";
import { formatDuration } from "@/lib/client/screen/format";
import { AgentName } from "../agent/agent-name";
import { AgentSelect, type NamedAgent } from "../agent/agent-select";
import { AppHeader } from "../shell/app-header";
import { Ago, Empty, Id } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Dialog } from "../ui/dialog";
import { Select } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { Replay } from "./replay";
import { RunStatus } from "./run-status";
import { Waterfall } from "./waterfall";

const STATUSES = ["running", "completed", "failed", "cancelled", "created"];

/** What runs now and what ran, with where the time of each run went. */
export function RunsPage() {
  const [agent, setAgent] = useState<NamedAgent | null>(null);
  const [status, setStatus] = useState("");
  const runs = usePaged(runsList({ ...(agent ? { agentId: agent.id } : {}), ...(status ? { status } : {}) }));
  const [open, setOpen] = useOpenRun();
  const shown = runs.items?.find((run) => run.id === open);

  return (
    <>
      <AppHeader code={[operation("runs.list", { method: "get", path: "/v1/runs", query: { limit: 50 } })]} />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <div className="mx-auto flex max-w-5xl flex-col gap-4 p-3 sm:p-6">
          <div className="flex flex-wrap items-center gap-2">
            <h1 className="mr-auto w-full font-semibold text-xl sm:w-auto">Runs</h1>
            <AgentSelect
              label="Filter by agent"
              none="All agents"
              value={agent}
              onChange={setAgent}
              className="flex-1 sm:w-48 sm:flex-none"
            />
            <Select
              aria-label="Filter by status"
              className="w-auto flex-1 sm:flex-none"
              value={status}
              onChange={(event) => setStatus(event.target.value)}
            >
              <option value="">Any status</option>
              {STATUSES.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </Select>
          </div>
          <ActiveRuns onOpen={setOpen} />
          <section aria-label="All runs">
            <h2 className="mb-1 font-medium">Recent</h2>
            {runs.error ? (
              <Problem error={runs.error} onRetry={runs.refetch} className="m-0" />
            ) : !runs.items ? (
              <SkeletonRows rows={8} label="Loading runs" />
            ) : runs.items.length === 0 ? (
              <Empty title="No runs">
                Each message to an agent starts one. Send a message and it appears here at once.
              </Empty>
            ) : (
              <RunTable runs={runs.items} onOpen={setOpen} />
            )}
            <ListEnd list={runs} what="runs" />
          </section>
        </div>
      </main>
      <RunDialog runId={open} run={shown} onClose={() => setOpen(null)} />
    </>
  );
}

/** The run that the URL names. */
function useOpenRun(): [string | null, (runId: string | null) => void] {
  const search = useSearchParams();
  const router = useRouter();
  const path = usePathname();
  return [search.get("run"), (runId) => router.replace(runId ? `${path}?run=${runId}` : path, { scroll: false })];
}

type ListProps = { onOpen: (runId: string) => void };

function ActiveRuns({ onOpen }: ListProps) {
  const active = useQuery({ ...runsQuery({ active: true }), refetchInterval: 5000 });
  return (
    <section aria-label="Running now">
      <h2 className="mb-1 font-medium">Running now</h2>
      {active.data && active.data.length > 0 ? (
        <RunTable runs={active.data} onOpen={onOpen} live />
      ) : (
        <p className="rounded-md border border-line border-dashed p-3 text-muted">Nothing runs at the moment.</p>
      )}
    </section>
  );
}

function RunTable({ runs, onOpen, live = false }: ListProps & { runs: readonly Run[]; live?: boolean }) {
  return (
    <table className="w-full border-collapse text-left">
      <thead className={cn("text-muted text-sm", live && "sr-only")}>
        <tr className="border-line border-b">
          <th className="py-1 pr-3 font-normal">Run</th>
          <th className="py-1 pr-3 font-normal">Agent</th>
          <th className="py-1 pr-3 font-normal">Status</th>
          <th className="hidden py-1 pr-3 font-normal sm:table-cell">Stop reason</th>
          <th className="hidden py-1 pr-3 text-right font-normal sm:table-cell">First token</th>
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
            <td className="max-w-0 truncate py-1 pr-3 sm:w-1/4">
              <Link href={`/agents/${run.agent_id}`} className="hover:underline">
                <AgentName id={run.agent_id} />
              </Link>
            </td>
            <td className="py-1 pr-3 text-sm">
              <RunStatus run={run} />
            </td>
            <td className="hidden py-1 pr-3 text-muted text-sm sm:table-cell">{run.stop_reason ?? "–"}</td>
            <td className="hidden py-1 pr-3 text-right text-sm sm:table-cell">{nanos(run.ttft_ns)}</td>
            <td className="whitespace-nowrap py-1 pr-3 text-right text-sm">{nanos(run.total_duration_ns)}</td>
            <td className="py-1 text-right text-muted text-sm">
              {live ? <CancelRun run={run} /> : <Ago at={run.created_at} />}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function nanos(value: number | null): string {
  return value === null ? "–" : formatDuration(value / 1e6);
}

function CancelRun({ run }: { run: Run }) {
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
    <Button size="sm" tone="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
      <Square /> Cancel
    </Button>
  );
}

type RunDialogProps = { runId: string | null; run: Run | undefined; onClose: () => void };

function RunDialog({ runId, run, onClose }: RunDialogProps) {
  const loaded = useQuery({ ...runQuery(runId ?? ""), enabled: runId !== null && run === undefined });
  const shown = run ?? loaded.data;
  return (
    <Dialog
      open={runId !== null}
      onOpenChange={(open) => !open && onClose()}
      title={<>Run of {shown ? <AgentName id={shown.agent_id} /> : "an agent"}</>}
      description={
        shown && (
          <span className="flex flex-wrap items-center gap-3">
            <Id id={shown.id} /> <RunStatus run={shown} /> {nanos(shown.total_duration_ns)}{" "}
            <Ago at={shown.created_at} />
          </span>
        )
      }
      width="lg"
    >
      {shown ? (
        <>
          <Waterfall run={shown} />
          <Replay key={shown.id} run={shown} agentName={name ?? "Agent"} />
        </>
      ) : loaded.isError ? (
        <Problem error={loaded.error} onRetry={() => void loaded.refetch()} />
      ) : (
        <SkeletonRows rows={6} label="Loading the run" />
      )}
    </Dialog>
  );
}
