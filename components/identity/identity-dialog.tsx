"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { agentNameQuery } from "@/lib/client/agent/agent-queries";
import { type Property, propertyText, propertyValue } from "@/lib/client/agent/identity-properties";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { Identity } from "@/lib/client/api/wire";
import { AgentSelect } from "../agent/agent-select";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select } from "../ui/input";

type Line = { key: string; type: Property["type"]; text: string };

/** A form for one identity, new or known. */
export function IdentityDialog({ identity, onClose }: { identity: Identity | null; onClose: () => void }) {
  const client = useQueryClient();
  const [key, setKey] = useState(identity?.identifier_key ?? "");
  const [name, setName] = useState(identity?.name ?? "");
  const [type, setType] = useState<Identity["identity_type"]>(identity?.identity_type ?? "user");
  const [agentIds, setAgentIds] = useState<readonly string[]>(identity?.agent_ids ?? []);
  const [lines, setLines] = useState<readonly Line[]>(
    identity?.properties.map((one) => ({ key: one.key, type: one.type, text: propertyText(one) })) ?? [],
  );
  const properties = lines.map((line) => ({ line, parsed: propertyValue(line.type, line.text) }));
  const wrong = properties.some(({ line, parsed }) => parsed === null || line.key.trim() === "");
  const save = useMutation({
    mutationFn: () => {
      const body = {
        identifier_key: key.trim(),
        name: name.trim(),
        identity_type: type,
        agent_ids: [...agentIds],
        properties: properties.flatMap(({ line, parsed }) =>
          parsed ? [{ key: line.key.trim(), type: line.type, value: parsed.value }] : [],
        ),
      };
      if (!identity) return unwrap(api.POST("/v1/identities", { body }));
      return unwrap(
        api.PATCH("/v1/identities/{identity_id}", { params: { path: { identity_id: identity.id } }, body }),
      );
    },
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: queryKeys.identities() });
    },
  });
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={identity ? identity.name : "New identity"}
      footer={
        <Button
          needs="identities.update"
          tone="primary"
          disabled={save.isPending || wrong || key.trim() === "" || name.trim() === ""}
          onClick={() => save.mutate()}
        >
          {save.isPending ? "Saving…" : "Save"}
        </Button>
      }
    >
      <div className="grid gap-3 p-4 sm:grid-cols-2">
        <Field label="Key in your own system">
          {(id) => <Input id={id} className="font-mono" value={key} onChange={(event) => setKey(event.target.value)} />}
        </Field>
        <Field label="Name">
          {(id) => <Input id={id} value={name} onChange={(event) => setName(event.target.value)} />}
        </Field>
        <Field label="Kind">
          {(id) => (
            <Select id={id} value={type} onChange={(event) => setType(event.target.value as Identity["identity_type"])}>
              <option value="user">user</option>
              <option value="org">organization</option>
              <option value="other">other</option>
            </Select>
          )}
        </Field>
        <Agents chosen={agentIds} onChange={setAgentIds} />
        <Properties lines={lines} onChange={setLines} />
      </div>
      {save.isError && <Problem error={save.error} />}
    </Dialog>
  );
}

function Agents({ chosen, onChange }: { chosen: readonly string[]; onChange: (ids: readonly string[]) => void }) {
  return (
    <div className="sm:col-span-2">
      <Field label="Its agents">
        {(id) => (
          <AgentSelect
            id={id}
            label="Add an agent"
            none="Add an agent…"
            value={null}
            without={chosen}
            onChange={(agent) => agent && onChange([...chosen, agent.id])}
          />
        )}
      </Field>
      <ul className="mt-1 flex flex-wrap gap-1">
        {chosen.map((id) => (
          <Chosen key={id} id={id} onRemove={() => onChange(chosen.filter((one) => one !== id))} />
        ))}
      </ul>
    </div>
  );
}

function Chosen({ id, onRemove }: { id: string; onRemove: () => void }) {
  const name = useQuery(agentNameQuery(id)).data ?? id;
  return (
    <li className="flex items-center rounded-sm border border-line pl-2 text-sm">
      {name}
      <Button tone="ghost" size="icon-sm" aria-label={`Remove ${name}`} onClick={onRemove}>
        <X />
      </Button>
    </li>
  );
}

function Properties({ lines, onChange }: { lines: readonly Line[]; onChange: (lines: readonly Line[]) => void }) {
  const change = (index: number, part: Partial<Line>) =>
    onChange(lines.map((line, i) => (i === index ? { ...line, ...part } : line)));
  return (
    <fieldset className="flex flex-col gap-1 sm:col-span-2">
      <legend className="mb-1 text-muted text-sm">Properties</legend>
      {lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a line has no name of its own until it is saved
        <div key={index} className="flex flex-wrap gap-1 sm:flex-nowrap">
          <Input
            aria-label={`Name of property ${index + 1}`}
            placeholder="city"
            value={line.key}
            onChange={(event) => change(index, { key: event.target.value })}
          />
          <Select
            aria-label={`Type of property ${index + 1}`}
            className="w-28 shrink-0"
            value={line.type}
            onChange={(event) => change(index, { type: event.target.value as Line["type"] })}
          >
            <option>string</option>
            <option>number</option>
            <option>boolean</option>
            <option>json</option>
          </Select>
          <Input
            aria-label={`Value of property ${index + 1}`}
            aria-invalid={propertyValue(line.type, line.text) === null}
            className="flex-1"
            value={line.text}
            onChange={(event) => change(index, { text: event.target.value })}
          />
          <Button
            tone="ghost"
            size="icon-sm"
            aria-label={`Remove property ${index + 1}`}
            onClick={() => onChange(lines.filter((_, i) => i !== index))}
          >
            <X />
          </Button>
        </div>
      ))}
      <div>
        <Button size="sm" onClick={() => onChange([...lines, { key: "", type: "string", text: "" }])}>
          <Plus /> Add a property
        </Button>
      </div>
    </fieldset>
  );
}
