import type { Metadata } from "next";
import { FirstData } from "@/app/first-data";
import { AgentsPage } from "@/components/agent/agents-page";
import { agentsList, tagsQuery } from "@/lib/client/agent/agent-queries";

export const metadata: Metadata = { title: "Agents" };

export default function Agents() {
  return (
    <FirstData asks={[agentsList(), tagsQuery()]}>
      <AgentsPage />
    </FirstData>
  );
}
