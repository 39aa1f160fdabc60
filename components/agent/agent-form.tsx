"use client";
import { useState } from "react";
import { useMay } from "@/lib/client/access/permissions";
import { useUpdateAgent } from "@/lib/client/agent/use-update-agent";
import type { Agent } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { Field } from "../form/field";
import { DemoLabel } from "../shell/demo-label";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input, Textarea } from "../ui/input";
import { ModelSelect } from "./model-select";

type Draft = { name: string; description: string; model: string; contextWindow: number; system: string };

function draftOf(agent: Agent): Draft {
  const { name, description, model, system, llm_config: config } = agent;
  return { name, description: description ?? "", model, contextWindow: config.context_window, system };
}

/** An agent's settings. Only what a person changed is sent; what others change meanwhile is shown. */
export function AgentForm({ agent }: { agent: Agent }) {
  const [changes, setChanges] = useState<Partial<Draft>>({});
  const saved = draftOf(agent);
  const draft = { ...saved, ...changes };
  const update = useUpdateAgent(agent.id);
  const { why } = useMay("agents.update");
  const dirty = (Object.keys(changes) as (keyof Draft)[]).some((key) => changes[key] !== saved[key]);
  const change = (part: Partial<Draft>) => setChanges((before) => ({ ...before, ...part }));

  return (
    <form
      className="flex flex-col gap-3 px-3 pb-3"
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate(bodyOf(saved, draft), { onSuccess: () => setChanges({}) });
      }}
    >
      {why !== null && <p className="text-muted text-sm">{why} Settings are for editors.</p>}
      <Field label="Name">
        {(id) => (
          <Input
            id={id}
            required
            readOnly={why !== null}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Description">
        {(id) => (
          <Input
            id={id}
            readOnly={why !== null}
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Field>
      <Field label="Model" hint={<DemoLabel model={draft.model} />}>
        {(id) => (
          <fieldset disabled={why !== null} className="min-w-0">
            <ModelSelect id={id} value={draft.model} onChange={(model) => change({ model })} />
          </fieldset>
        )}
      </Field>
      <Field label="Context window, in tokens">
        {(id) => (
          <Input
            id={id}
            type="number"
            readOnly={why !== null}
            min={1000}
            step={1000}
            value={draft.contextWindow}
            onChange={(event) => change({ contextWindow: event.target.valueAsNumber || saved.contextWindow })}
          />
        )}
      </Field>
      <Field label="System prompt" hint={`${formatCount(draft.system.length)} characters`}>
        {(id) => (
          <Textarea
            id={id}
            readOnly={why !== null}
            value={draft.system}
            onChange={(event) => change({ system: event.target.value })}
            className="min-h-44 font-mono text-sm"
          />
        )}
      </Field>
      {dirty && (
        <div className="sticky bottom-0 flex justify-end gap-2 border-line border-t bg-background py-2">
          <Button size="sm" onClick={() => setChanges({})}>
            Discard
          </Button>
          <Button needs="agents.update" size="sm" tone="primary" type="submit" disabled={update.isPending}>
            {update.isPending ? "Saving…" : "Save"}
          </Button>
        </div>
      )}
      {update.isError && <Problem error={update.error} className="m-0" />}
    </form>
  );
}

function bodyOf(saved: Draft, draft: Draft) {
  return {
    ...(draft.name !== saved.name ? { name: draft.name.trim() } : {}),
    ...(draft.description !== saved.description ? { description: draft.description } : {}),
    ...(draft.model !== saved.model ? { model: draft.model } : {}),
    ...(draft.contextWindow !== saved.contextWindow ? { context_window_limit: draft.contextWindow } : {}),
    ...(draft.system !== saved.system ? { system: draft.system } : {}),
  };
}
