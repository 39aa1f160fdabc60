"use client";
import { useState } from "react";
import type { AgentTemplate } from "@/lib/client/template/template-queries";
import type { TemplateChanges } from "@/lib/client/template/use-template-changes";
import { AreaField, TextField } from "../form/text-field";
import { FormEnd, FormFrame } from "../shell/form-frame";
import { Dialog } from "../ui/dialog";

type EditTemplateProps = { template: AgentTemplate; edit: TemplateChanges["edit"]; onClose: () => void };

/** A template's name and description. Programs name it by its name: they must be told of a new one. */
export function EditTemplate({ template, edit, onClose }: EditTemplateProps) {
  const [name, setName] = useState(template.name);
  const [description, setDescription] = useState(template.description ?? "");
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Edit ${template.name}`}>
      <FormFrame
        className="p-4"
        onSubmit={() => edit.mutate({ name: name.trim(), description: description.trim() }, { onSuccess: onClose })}
      >
        <TextField
          label="Name"
          hint="programs use it: tell them of a new one"
          required
          pattern="[a-zA-Z0-9_\-]+"
          maxLength={255}
          value={name}
          onChange={setName}
        />
        <AreaField label="Description" value={description} onChange={setDescription} />
        <FormEnd
          name="Save"
          pendingName="Saving…"
          isPending={edit.isPending}
          error={edit.error}
          canSend={name.trim() !== ""}
          onCancel={onClose}
        />
      </FormFrame>
    </Dialog>
  );
}
