import type { Metadata } from "next";
import { NewToolPage } from "@/components/tool/new-tool-page";

export const metadata: Metadata = { title: "New tool" };

export default function NewTool() {
  return <NewToolPage />;
}
