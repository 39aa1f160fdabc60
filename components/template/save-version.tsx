"use client";
import { useState } from "react";
import type { AgentTemplate } from "@/lib/client/template/template-queries";
import type { TemplateChanges } from "@/lib/client/template/use-template-changes";
import { Check } from "../form/check";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input } from "../ui/input";

type SaveVersionProps = { template: AgentTemplate; unsaved: readonly string[]; save: TemplateChanges["save"] };

/** Saves the working copy as a version, and says what is new in it. */
export function SaveVersion({ template, unsaved, save }: SaveVersionProps) {
  const [message, setMessage] = useState("");
  const [migrate, setMigrate] = useState(false);
  const [keepMemory, setKeepMemory] = useState(true);
  if (unsaved.length === 0) {
    return (
      <p className="text-muted">
        Same as v{template.latest_version}. Change a text below, or take it from an agent, to save another version.
      </p>
    );
  }
  return (
    <form
      className="flex flex-col gap-2 rounded-md border border-line-strong p-3"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({ message, migrate, keepMemory }, { onSuccess: () => setMessage("") });
      }}
    >
      <p className="font-medium">Not saved yet</p>
      <ul aria-label="Not saved yet" className="list-disc pl-5 text-sm">
        {unsaved.map((change) => (
          <li key={change}>{change}</li>
        ))}
      </ul>
      <div className="flex flex-wrap gap-2">
        <Input
          aria-label="What is new"
          placeholder="What is new in it"
          className="min-w-48 flex-1"
          maxLength={10_000}
          value={message}
          onChange={(event) => setMessage(event.target.value)}
        />
        <Button needs="templates.save" tone="primary" type="submit" disabled={save.isPending}>
          {save.isPending ? "Saving…" : `Save as v${Number(template.latest_version) + 1}`}
        </Button>
      </div>
      <Check checked={migrate} onChange={setMigrate}>
        Move all its agents to it
      </Check>
      {migrate && (
        <Check checked={keepMemory} onChange={setKeepMemory}>
          They keep the memory that they have written
        </Check>
      )}
      {save.isError && <Problem error={save.error} className="m-0" />}
    </form>
  );
}
