"use client";
import { Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Agent } from "@/lib/client/api/wire";
import { EraseButton } from "../erasure/erase-button";
import { Id, SectionHead } from "../shell/bits";
import { Button } from "../ui/button";
import { AgentFiles } from "./agent-files";
import { AgentForm } from "./agent-form";
import { AgentSecrets } from "./agent-secrets";
import { AgentTools } from "./agent-tools";
import { AgentVersions } from "./agent-versions";
import { AgentWorkspace } from "./agent-workspace";
import { DeleteAgent } from "./delete-agent";

/** What an agent is: its settings, its tools and rules, and how it came to be so. */
export function AgentPane({ agent, onStep }: { agent: Agent; onStep: (stepId: string) => void }) {
  const router = useRouter();
  const [deleting, setDeleting] = useState(false);
  return (
    <section aria-label="Agent" className="h-full overflow-auto">
      <SectionHead title="Agent" note={agent.agent_type}>
        <Id id={agent.id} />
      </SectionHead>
      <AgentForm key={agent.id} agent={agent} />
      <AgentTools agent={agent} />
      <AgentSecrets agent={agent} />
      <AgentFiles agent={agent} />
      <AgentWorkspace agentId={agent.id} onStep={onStep} />
      <AgentVersions agentId={agent.id} onStep={onStep} />
      <div className="flex flex-wrap gap-2 p-3">
        <Button needs="agents.delete" tone="danger" size="sm" onClick={() => setDeleting(true)}>
          <Trash2 /> Delete the agent
        </Button>
        <EraseButton
          erasable={{ type: "agent", id: agent.id }}
          what={agent.name}
          inWords
          onErased={() => router.push("/agents")}
        />
      </div>
      <DeleteAgent
        agent={deleting ? agent : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/agents")}
      />
    </section>
  );
}
