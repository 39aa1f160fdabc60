import type { Metadata } from "next";
import { FirstData, nameOf } from "@/app/first-data";
import { HealthPage } from "@/components/health/health-page";
import { agentNameQuery, agentQuery } from "@/lib/client/agent/agent-queries";

type Props = { params: Promise<{ agentId: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { agentId } = await params;
  return { title: `Memory health of ${(await nameOf(agentQuery(agentId))) ?? "an agent"}` };
}

/** What is doubtful is looked for once the page stands: a long memory takes a while. */
export default async function Health({ params }: Props) {
  const { agentId } = await params;
  return (
    <FirstData asks={[agentNameQuery(agentId)]}>
      <HealthPage key={agentId} agentId={agentId} />
    </FirstData>
  );
}
