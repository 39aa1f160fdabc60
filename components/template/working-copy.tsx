"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { formatCount } from "@/lib/client/screen/format";
import { changesBetween, type TemplateSnapshot, withTexts } from "@/lib/client/template/template-content";
import { type AgentTemplate, templateSnapshotQuery } from "@/lib/client/template/template-queries";
import type { TemplateChanges } from "@/lib/client/template/use-template-changes";
import { AgentPicker } from "../folder/agent-picker";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Textarea } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { SaveVersion } from "./save-version";

type WorkingCopyProps = { template: AgentTemplate; changes: TemplateChanges };

/** What the next version will be: edited here, or taken from an agent; and what of it is not saved yet. */
export function WorkingCopy({ template, changes }: WorkingCopyProps) {
  const current = useQuery(templateSnapshotQuery(template, "current"));
  const latest = useQuery(templateSnapshotQuery(template, "latest"));
  const [picking, setPicking] = useState(false);
  const { takeAgent } = changes;
  const error = current.error ?? latest.error;
  return (
    <section aria-label="Working copy" className="flex flex-col gap-3">
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="mr-auto font-medium text-lg">Working copy</h2>
        <Button needs="templates.setSnapshot" size="sm" disabled={takeAgent.isPending} onClick={() => setPicking(true)}>
          {takeAgent.isPending ? "Taking…" : "Take from an agent…"}
        </Button>
      </div>
      {takeAgent.isError && <Problem error={takeAgent.error} className="m-0" />}
      {error && <Problem error={error} onRetry={() => void current.refetch()} className="m-0" />}
      {!error && (!current.data || !latest.data) && <SkeletonRows rows={8} label="Loading the working copy" />}
      {current.data && latest.data && (
        <>
          <SaveVersion template={template} unsaved={changesBetween(latest.data, current.data)} save={changes.save} />
          <Texts snapshot={current.data} setContent={changes.setContent} />
        </>
      )}
      <AgentPicker
        title="Take the working copy from an agent"
        open={picking}
        onOpenChange={setPicking}
        without={[]}
        onPick={(agentId) => takeAgent.mutate(agentId)}
      />
    </section>
  );
}

type TextsProps = { snapshot: TemplateSnapshot; setContent: TemplateChanges["setContent"] };

/** Prompts and blocks, as they are written, with their variables. */
function Texts({ snapshot, setContent }: TextsProps) {
  const [texts, setTexts] = useState<Record<string, string>>({});
  const next = withTexts(snapshot, texts);
  const dirty = changesBetween(snapshot, next).length > 0;
  const edit = (entityId: string, text: string) => setTexts((before) => ({ ...before, [entityId]: text }));
  return (
    <form
      className="flex flex-col gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setContent.mutate(next, { onSuccess: () => setTexts({}) });
      }}
    >
      {next.agents.map((agent) => (
        <Field
          key={agent.entityId}
          label={`Prompt of ${agent.name || "the agent"}`}
          hint={`${agent.model} · ${agent.toolIds?.length ?? 0} tools`}
        >
          {(id) => (
            <Textarea
              id={id}
              className="min-h-40 font-mono text-sm"
              value={agent.systemPrompt}
              onChange={(event) => edit(agent.entityId, event.target.value)}
            />
          )}
        </Field>
      ))}
      {next.blocks.map((block) => (
        <Field
          key={block.entityId}
          label={`Block ${block.label}`}
          hint={`${formatCount(block.value.length)} / ${formatCount(block.limit)} characters`}
        >
          {(id) => (
            <Textarea
              id={id}
              className="min-h-20 font-mono text-sm"
              value={block.value}
              onChange={(event) => edit(block.entityId, event.target.value)}
            />
          )}
        </Field>
      ))}
      {setContent.isError && <Problem error={setContent.error} className="m-0" />}
      {dirty && (
        <div className="sticky bottom-0 flex justify-end gap-2 border-line border-t bg-background py-2">
          <Button onClick={() => setTexts({})}>Discard</Button>
          <Button needs="templates.setSnapshot" tone="primary" type="submit" disabled={setContent.isPending}>
            {setContent.isPending ? "Keeping…" : "Keep in the working copy"}
          </Button>
        </div>
      )}
    </form>
  );
}
