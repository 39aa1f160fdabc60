import type { Metadata } from "next";
import { FirstData, nameOf } from "@/app/first-data";
import { TemplatePage } from "@/components/template/template-page";
import { templateQuery } from "@/lib/client/template/template-queries";

type Props = { params: Promise<{ templateId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { templateId } = await params;
  return { title: (await nameOf(templateQuery(templateId))) ?? "Template" };
}

export default async function Template({ params }: Props) {
  const { templateId } = await params;
  return (
    <FirstData asks={[templateQuery(templateId)]}>
      <TemplatePage key={templateId} templateId={templateId} />
    </FirstData>
  );
}
