"use client";
import { useQuery } from "@tanstack/react-query";
import { CalendarClock, Plus } from "lucide-react";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { schedulesQuery } from "@/lib/client/job/job-queries";
import { Empty } from "../shell/bits";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { NewSchedule } from "./new-schedule";
import { ScheduleRow } from "./schedule-row";

/** What is sent to agents by itself: when, what, and how it went. */
export function SchedulesPage() {
  const schedules = useQuery(schedulesQuery(null));
  const [creating, setCreating] = useState(false);
  return (
    <>
      <ListPage
        title="Schedules"
        code={[
          operation("schedules.list", { method: "get", path: "/v1/schedules", query: { limit: 50 }, named: false }),
        ]}
        action={
          <Button tone="primary" onClick={() => setCreating(true)}>
            <Plus /> New schedule
          </Button>
        }
      >
        {schedules.isError && (
          <Problem error={schedules.error} onRetry={() => void schedules.refetch()} className="mx-0" />
        )}
        {schedules.isPending && <SkeletonRows rows={5} label="Loading schedules" />}
        {schedules.data?.length === 0 && (
          <Empty
            title="Nothing is scheduled"
            action={
              <Button tone="primary" onClick={() => setCreating(true)}>
                <CalendarClock /> Schedule a message
              </Button>
            }
          >
            A schedule sends an agent a message once, or again and again: a morning summary, a weekly clean-up of its
            memory. Every sending is a run that you can look into.
          </Empty>
        )}
        <ul className="flex flex-col">
          {schedules.data?.map((schedule) => (
            <ScheduleRow key={schedule.id} schedule={schedule} />
          ))}
        </ul>
      </ListPage>
      <NewSchedule open={creating} onOpenChange={setCreating} agentId={null} />
    </>
  );
}
