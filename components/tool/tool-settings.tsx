"use client";
import { type ReactNode, useState } from "react";
import { formatCount } from "@/lib/client/format";
import { readTags } from "@/lib/client/tools";
import { useUpdateTool } from "@/lib/client/use-update-tool";
import type { Tool } from "@/lib/client/wire";
import { Field } from "../form/field";
import { SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input, Textarea } from "../ui/input";

type Draft = { description: string; tags: string; limit: number; approval: boolean; parallel: boolean };

const draftOf = (tool: Tool): Draft => ({
  description: tool.description ?? "",
  tags: tool.tags.join(", "),
  limit: tool.return_char_limit,
  approval: tool.default_requires_approval ?? false,
  parallel: tool.enable_parallel_execution,
});

/** How a tool is described and run. Only what a person changed is sent. */
export function ToolSettings({ tool }: { tool: Tool }) {
  const [changes, setChanges] = useState<Partial<Draft>>({});
  const saved = draftOf(tool);
  const draft = { ...saved, ...changes };
  const update = useUpdateTool(tool.id);
  const change = (part: Partial<Draft>) => setChanges((before) => ({ ...before, ...part }));
  const dirty = (Object.keys(changes) as (keyof Draft)[]).some((key) => changes[key] !== saved[key]);
  return (
    <section aria-label="Settings">
      <SectionHead title="Settings" />
      <form
        className="flex flex-col gap-3 px-3"
        onSubmit={(event) => {
          event.preventDefault();
          update.mutate(bodyOf(saved, draft), { onSuccess: () => setChanges({}) });
        }}
      >
        <Field label="Description">
          {(id) => (
            <Textarea
              id={id}
              value={draft.description}
              onChange={(event) => change({ description: event.target.value })}
            />
          )}
        </Field>
        <div className="grid gap-3 sm:grid-cols-2">
          <Field label="Tags, separated by commas">
            {(id) => <Input id={id} value={draft.tags} onChange={(event) => change({ tags: event.target.value })} />}
          </Field>
          <Field label="A return is cut at" hint={`${formatCount(draft.limit)} characters`}>
            {(id) => (
              <Input
                id={id}
                type="number"
                min={1}
                max={1_000_000}
                value={draft.limit}
                onChange={(event) => change({ limit: event.target.valueAsNumber || saved.limit })}
              />
            )}
          </Field>
        </div>
        <Check checked={draft.approval} onChange={(approval) => change({ approval })}>
          Wait for a person's approval, in agents that it is attached to from now on
        </Check>
        <Check checked={draft.parallel} onChange={(parallel) => change({ parallel })}>
          May run beside other calls of the same turn
        </Check>
        {dirty && (
          <div className="flex justify-end gap-2">
            <Button onClick={() => setChanges({})}>Discard</Button>
            <Button type="submit" tone="primary" disabled={update.isPending}>
              {update.isPending ? "Saving…" : "Save settings"}
            </Button>
          </div>
        )}
        {update.isError && <Problem error={update.error} className="m-0" />}
      </form>
    </section>
  );
}

type CheckProps = { checked: boolean; onChange: (checked: boolean) => void; children: ReactNode };

function Check({ checked, onChange, children }: CheckProps) {
  return (
    <label className="flex items-start gap-2">
      <input type="checkbox" className="mt-1" checked={checked} onChange={(event) => onChange(event.target.checked)} />
      <span>{children}</span>
    </label>
  );
}

function bodyOf(saved: Draft, draft: Draft) {
  return {
    ...(draft.description !== saved.description ? { description: draft.description } : {}),
    ...(draft.tags !== saved.tags ? { tags: readTags(draft.tags) } : {}),
    ...(draft.limit !== saved.limit ? { return_char_limit: draft.limit } : {}),
    ...(draft.approval !== saved.approval ? { default_requires_approval: draft.approval } : {}),
    ...(draft.parallel !== saved.parallel ? { enable_parallel_execution: draft.parallel } : {}),
  };
}
