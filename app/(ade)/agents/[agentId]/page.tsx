import type { Metadata } from "next";
import { FirstData, nameOf } from "@/app/first-data";
import { Workbench } from "@/components/agent/workbench";
import { agentQuery } from "@/lib/client/agent/agent-queries";

type Props = { params: Promise<{ agentId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { agentId } = await params;
  return { title: (await nameOf(agentQuery(agentId))) ?? "Agent" };
}

export default async function AgentPage({ params }: Props) {
  const { agentId } = await params;
  return (
    <FirstData asks={[agentQuery(agentId)]}>
      <Workbench key={agentId} agentId={agentId} />
    </FirstData>
  );
}
