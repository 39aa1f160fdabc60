"use client";
import { useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { usePaged } from "@/lib/client/api/paged";
import { useSettled } from "@/lib/client/screen/use-settled";
import { Picker } from "./picker";

type AgentPickerProps = {
  title?: string;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  without: readonly string[];
  onPick: (agentId: string, name: string) => void;
};

const SETTLED_MS = 150;

/** Every agent but some; the server searches by name. */
export function AgentPicker({ title = "Attach to an agent", open, onOpenChange, without, onPick }: AgentPickerProps) {
  const [text, setText] = useState("");
  const query = useSettled(text.trim(), SETTLED_MS);
  const agents = usePaged(agentsList({ query, tag: null }), { enabled: open });
  const isCurrent = query === text.trim() && !agents.isStale;
  const found = agents.items?.filter((agent) => !without.includes(agent.id));
  return (
    <Picker
      title={title}
      open={open}
      onOpenChange={(next) => {
        setText("");
        onOpenChange(next);
      }}
      onPick={(id) => onPick(id, agents.items?.find((agent) => agent.id === id)?.name ?? id)}
      error={agents.error ?? agents.moreError}
      empty={isCurrent ? "No other agent has this name." : "Searching…"}
      choices={found?.map((agent) => ({ id: agent.id, name: agent.name, note: agent.model, words: agent.tags }))}
      server={{ text, onText: setText, more: agents }}
    />
  );
}
