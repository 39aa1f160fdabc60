"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { BadgeCheck, ClipboardCopy, Play, Square } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { useAddress } from "@/lib/client/screen/use-address";
import { comparisonQuery, type SuiteRun, suiteItemsList, suiteRunQuery } from "@/lib/client/suite/suite-queries";
import { Ago } from "../shell/bits";
import { DetailColumns, DetailHead, DetailPage } from "../shell/detail-page";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Badge } from "../ui/badge";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { ItemDetail } from "./item-detail";
import { ItemGrid } from "./item-grid";
import { RunCounts, RunProgress } from "./run-progress";

/** One run of a suite: how far it is, what became of each case, and what of one of them was found. */
export function SuiteRunPage({ suiteId, suiteRunId }: { suiteId: string; suiteRunId: string }) {
  const run = useQuery(suiteRunQuery(suiteId, suiteRunId));
  const named = useQuery({
    ...suiteRunQuery(suiteId, suiteRunId),
    select: (one: SuiteRun) => ({ ...one, name: `Run of ${one.suite_name}` }),
  });
  const params = { suite_id: suiteId, suite_run_id: suiteRunId };
  const code = [
    operation("suites.runs.items", {
      method: "get",
      path: "/v1/suites/{suite_id}/runs/{suite_run_id}/items",
      params,
      named: false,
    }),
    operation("suites.runs.report", {
      method: "get",
      path: "/v1/suites/{suite_id}/runs/{suite_run_id}/report",
      params,
      named: false,
    }),
  ];
  const list = { href: `/tests/${suiteId}`, name: run.data?.suite_name ?? "Tests" };
  return (
    <DetailPage record={named} list={list} what="the run" code={run.data ? code : []}>
      {(shown) => <Content run={shown} list={list} />}
    </DetailPage>
  );
}

function Content({ run, list }: { run: SuiteRun & { name: string }; list: { href: string; name: string } }) {
  const [address, change] = useAddress();
  const items = usePaged(suiteItemsList(run.suite_id, run.id));
  const [onlyFailed, setOnlyFailed] = useState(false);
  const asked = address.get("item");
  const firstFailed = items.items?.find(({ status }) => status === "failed" || status === "error");
  const chosen = items.items?.find(({ id }) => id === asked) ?? firstFailed ?? items.items?.[0];
  const choose = (itemId: string) =>
    change((params) => {
      params.set("item", itemId);
      return params;
    });
  const shown = onlyFailed
    ? items.items?.filter(({ status }) => status === "failed" || status === "error")
    : items.items;
  return (
    <>
      <DetailHead
        list={list}
        title={
          <>
            <span className="min-w-0 break-words">{run.name}</span>
            {run.is_baseline && <Badge tone="summary">baseline</Badge>}
          </>
        }
        note={
          <>
            version {run.version}, started <Ago at={run.created_at} />
          </>
        }
      >
        <RunActs run={run} />
      </DetailHead>
      <div className="flex flex-col gap-1">
        <p role="status">
          <RunCounts run={run} />
        </p>
        <RunProgress counts={run.counts} />
      </div>
      <Compared run={run} onChoose={choose} />
      <DetailColumns
        width="lg"
        gap="gap-4"
        aside={chosen ? <ItemDetail key={chosen.id} run={run} itemId={chosen.id} /> : null}
      >
        <label className="flex items-center gap-2 text-sm">
          <input type="checkbox" checked={onlyFailed} onChange={(event) => setOnlyFailed(event.target.checked)} />
          Only what failed
        </label>
        {items.error && <Problem error={items.error} onRetry={items.refetch} className="mx-0" />}
        {!items.items && !items.error && <SkeletonRows rows={6} label="Loading the cases" />}
        {shown?.length === 0 && <p className="text-muted">Nothing failed.</p>}
        {shown && shown.length > 0 && <ItemGrid items={shown} chosen={chosen?.id ?? null} onChoose={choose} />}
        <ListEnd list={items} what="cases" total={run.counts.total} />
      </DetailColumns>
    </>
  );
}

function RunActs({ run }: { run: SuiteRun }) {
  const router = useRouter();
  const client = useQueryClient();
  const path = { suite_id: run.suite_id, suite_run_id: run.id };
  const changed = () => client.invalidateQueries({ queryKey: queryKeys.suites() });
  const cancel = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/suites/{suite_id}/runs/{suite_run_id}/cancel", { params: { path } })),
    onSuccess: changed,
  });
  const approve = useMutation({
    mutationFn: () => unwrap(api.POST("/v1/suites/{suite_id}/runs/{suite_run_id}/approve", { params: { path } })),
    onSuccess: changed,
  });
  const again = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/suites/{suite_id}/runs", { params: { path: { suite_id: run.suite_id } }, body: run.options }),
      ),
    onSuccess: async (started) => {
      router.push(`/tests/${run.suite_id}/runs/${started.id}`);
      await changed();
    },
  });
  const copy = useMutation({
    mutationFn: async () => {
      const { text } = await unwrap(api.GET("/v1/suites/{suite_id}/runs/{suite_run_id}/report", { params: { path } }));
      await navigator.clipboard.writeText(text);
    },
  });
  const failed = [cancel, approve, again, copy].find((one) => one.isError);
  if (run.status === "running")
    return (
      <>
        <Button needs="suites.runs.cancel" tone="danger" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
          <Square /> Cancel
        </Button>
        {failed && <Problem error={failed.error} className="m-0" />}
      </>
    );
  return (
    <>
      <Button needs="suites.runs.create" disabled={again.isPending} onClick={() => again.mutate()}>
        <Play /> Run again
      </Button>
      {!run.is_baseline && run.status !== "cancelled" && (
        <Button needs="suites.runs.approve" disabled={approve.isPending} onClick={() => approve.mutate()}>
          <BadgeCheck /> Make it the baseline
        </Button>
      )}
      <Button disabled={copy.isPending} onClick={() => copy.mutate()}>
        <ClipboardCopy /> {copy.isSuccess ? "Copied" : "Copy as Markdown"}
      </Button>
      {failed && <Problem error={failed.error} className="m-0" />}
    </>
  );
}

/** What is another than in the baseline: nothing where there is none, or where this is it. */
function Compared({ run, onChoose }: { run: SuiteRun; onChoose: (itemId: string) => void }) {
  const over = run.status === "passed" || run.status === "failed";
  const compared = useQuery({
    ...comparisonQuery(run.suite_id, run.id),
    enabled: over && run.has_baseline && !run.is_baseline,
  });
  if (!compared.data) return null;
  const changes = compared.data.cases.filter(({ change }) => change !== "same");
  return (
    <section aria-label="Against the baseline" className="flex flex-col gap-1">
      <h2 className="font-medium">
        {changes.length === 0 ? "As in the baseline" : "What is another than in the baseline"}
      </h2>
      <ul className="flex flex-col">
        {changes.map(({ case_name, variant, change, before, after, item_id }) => (
          <li key={`${case_name}/${variant}`} className="flex flex-wrap items-center gap-2 text-sm">
            <Badge tone={change === "broken" ? "error" : change === "mended" ? "files" : "neutral"}>{change}</Badge>
            {item_id ? (
              <button type="button" className="rounded-sm hover:underline" onClick={() => onChoose(item_id)}>
                {case_name}
                {variant && ` [${variant}]`}
              </button>
            ) : (
              <span>
                {case_name}
                {variant && ` [${variant}]`}
              </span>
            )}
            <span className="text-muted tabular-nums">
              {before ? `${before.passed}/${before.total}` : "–"} → {after ? `${after.passed}/${after.total}` : "–"}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
