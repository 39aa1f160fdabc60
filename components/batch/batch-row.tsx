"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Square } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Batch, Run } from "@/lib/client/api/wire";
import { countsOf, type ItemCounts } from "@/lib/client/job/batch";
import { batchItemsList } from "@/lib/client/job/job-queries";
import { formatCount } from "@/lib/client/screen/format";
import { RunStatus } from "../run/run-status";
import { Ago, Id } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

/** One batch: how far it is, and, unfolded, its requests. */
export function BatchRow({ batch }: { batch: Batch }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const counts = countsOf(batch);
  const active = batch.status === "created" || batch.status === "running" || batch.status === "pending";
  const cancel = useMutation({
    mutationFn: () =>
      unwrap(api.PATCH("/v1/messages/batches/{batch_id}/cancel", { params: { path: { batch_id: batch.id } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: queryKeys.batches() }),
  });
  return (
    <li className="border-line border-b py-2">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <Button
          tone="ghost"
          size="icon-sm"
          aria-expanded={open}
          aria-label={`Requests of batch ${batch.id}`}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown /> : <ChevronRight />}
        </Button>
        <div className="min-w-0 flex-1 basis-40">
          <p className="flex items-center gap-2">
            <RunStatus run={{ status: batch.status as Run["status"] }} />
            <Id id={batch.id} />
          </p>
          <p className="text-muted text-sm">
            {formatCount(counts.completed)} of {formatCount(counts.total)} done
            {counts.failed > 0 && <span className="text-error"> · {formatCount(counts.failed)} failed</span>}
            {counts.cancelled > 0 && ` · ${formatCount(counts.cancelled)} cancelled`}
            {batch.created_at && (
              <>
                {" · "}
                <Ago at={batch.created_at} />
              </>
            )}
          </p>
        </div>
        <Progress counts={counts} />
        {active && (
          <Button needs="messages.batches.cancel" size="sm" disabled={cancel.isPending} onClick={() => cancel.mutate()}>
            <Square /> Cancel
          </Button>
        )}
      </div>
      {cancel.isError && <Problem error={cancel.error} className="mx-0" />}
      {open && <Items batchId={batch.id} active={active} total={counts.total} />}
    </li>
  );
}

const PARTS = [
  { key: "completed", className: "bg-files" },
  { key: "failed", className: "bg-error" },
  { key: "running", className: "bg-messages" },
] as const;

function Progress({ counts }: { counts: ItemCounts }) {
  const over = counts.completed + counts.failed + counts.cancelled;
  return (
    <div
      role="progressbar"
      aria-label="Requests that are over"
      aria-valuenow={over}
      aria-valuemin={0}
      aria-valuemax={counts.total}
      className="flex h-1.5 w-full overflow-hidden rounded-full bg-active sm:w-48"
    >
      {PARTS.map(({ key, className }) => (
        <span
          key={key}
          className={className}
          style={{ width: `${(100 * counts[key]) / Math.max(1, counts.total)}%` }}
        />
      ))}
    </div>
  );
}

function Items({ batchId, active, total }: { batchId: string; active: boolean; total: number }) {
  const items = usePaged(batchItemsList(batchId, active));
  if (items.error) return <Problem error={items.error} onRetry={items.refetch} className="mx-0" />;
  if (!items.items) return <SkeletonRows rows={3} label="Loading the requests" />;
  return (
    <>
      <table className="mt-1 ml-9 text-left text-sm">
        <thead className="text-muted">
          <tr>
            <th className="py-1 pr-4 text-right font-normal">#</th>
            <th className="py-1 pr-4 font-normal">Agent</th>
            <th className="py-1 pr-4 font-normal">Run</th>
          </tr>
        </thead>
        <tbody>
          {items.items.map((item) => (
            <tr key={item.id} className="border-line border-t align-top">
              <td className="py-1 pr-4 text-right tabular-nums">{item.position + 1}</td>
              <td className="py-1 pr-4">
                <Link href={`/agents/${item.agent_id}`} className="font-mono text-xs hover:underline">
                  {item.agent_id.slice(0, 14)}
                </Link>
              </td>
              <td className="py-1 pr-4">
                {item.run_id ? (
                  <Link href={`/runs?run=${item.run_id}`} className="hover:underline">
                    <RunStatus run={{ status: item.status }} />
                  </Link>
                ) : (
                  <RunStatus run={{ status: item.status }} />
                )}
                {item.error && <p className="max-w-96 text-error">{item.error}</p>}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className="ml-9">
        <ListEnd list={items} what="requests" total={total} />
      </div>
    </>
  );
}
