"use client";
import { CalendarClock, Plus } from "lucide-react";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { usePaged } from "@/lib/client/api/paged";
import { schedulesList } from "@/lib/client/job/job-queries";
import { Empty } from "../shell/bits";
import { ListEnd } from "../shell/list-end";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { NewSchedule } from "./new-schedule";
import { ScheduleRow } from "./schedule-row";

/** What is sent to agents by itself: when, what, and how it went. */
export function SchedulesPage() {
  const schedules = usePaged(schedulesList(null));
  const [creating, setCreating] = useState(false);
  return (
    <>
      <ListPage
        title="Schedules"
        code={[
          operation("schedules.list", { method: "get", path: "/v1/schedules", query: { limit: 50 }, named: false }),
        ]}
        action={
          <Button needs="agents.schedule.create" tone="primary" onClick={() => setCreating(true)}>
            <Plus /> New schedule
          </Button>
        }
      >
        {schedules.error && <Problem error={schedules.error} onRetry={() => schedules.refetch()} className="mx-0" />}
        {!schedules.items && !schedules.error && <SkeletonRows rows={5} label="Loading schedules" />}
        {schedules.items?.length === 0 && (
          <Empty
            title="Nothing is scheduled"
            action={
              <Button needs="agents.schedule.create" tone="primary" onClick={() => setCreating(true)}>
                <CalendarClock /> Schedule a message
              </Button>
            }
          >
            A schedule sends an agent a message once, or again and again: a morning summary, a weekly clean-up of its
            memory. Every sending is a run that you can look into.
          </Empty>
        )}
        <ul className="flex flex-col">
          {schedules.items?.map((schedule) => (
            <ScheduleRow key={schedule.id} schedule={schedule} />
          ))}
        </ul>
        <ListEnd list={schedules} what="schedules" />
      </ListPage>
      <NewSchedule open={creating} onOpenChange={setCreating} agentId={null} />
    </>
  );
}
