"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { createBody, type NewAgent, TEMPLATES, type Template } from "@/lib/client/agent/starters";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { modelsQuery } from "@/lib/client/api/server-queries";
import { Field } from "../form/field";
import { DemoLabel } from "../shell/demo-label";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select } from "../ui/input";

type NewAgentProps = { open: boolean; onOpenChange: (open: boolean) => void };

/** Makes an agent from a starter template and opens it. */
export function NewAgentDialog({ open, onOpenChange }: NewAgentProps) {
  const [template, setTemplate] = useState<Template>(TEMPLATES[0]!);
  const [name, setName] = useState<string | null>(null);
  const [model, setModel] = useState("");
  const models = useQuery({ ...modelsQuery(), enabled: open });
  const create = useCreate(() => {
    onOpenChange(false);
    setName(null);
  });
  const chosenName = (name ?? template.agentName).trim();
  const handle = model || (models.data?.[0]?.handle ?? "");

  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New agent"
      description="Choose what it starts with. All of it can be changed later."
      footer={
        <>
          <Button onClick={() => onOpenChange(false)}>Cancel</Button>
          <Button
            needs="agents.create"
            tone="primary"
            disabled={create.isPending || chosenName === ""}
            onClick={() => create.mutate({ template, name: chosenName, model: handle || null })}
          >
            {create.isPending ? "Making it…" : "Make the agent"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4 p-4">
        <fieldset className="grid gap-2 sm:grid-cols-2">
          <legend className="mb-1 text-muted text-sm">Template</legend>
          {TEMPLATES.map((one) => (
            <TemplateCard key={one.id} template={one} checked={one === template} onChoose={() => setTemplate(one)} />
          ))}
        </fieldset>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Name">
            {(id) => (
              <Input id={id} value={name ?? template.agentName} onChange={(event) => setName(event.target.value)} />
            )}
          </Field>
          <Field label="Model" hint={<DemoLabel model={handle} />}>
            {(id) => (
              <Select id={id} value={handle} onChange={(event) => setModel(event.target.value)}>
                {models.data?.map((one) => (
                  <option key={one.handle} value={one.handle}>
                    {one.handle}
                  </option>
                ))}
                {!models.data && <option value="">The server's default</option>}
              </Select>
            )}
          </Field>
        </div>
      </div>
      {create.isError && <Problem error={create.error} />}
    </Dialog>
  );
}

function useCreate(onDone: () => void) {
  const router = useRouter();
  const client = useQueryClient();
  return useMutation({
    mutationFn: (agent: NewAgent) => unwrap(api.POST("/v1/agents", { body: createBody(agent) })),
    onSuccess: async (agent) => {
      onDone();
      client.setQueryData(queryKeys.agent(agent.id), agent);
      router.push(`/agents/${agent.id}`);
      await client.invalidateQueries({ queryKey: queryKeys.agents() });
    },
  });
}

type TemplateCardProps = { template: Template; checked: boolean; onChoose: () => void };

function TemplateCard({ template, checked, onChoose }: TemplateCardProps) {
  const labels = template.blocks.map((block) => block.label);
  return (
    <label className="flex cursor-pointer gap-2 rounded-md border border-line p-2.5 hover:bg-hover has-checked:border-foreground has-focus-visible:outline-2 has-focus-visible:outline-ring">
      <input type="radio" name="template" className="mt-1 accent-accent" checked={checked} onChange={onChoose} />
      <span className="min-w-0">
        <span className="block font-medium">{template.name}</span>
        <span className="block text-muted text-sm">{template.description}</span>
        <span className="mt-1 block text-sm">
          <span className="text-memory">{labels.length > 0 ? labels.join(", ") : "no memory blocks"}</span>
        </span>
      </span>
    </label>
  );
}
