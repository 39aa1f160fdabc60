import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { SchedulesPage } from "@/components/schedule/schedules-page";
import { schedulesList } from "@/lib/client/job/job-queries";

export const metadata: Metadata = { title: "Schedules" };

export default function Schedules() {
  return (
    <FirstData asks={[schedulesList(null)]}>
      <SchedulesPage />
    </FirstData>
  );
}
