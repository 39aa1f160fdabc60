import type { Metadata } from "next";
import { SuitesPage } from "@/components/suite/suites-page";

export const metadata: Metadata = { title: "Tests" };

export default function Tests() {
  return <SuitesPage />;
}
