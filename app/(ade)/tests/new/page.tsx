import type { Metadata } from "next";
import { NewSuitePage } from "@/components/suite/new-suite-page";

export const metadata: Metadata = { title: "New suite" };

export default function NewSuite() {
  return <NewSuitePage />;
}
