"use client";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import Link from "next/link";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";
import { operation } from "@/lib/client/api/code";
import { download } from "@/lib/client/api/download";
import { usePaged } from "@/lib/client/api/paged";
import { isOver } from "@/lib/client/run/changed-replay";
import { allRuns, toCsv } from "@/lib/client/run/run-export";
import { type RunFilter, readRunFilter, runFilterParams, runFilterQuery } from "@/lib/client/run/run-filter";
import { activeRunsQuery, loadRuns, runQuery, runsList } from "@/lib/client/run/run-queries";
import { formatDuration } from "@/lib/client/screen/format";
import { useAddress } from "@/lib/client/screen/use-address";
import { AgentName } from "../agent/agent-name";
import { AppHeader } from "../shell/app-header";
import { Ago, Empty, Id } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Menu, MenuItem } from "../ui/menu";
import { SkeletonRows } from "../ui/skeleton";
import { ChangedReplay } from "./changed-replay";
import { Replay } from "./replay";
import { RunFilters } from "./run-filters";
import { RunStatus } from "./run-status";
import { RunTable } from "./run-table";
import { RunViews } from "./run-views";
import { Waterfall } from "./waterfall";

/** What runs now and what ran: found by agent, status, day and what was said, and given out as a table. */
export function RunsPage() {
  const { filter, setFilter, open, setOpen } = useRunsAddress();
  const runs = usePaged(runsList(filter));

  return (
    <>
      <AppHeader
        code={[
          operation("runs.summaries", {
            method: "get",
            path: "/v1/runs/summaries",
            query: { limit: 50, ...runFilterQuery(filter) },
          }),
        ]}
      />
      <main className="relative min-h-0 flex-1 overflow-auto">
        <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
          <h1 className="font-semibold text-xl">Runs</h1>
          <ActiveRuns onOpen={setOpen} />
          <section aria-label="All runs">
            <RunViews filter={filter} onChoose={(chosen) => setFilter(() => chosen)} />
            <RunFilters filter={filter} onChange={(changes) => setFilter((now) => ({ ...now, ...changes }))}>
              <Export filter={filter} />
            </RunFilters>
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
      <RunDialog runId={open} onClose={() => setOpen(null)} />
    </>
  );
}

/** The runs that are shown, and those further down, as a file. */
function Export({ filter }: { filter: RunFilter }) {
  const give = useMutation({
    mutationFn: async (form: "csv" | "json") => {
      const runs = await allRuns((page) => loadRuns(filter, page));
      if (form === "csv") download("runs.csv", toCsv(runs), "text/csv");
      else download("runs.json", JSON.stringify(runs, null, 2), "application/json");
    },
  });
  return (
    <>
      <Menu
        align="end"
        trigger={
          <Button size="sm" disabled={give.isPending}>
            <Download /> {give.isPending ? "Exporting…" : "Export"}
          </Button>
        }
      >
        <MenuItem onSelect={() => give.mutate("csv")}>As CSV, for spreadsheets</MenuItem>
        <MenuItem onSelect={() => give.mutate("json")}>As JSON</MenuItem>
      </Menu>
      {give.isError && <Problem error={give.error} className="m-0 w-full" />}
    </>
  );
}

/** The filter and the open run that the address names. */
function useRunsAddress() {
  const [params, change] = useAddress();
  const withRun = (filter: URLSearchParams, runId: string | null) => {
    if (runId) filter.set("run", runId);
    return filter;
  };
  return {
    filter: readRunFilter(params),
    setFilter: (next: (filter: RunFilter) => RunFilter) =>
      change((now) => withRun(runFilterParams(next(readRunFilter(now))), now.get("run"))),
    open: params.get("run"),
    setOpen: (runId: string | null) => change((now) => withRun(runFilterParams(readRunFilter(now)), runId)),
  };
}

function ActiveRuns({ onOpen }: { onOpen: (runId: string) => void }) {
  const active = useQuery(activeRunsQuery());
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

function RunDialog({ runId, onClose }: { runId: string | null; onClose: () => void }) {
  const run = useQuery({ ...runQuery(runId ?? ""), enabled: runId !== null });
  const shown = run.data;
  const name = useQuery({ ...agentNameQuery(shown?.agent_id ?? ""), enabled: shown !== undefined }).data;
  return (
    <Dialog
      open={runId !== null}
      onOpenChange={(open) => !open && onClose()}
      title={<>Run of {shown ? <AgentName id={shown.agent_id} /> : "an agent"}</>}
      description={
        shown && (
          <span className="flex flex-wrap items-center gap-3">
            <Id id={shown.id} /> <RunStatus run={shown} />{" "}
            {shown.total_duration_ns !== null && formatDuration(shown.total_duration_ns / 1e6)}{" "}
            <Ago at={shown.created_at} />
            <Link href={`/tests/new?run=${shown.id}`} className="text-messages hover:underline">
              Make a test of this
            </Link>
          </span>
        )
      }
      width="lg"
    >
      {shown ? (
        <>
          <Waterfall run={shown} />
          <Replay key={shown.id} run={shown} agentName={name ?? "Agent"} />
          {isOver(shown) && <ChangedReplay key={`${shown.id} changed`} run={shown} agentName={name ?? "Agent"} />}
        </>
      ) : run.isError ? (
        <Problem error={run.error} onRetry={() => void run.refetch()} />
      ) : (
        <SkeletonRows rows={6} label="Loading the run" />
      )}
    </Dialog>
  );
}
