"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { agentsList } from "@/lib/client/agent/agent-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { usePaged } from "@/lib/client/api/paged";
import { queryKeys } from "@/lib/client/api/query-keys";
import { AgentSelect, type NamedAgent } from "../agent/agent-select";
import { Field } from "../form/field";
import { TextField } from "../form/text-field";
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
  const agents = usePaged(agentsList());
  const [picked, setPicked] = useState<NamedAgent | null>(null);
  const [name, setName] = useState("");
  const agent = picked ?? agents.items?.[0] ?? null;
  const chosen = agent?.id ?? "";
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
  if (agents.error) return <Problem error={agents.error} onRetry={agents.refetch} />;
  if (!agents.items) return <SkeletonRows rows={3} label="Loading agents" />;
  if (agents.items.length === 0)
    return <Empty title="No agents yet">Make an agent first: a template is made of one.</Empty>;
  return (
    <FormFrame className="p-4" onSubmit={() => create.mutate()}>
      <Field label="Agent">{(id) => <AgentSelect id={id} label="Agent" value={agent} onChange={setPicked} />}</Field>
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
