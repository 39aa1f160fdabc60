import { TemplatePage } from "@/components/template/template-page";

export default async function Template({ params }: { params: Promise<{ templateId: string }> }) {
  const { templateId } = await params;
  return <TemplatePage key={templateId} templateId={templateId} />;
}
