import { Workbench } from "@/components/agent/workbench";

export default async function AgentPage({ params }: { params: Promise<{ agentId: string }> }) {
  const { agentId } = await params;
  return <Workbench key={agentId} agentId={agentId} />;
}
