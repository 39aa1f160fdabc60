import { FirstAgent } from "@/components/agent/first-agent";

export default function Home() {
  return <FirstAgent />;
}
