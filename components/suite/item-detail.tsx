"use client";
import { useQuery } from "@tanstack/react-query";
import { Check, X } from "lucide-react";
import Link from "next/link";
import { formatDollars, formatDuration } from "@/lib/client/screen/format";
import { type SuiteItem, type SuiteItemResult, type SuiteRun, suiteItemQuery } from "@/lib/client/suite/suite-queries";
import { LineDiff } from "../diff/line-diff";
import { Problem } from "../shell/problem";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";
import { ItemStatus } from "./item-status";

const MS_PER_S = 1000;

/** One case of a run: what was checked and found, what was said, and what of memory changed. */
export function ItemDetail({ run, itemId }: { run: SuiteRun; itemId: string }) {
  const item = useQuery(suiteItemQuery(run.suite_id, run.id, itemId));
  if (item.isError) return <Problem error={item.error} onRetry={() => void item.refetch()} className="mx-0" />;
  if (!item.data) return <SkeletonRows rows={6} label="Loading the case" />;
  const { data } = item;
  return (
    <section aria-label={`Case ${data.case_name}`} className="flex flex-col gap-4">
      <div>
        <h2 className="break-words font-medium text-lg">
          {data.case_name}
          {data.variant && <span className="text-muted"> [{data.variant}]</span>}
          {data.repeat > 1 && <span className="text-muted"> repeat {data.repeat}</span>}
        </h2>
        <p className="flex flex-wrap gap-x-3 text-sm">
          <ItemStatus status={data.status} />
          {data.agent_id && (
            <Link href={`/agents/${data.agent_id}`} className="hover:underline">
              Open its agent
            </Link>
          )}
          {data.result && <Used used={data.result.used} />}
        </p>
        {data.error && <p className="break-words text-error">{data.error}</p>}
      </div>
      {data.result && <Findings item={data} result={data.result} />}
      {data.result && data.result.turns.length > 0 && <Turns item={data} result={data.result} />}
      {data.result && <MemoryChanges memory={data.result.memory} />}
      {data.result?.notes.map((note) => (
        <p key={note} className="text-muted text-sm">
          {note}
        </p>
      ))}
    </section>
  );
}

function Used({ used }: { used: SuiteItemResult["used"] }) {
  return (
    <span className="text-muted">
      {used.steps} {used.steps === 1 ? "step" : "steps"} · {formatDuration(used.seconds * MS_PER_S)}
      {used.cost ? ` · ${formatDollars(used.cost)}` : ""}
    </span>
  );
}

/** What failed first. */
function Findings({ item, result }: { item: SuiteItem; result: SuiteItemResult }) {
  const findings = result.findings.toSorted((a, b) => Number(a.passed) - Number(b.passed));
  return (
    <div className="flex flex-col gap-1">
      <h3 className="font-medium">Checks</h3>
      <ul className="flex flex-col gap-2" aria-label="Checks">
        {findings.map(({ expected, found, passed, step_id, turn }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: findings never change their order
          <li key={index} className="flex gap-2 text-sm">
            {passed ? (
              <Check className="mt-0.5 size-3.5 shrink-0 text-files" aria-label="passed" />
            ) : (
              <X className="mt-0.5 size-3.5 shrink-0 text-error" aria-label="failed" />
            )}
            <div className="min-w-0">
              <p className="break-words">
                {turn !== null && <span className="text-muted">after turn {turn}: </span>}
                {expected}
              </p>
              <p className={cn("break-words", passed ? "text-muted" : "text-error")}>
                <span className="text-muted">found </span>
                {found}
              </p>
              {!passed && step_id && item.agent_id && (
                <Link
                  href={`/agents/${item.agent_id}?step=${step_id}&moment=after`}
                  className="text-messages hover:underline"
                >
                  The step that did it
                </Link>
              )}
            </div>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Turns({ item, result }: { item: SuiteItem; result: SuiteItemResult }) {
  return (
    <div className="flex flex-col gap-1">
      <h3 className="font-medium">Conversation</h3>
      <ol className="flex flex-col gap-3" aria-label="Conversation">
        {result.turns.map((turn) => (
          <li key={turn.run_id} className="flex flex-col gap-1 text-sm">
            <p className="whitespace-pre-wrap break-words">
              <span className="font-medium text-messages">User</span> {turn.said}
            </p>
            {turn.calls.map((call, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: calls never change their order
              <p key={index} className="truncate font-mono text-xs" title={call.arguments}>
                {item.agent_id ? (
                  <Link href={`/agents/${item.agent_id}?step=${call.step_id}`} className="text-tools hover:underline">
                    {call.name}
                  </Link>
                ) : (
                  <span className="text-tools">{call.name}</span>
                )}{" "}
                <span className="text-muted">{call.arguments}</span>
              </p>
            ))}
            {turn.replies.map((reply, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: replies never change their order
              <p key={index} className="whitespace-pre-wrap break-words">
                <span className="font-medium">Agent</span> {reply}
              </p>
            ))}
            {turn.error && <p className="break-words text-error">{turn.error}</p>}
          </li>
        ))}
      </ol>
    </div>
  );
}

function MemoryChanges({ memory }: { memory: SuiteItemResult["memory"] }) {
  const { blocks, archive_added, archive_removed } = memory;
  const archive = archive_added.length + archive_removed.length > 0;
  return (
    <div className="flex flex-col gap-1">
      <h3 className="font-medium">Memory</h3>
      {blocks.length === 0 && !archive && <p className="text-muted text-sm">Nothing changed in memory.</p>}
      {blocks.map(({ label, before, after }) => (
        <div key={label} className="rounded-md border border-line">
          <p className="border-line border-b px-3 py-1 font-mono text-memory text-sm">{label}</p>
          <LineDiff before={before ?? ""} after={after ?? ""} />
        </div>
      ))}
      {archive && (
        <div className="rounded-md border border-line">
          <p className="border-line border-b px-3 py-1 font-mono text-memory text-sm">archive</p>
          <LineDiff before={archive_removed.join("\n")} after={archive_added.join("\n")} />
        </div>
      )}
    </div>
  );
}
