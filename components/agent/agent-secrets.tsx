"use client";
import { useUpdateAgent } from "@/lib/client/agent/use-update-agent";
import type { Agent } from "@/lib/client/api/wire";
import { SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { SecretList } from "../tool/secret-list";

/** What an agent's tools find in their environment. */
export function AgentSecrets({ agent }: { agent: Agent }) {
  const update = useUpdateAgent(agent.id);
  const kept = Object.fromEntries(agent.secrets.map((secret) => [secret.key, secret.value]));
  return (
    <section aria-label="Secrets of the agent" className="border-line border-t">
      <SectionHead title="Secrets" note={agent.secrets.length} />
      {agent.secrets.length === 0 && (
        <p className="px-3 pb-2 text-muted text-sm">
          Keys and passwords that its tools find in their environment, and MCP servers as {"{{ NAME }}"}.
        </p>
      )}
      {update.isError && <Problem error={update.error} />}
      <SecretList
        needs="agents.update"
        keys={agent.secrets.map((secret) => secret.key)}
        isSaving={update.isPending}
        onSet={(key, value, done) => update.mutate({ secrets: { ...kept, [key]: value } }, { onSuccess: done })}
        onRemove={(key) =>
          update.mutate({ secrets: Object.fromEntries(Object.entries(kept).filter(([one]) => one !== key)) })
        }
      />
    </section>
  );
}
