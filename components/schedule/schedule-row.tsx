"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, ChevronRight, Play, Trash2 } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Firing, Run, Schedule } from "@/lib/client/api/wire";
import { firingsQuery } from "@/lib/client/job/job-queries";
import { describeCron, messageText } from "@/lib/client/job/schedule";
import { formatExact } from "@/lib/client/screen/format";
import { RunStatus } from "../run/run-status";
import { Ago } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

/** One schedule: what it sends when, its last and next time, and, unfolded, all of its past. */
export function ScheduleRow({ schedule }: { schedule: Schedule }) {
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const path = { agent_id: schedule.agent_id, scheduled_message_id: schedule.id };
  const refresh = () => client.invalidateQueries({ queryKey: queryKeys.schedules() });
  const run = useMutation({
    mutationFn: () =>
      unwrap(api.POST("/v1/agents/{agent_id}/schedule/{scheduled_message_id}/run", { params: { path } })),
    onSuccess: async () => {
      setOpen(true);
      await refresh();
    },
  });
  const remove = useMutation({
    mutationFn: () => unwrap(api.DELETE("/v1/agents/{agent_id}/schedule/{scheduled_message_id}", { params: { path } })),
    // Nobody asks for the history of a schedule that is going.
    onMutate: () => setOpen(false),
    onSuccess: () => client.invalidateQueries({ queryKey: [...queryKeys.schedules(), "list"] }),
  });
  const text = messageText(schedule);
  return (
    <li className="border-line border-b py-2">
      <div className="flex flex-wrap items-start gap-x-3 gap-y-1">
        <Button
          tone="ghost"
          size="icon-sm"
          aria-expanded={open}
          aria-label={`History of “${text}”`}
          onClick={() => setOpen(!open)}
        >
          {open ? <ChevronDown /> : <ChevronRight />}
        </Button>
        <div className="min-w-0 flex-1 basis-40">
          <p className="truncate font-medium">{text}</p>
          <p className="text-muted text-sm">
            <When schedule={schedule} /> to{" "}
            <Link href={`/agents/${schedule.agent_id}`} className="underline-offset-2 hover:underline">
              {schedule.agent_name}
            </Link>
          </p>
        </div>
        <p className="text-sm">
          {schedule.next_scheduled_time ? (
            <>
              <span className="text-muted">next </span>
              <Ago at={schedule.next_scheduled_time} />
            </>
          ) : (
            <span className="text-muted">over</span>
          )}
          {schedule.last_firing && (
            <span className="block">
              <FiringStatus firing={schedule.last_firing} />
            </span>
          )}
        </p>
        <div className="flex gap-1">
          <Button needs="agents.schedule.run" size="sm" disabled={run.isPending} onClick={() => run.mutate()}>
            <Play /> Run now
          </Button>
          <Button
            needs="agents.schedule.delete"
            tone="ghost"
            size="icon-sm"
            aria-label={`Delete the schedule “${text}”`}
            disabled={remove.isPending}
            onClick={() => remove.mutate()}
          >
            <Trash2 />
          </Button>
        </div>
      </div>
      {run.isError && <Problem error={run.error} className="mx-0" />}
      {remove.isError && <Problem error={remove.error} className="mx-0" />}
      {open && <History schedule={schedule} />}
    </li>
  );
}

function When({ schedule: { schedule } }: { schedule: Schedule }) {
  if (schedule.type !== "recurring") return <>once, {formatExact(new Date(schedule.scheduled_at).toISOString())},</>;
  return (
    <span title={schedule.cron_expression}>
      {describeCron(schedule.cron_expression)}
      {schedule.timezone ? ` (${schedule.timezone})` : ""}
    </span>
  );
}

function FiringStatus({ firing }: { firing: Firing }) {
  if (firing.run_status === null) {
    return <span className={firing.error ? "text-error" : "text-muted"}>{firing.error ?? "waits to be sent"}</span>;
  }
  return <RunStatus run={{ status: firing.run_status as Run["status"] }} />;
}

function History({ schedule }: { schedule: Schedule }) {
  const firings = useQuery(firingsQuery(schedule.agent_id, schedule.id));
  if (firings.isError) return <Problem error={firings.error} onRetry={() => void firings.refetch()} className="mx-0" />;
  if (!firings.data) return <SkeletonRows rows={2} label="Loading the history" />;
  if (firings.data.length === 0) return <p className="px-9 py-2 text-muted">It has sent nothing yet.</p>;
  return (
    <table className="mt-1 ml-9 text-left text-sm">
      <thead className="text-muted">
        <tr>
          <th className="py-1 pr-4 font-normal">Sent</th>
          <th className="py-1 pr-4 font-normal">Because</th>
          <th className="py-1 pr-4 font-normal">Run</th>
        </tr>
      </thead>
      <tbody>
        {firings.data.map((firing) => (
          <tr key={firing.id} className="border-line border-t">
            <td className="py-1 pr-4">
              <Ago at={firing.fired_at} />
            </td>
            <td className="py-1 pr-4">{firing.trigger === "manual" ? "by hand" : "it was due"}</td>
            <td className="py-1 pr-4">
              {firing.run_id ? (
                <Link href={`/runs?run=${firing.run_id}`} className="hover:underline">
                  <FiringStatus firing={firing} />
                </Link>
              ) : (
                <FiringStatus firing={firing} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
