import type { Metadata } from "next";
import { HealthPage } from "@/components/health/health-page";

export const metadata: Metadata = { title: "Memory health" };

export default async function Health({ params }: { params: Promise<{ agentId: string }> }) {
  const { agentId } = await params;
  return <HealthPage key={agentId} agentId={agentId} />;
}
