"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { agentsQuery } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { SelectField, TextField } from "../form/text-field";
import { Empty } from "../shell/bits";
import { FormEnd, FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

type NewTemplateProps = { open: boolean; onOpenChange: (open: boolean) => void };

/** Makes a template of an agent and opens it. */
export function NewTemplate({ open, onOpenChange }: NewTemplateProps) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New template"
      description="Takes an agent's prompt, blocks, tools and settings, without its messages. The agent stays as it is."
    >
      <Form onClose={() => onOpenChange(false)} />
    </Dialog>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const client = useQueryClient();
  const agents = useQuery(agentsQuery({ query: "", tag: null }));
  const [agentId, setAgentId] = useState("");
  const [name, setName] = useState("");
  const chosen = agentId || (agents.data?.[0]?.id ?? "");
  const create = useMutation({
    mutationFn: () =>
      unwrap(
        api.POST("/v1/templates", {
          body: { type: "agent", agent_id: chosen, ...(name.trim() ? { name: name.trim() } : {}) },
        }),
      ),
    onSuccess: async (template) => {
      onClose();
      router.push(`/templates/${template.id}`);
      await client.invalidateQueries({ queryKey: queryKeys.templates() });
    },
  });
  if (agents.isError) return <Problem error={agents.error} onRetry={() => void agents.refetch()} />;
  if (!agents.data) return <SkeletonRows rows={3} label="Loading agents" />;
  if (agents.data.length === 0)
    return <Empty title="No agents yet">Make an agent first: a template is made of one.</Empty>;
  return (
    <FormFrame className="p-4" onSubmit={() => create.mutate()}>
      <SelectField label="Agent" value={chosen} onChange={setAgentId}>
        {agents.data.map((agent) => (
          <option key={agent.id} value={agent.id}>
            {agent.name}
          </option>
        ))}
      </SelectField>
      <TextField
        label="Name"
        hint="letters, digits, _ and -"
        pattern="[a-zA-Z0-9_\-]+"
        maxLength={255}
        placeholder="a random one, if left empty"
        value={name}
        onChange={setName}
      />
      <FormEnd
        name="Make the template"
        pendingName="Making it…"
        isPending={create.isPending}
        error={create.error}
        onCancel={onClose}
      />
    </FormFrame>
  );
}
