import type { Metadata } from "next";
import { FirstData, nameOf } from "@/app/first-data";
import { ToolPage } from "@/components/tool/tool-page";
import { toolQuery } from "@/lib/client/tool/tool-queries";

type Props = { params: Promise<{ toolId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { toolId } = await params;
  return { title: (await nameOf(toolQuery(toolId))) ?? "Tool" };
}

export default async function Tool({ params }: Props) {
  const { toolId } = await params;
  return (
    <FirstData asks={[toolQuery(toolId)]}>
      <ToolPage key={toolId} toolId={toolId} />
    </FirstData>
  );
}
