"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Download, Play, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { operation } from "@/lib/client/api/code";
import { download } from "@/lib/client/api/download";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { type SuiteWithSource, suiteHistoryQuery, suiteQuery, suiteRunsList } from "@/lib/client/suite/suite-queries";
import { Ago, Id } from "../shell/bits";
import { DetailColumns, DetailHead, DetailPage } from "../shell/detail-page";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";
import { CaseHistory } from "./case-history";
import { RunCounts, Trend } from "./run-progress";
import { SuiteEditor } from "./suite-editor";

const TESTS = { href: "/tests", name: "Tests" };

/** One suite: its runs, its cases and its file. */
export function SuitePage({ suiteId }: { suiteId: string }) {
  const suite = useQuery(suiteQuery(suiteId));
  const code = [
    operation("suites.runs.create", {
      method: "post",
      path: "/v1/suites/{suite_id}/runs",
      params: { suite_id: suiteId },
      body: { repeats: 1 },
      named: false,
    }),
  ];
  return (
    <DetailPage record={suite} list={TESTS} what="the suite" code={suite.data ? code : []}>
      {(shown) => <Content suite={shown} />}
    </DetailPage>
  );
}

function Content({ suite }: { suite: SuiteWithSource }) {
  const router = useRouter();
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  const run = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/v1/suites/{suite_id}/runs", { params: { path: { suite_id: suite.id } }, body: {} })),
    onSuccess: async (started) => {
      router.push(`/tests/${suite.id}/runs/${started.id}`);
      await client.invalidateQueries({ queryKey: queryKeys.suites() });
    },
  });
  const give = useMutation({
    mutationFn: () => unwrap(api.GET("/v1/suites/{suite_id}/export", { params: { path: { suite_id: suite.id } } })),
    onSuccess: ({ source, file_name }) => download(file_name, source, "application/yaml"),
  });
  return (
    <>
      <DetailHead
        list={TESTS}
        title={<span className="min-w-0 break-words">{suite.name}</span>}
        note={suite.description}
      >
        <Button needs="suites.runs.create" tone="primary" disabled={run.isPending} onClick={() => run.mutate()}>
          <Play /> {run.isPending ? "Starting…" : "Run"}
        </Button>
        <Button disabled={give.isPending} onClick={() => give.mutate()}>
          <Download /> Export
        </Button>
        <Button needs="suites.delete" tone="danger" onClick={() => setDeleting(true)}>
          <Trash2 /> Delete
        </Button>
      </DetailHead>
      {run.isError && <Problem error={run.error} className="mx-0" />}
      {give.isError && <Problem error={give.error} className="mx-0" />}
      <DetailColumns gap="gap-8" aside={<Cases suite={suite} />}>
        <Runs suite={suite} />
        <File key={suite.version} suite={suite} />
      </DetailColumns>
      <DeleteSuite suite={suite} open={deleting} onClose={() => setDeleting(false)} />
    </>
  );
}

function Runs({ suite }: { suite: SuiteWithSource }) {
  const runs = usePaged(suiteRunsList(suite.id));
  return (
    <section aria-label="Runs" className="flex flex-col gap-2">
      <div className="flex items-center gap-4">
        <h2 className="font-medium text-lg">Runs</h2>
        <Trend runs={suite.recent_runs} />
      </div>
      {runs.error && <Problem error={runs.error} onRetry={runs.refetch} className="mx-0" />}
      {!runs.items && !runs.error && <SkeletonRows rows={3} label="Loading runs" />}
      {runs.items?.length === 0 && <p className="text-muted">It was not run yet.</p>}
      <ul className="flex flex-col">
        {runs.items?.map((run) => (
          <li key={run.id} className="flex flex-wrap items-center gap-x-3 border-line border-b py-1.5 text-sm">
            <Link href={`/tests/${suite.id}/runs/${run.id}`} className="min-w-0 flex-1 basis-56 hover:underline">
              <RunCounts run={run} />
            </Link>
            {run.is_baseline && <Badge tone="summary">baseline</Badge>}
            <span className="text-muted">version {run.version}</span>
            <Ago at={run.created_at} className="text-muted" />
          </li>
        ))}
      </ul>
      <ListEnd list={runs} what="runs" />
    </section>
  );
}

function Cases({ suite }: { suite: SuiteWithSource }) {
  const lastOver = suite.recent_runs.find((run) => run.completed_at !== null)?.id;
  const history = useQuery({ ...suiteHistoryQuery(suite.id, lastOver), enabled: lastOver !== undefined }).data;
  return (
    <section aria-label="Cases" className="flex flex-col gap-2">
      <h2 className="font-medium text-lg">Cases</h2>
      <ul className="flex flex-col">
        {suite.cases.map(({ name, turns, checks }) => (
          <li key={name} className="border-line border-b py-1.5">
            <p className="break-words">{name}</p>
            {history?.cases
              .filter((one) => one.case_name === name)
              .map((one) => (
                <CaseHistory key={one.variant} suiteId={suite.id} history={one} />
              ))}
            <p className="text-muted text-sm">
              {turns === null
                ? "as it goes"
                : turns === 0
                  ? "nothing is said"
                  : `${turns} ${turns === 1 ? "turn" : "turns"}`}
              {` · ${checks} ${checks === 1 ? "check" : "checks"}`}
            </p>
          </li>
        ))}
      </ul>
      {suite.variants.length > 0 && (
        <p className="text-muted text-sm">Each is run as {suite.variants.map((name) => `“${name}”`).join(" and ")}.</p>
      )}
      <p className="text-muted text-sm">
        Version {suite.version}, changed <Ago at={suite.updated_at} /> · <Id id={suite.id} />
      </p>
    </section>
  );
}

function File({ suite }: { suite: SuiteWithSource }) {
  const client = useQueryClient();
  const [source, setSource] = useState(suite.source);
  const save = useMutation({
    mutationFn: () =>
      unwrap(api.PATCH("/v1/suites/{suite_id}", { params: { path: { suite_id: suite.id } }, body: { source } })),
    onSuccess: async (changed) => {
      client.setQueryData(queryKeys.suite(suite.id), changed);
      await client.invalidateQueries({ queryKey: queryKeys.suiteList() });
    },
  });
  return (
    <section aria-label="File" className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <h2 className="mr-auto font-medium text-lg">File</h2>
        {source !== suite.source && <Button onClick={() => setSource(suite.source)}>Discard</Button>}
        <Button
          needs="suites.update"
          tone="primary"
          disabled={source === suite.source || save.isPending}
          onClick={() => save.mutate()}
        >
          {save.isPending ? "Saving…" : "Save"}
        </Button>
      </div>
      {save.isError && <Problem error={save.error} className="mx-0" />}
      <SuiteEditor source={source} onChange={setSource} className="h-96" />
    </section>
  );
}

function DeleteSuite({ suite, open, onClose }: { suite: SuiteWithSource; open: boolean; onClose: () => void }) {
  const router = useRouter();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/suites/{suite_id}", { params: { path: { suite_id: suite.id } } })),
    onSuccess: async () => {
      router.push("/tests");
      await client.invalidateQueries({ queryKey: queryKeys.suiteList() });
    },
  });
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => {
        if (next) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${suite.name}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button needs="suites.delete" tone="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <p className="p-4">All its versions and runs go with it, and the copies of agents that they made.</p>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
