"use client";
import { useQuery } from "@tanstack/react-query";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";

/** What an agent is called, wherever only its id is known; the id's beginning until then, or where it is gone. */
export function AgentName({ id }: { id: string }) {
  const name = useQuery(agentNameQuery(id)).data;
  return name ?? <span className="font-mono text-sm">{id.slice(6, 14)}</span>;
}
