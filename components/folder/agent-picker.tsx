"use client";
import { useQuery } from "@tanstack/react-query";
import { agentsQuery } from "@/lib/client/agent/agent-queries";
import { Picker } from "./picker";

type AgentPickerProps = {
  title?: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  without: readonly string[];
  onPick: (agentId: string, name: string) => void;
};

/** Every agent but some. */
export function AgentPicker({ title = "Attach to an agent", open, onOpenChange, without, onPick }: AgentPickerProps) {
  const agents = useQuery({ ...agentsQuery({ query: "", tag: null }), enabled: open });
  return (
    <Picker
      title={title}
      open={open}
      onOpenChange={onOpenChange}
      onPick={(id) => onPick(id, agents.data?.find((agent) => agent.id === id)?.name ?? id)}
      error={agents.error}
      empty="No other agent has this name."
      choices={agents.data
        ?.filter((agent) => !without.includes(agent.id))
        .map((agent) => ({ id: agent.id, name: agent.name, note: agent.model, words: agent.tags }))}
    />
  );
}
