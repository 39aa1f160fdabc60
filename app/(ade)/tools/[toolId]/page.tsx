import { ToolPage } from "@/components/tool/tool-page";

export default async function Tool({ params }: { params: Promise<{ toolId: string }> }) {
  const { toolId } = await params;
  return <ToolPage key={toolId} toolId={toolId} />;
}
