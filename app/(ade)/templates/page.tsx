import type { Metadata } from "next";
import { TemplatesPage } from "@/components/template/templates-page";

export const metadata: Metadata = { title: "Templates" };

export default function Templates() {
  return <TemplatesPage />;
}
