import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { BatchesPage } from "@/components/batch/batches-page";
import { batchesList } from "@/lib/client/job/job-queries";

export const metadata: Metadata = { title: "Batches" };

export default function Batches() {
  return (
    <FirstData asks={[batchesList()]}>
      <BatchesPage />
    </FirstData>
  );
}
