import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { SuitesPage } from "@/components/suite/suites-page";
import { suitesList } from "@/lib/client/suite/suite-queries";

export const metadata: Metadata = { title: "Tests" };

export default function Tests() {
  return (
    <FirstData asks={[suitesList()]}>
      <SuitesPage />
    </FirstData>
  );
}
