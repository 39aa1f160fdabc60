import type { Metadata } from "next";
import { BatchesPage } from "@/components/batch/batches-page";

export const metadata: Metadata = { title: "Batches" };

export default function Batches() {
  return <BatchesPage />;
}
