import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { TemplatesPage } from "@/components/template/templates-page";
import { templatesQuery } from "@/lib/client/template/template-queries";

export const metadata: Metadata = { title: "Templates" };

export default function Templates() {
  return (
    <FirstData asks={[templatesQuery()]}>
      <TemplatesPage />
    </FirstData>
  );
}
