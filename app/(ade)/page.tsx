import { FirstData } from "@/app/first-data";
import { FirstAgent } from "@/components/agent/first-agent";
import { newestAgentQuery } from "@/lib/client/agent/agent-queries";

export default function Home() {
  return (
    <FirstData asks={[newestAgentQuery()]}>
      <FirstAgent />
    </FirstData>
  );
}
