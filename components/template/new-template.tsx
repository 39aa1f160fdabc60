"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api";
import { agentsQuery } from "@/lib/client/queries";
import { queryKeys } from "@/lib/client/query-keys";
import { Field } from "../form/field";
import { Empty } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select } from "../ui/input";
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
    <form
      className="flex flex-col gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <Field label="Agent">
        {(id) => (
          <Select id={id} value={chosen} onChange={(event) => setAgentId(event.target.value)}>
            {agents.data.map((agent) => (
              <option key={agent.id} value={agent.id}>
                {agent.name}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Field label="Name" hint="letters, digits, _ and -">
        {(id) => (
          <Input
            id={id}
            pattern="[a-zA-Z0-9_\-]+"
            maxLength={255}
            placeholder="a random one, if left empty"
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      {create.isError && <Problem error={create.error} className="m-0" />}
      <div className="flex justify-end gap-2">
        <Button onClick={onClose}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={create.isPending}>
          {create.isPending ? "Making it…" : "Make the template"}
        </Button>
      </div>
    </form>
  );
}
