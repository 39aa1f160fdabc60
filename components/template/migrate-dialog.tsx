"use client";
import { useState } from "react";
import type { Deployment } from "@/lib/client/template/template-content";
import type { AgentTemplate } from "@/lib/client/template/template-queries";
import type { TemplateChanges } from "@/lib/client/template/use-template-changes";
import { Check } from "../form/check";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { VersionSelect } from "./version-select";

type MigrateDialogProps = {
  template: AgentTemplate;
  deployment: Deployment;
  migrate: TemplateChanges["migrate"];
  onClose: () => void;
};

/** Moves the agents of a deployment to a version, and asks what of their own they keep. */
export function MigrateDialog({ template, deployment, migrate, onClose }: MigrateDialogProps) {
  const [version, setVersion] = useState("latest");
  const [keepMemory, setKeepMemory] = useState(true);
  const [keepSecrets, setKeepSecrets] = useState(true);
  const [keepFolders, setKeepFolders] = useState(true);
  const names = deployment.agents.map((agent) => agent.name).join(", ");
  const close = () => {
    migrate.reset();
    onClose();
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && close()}
      title={`Move ${names}`}
      description="Prompt, model, tools and settings become what the version says. Messages stay, and every change is in the agent's history."
    >
      <form
        className="flex flex-col gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          const deploymentId = deployment.id;
          migrate.mutate({ deploymentId, version, keepMemory, keepSecrets, keepFolders }, { onSuccess: close });
        }}
      >
        <Field label="To version">
          {(id) => <VersionSelect id={id} template={template} value={version} onChange={setVersion} />}
        </Field>
        <fieldset className="flex flex-col gap-1">
          <legend className="mb-1 text-muted text-sm">Keep its own</legend>
          <Check checked={keepMemory} onChange={setKeepMemory}>
            memory: blocks that it has written
          </Check>
          <Check checked={keepSecrets} onChange={setKeepSecrets}>
            secrets
          </Check>
          <Check checked={keepFolders} onChange={setKeepFolders}>
            folders
          </Check>
        </fieldset>
        {migrate.isError && <Problem error={migrate.error} className="m-0" />}
        <div className="flex justify-end gap-2">
          <Button onClick={close}>Cancel</Button>
          <Button needs="templates.migrateDeployment" tone="primary" type="submit" disabled={migrate.isPending}>
            {migrate.isPending ? "Moving…" : "Move"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
