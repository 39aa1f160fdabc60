"use client";
import { useState } from "react";
import type { AgentTemplate } from "@/lib/client/template-queries";
import type { TemplateChanges } from "@/lib/client/use-template-changes";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Textarea } from "../ui/input";

type EditTemplateProps = { template: AgentTemplate; edit: TemplateChanges["edit"]; onClose: () => void };

/** A template's name and description. Programs name it by its name: they must be told of a new one. */
export function EditTemplate({ template, edit, onClose }: EditTemplateProps) {
  const [name, setName] = useState(template.name);
  const [description, setDescription] = useState(template.description ?? "");
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={`Edit ${template.name}`}>
      <form
        className="flex flex-col gap-3 p-4"
        onSubmit={(event) => {
          event.preventDefault();
          edit.mutate({ name: name.trim(), description: description.trim() }, { onSuccess: onClose });
        }}
      >
        <Field label="Name" hint="programs use it: tell them of a new one">
          {(id) => (
            <Input
              id={id}
              required
              pattern="[a-zA-Z0-9_\-]+"
              maxLength={255}
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
        </Field>
        <Field label="Description">
          {(id) => <Textarea id={id} value={description} onChange={(event) => setDescription(event.target.value)} />}
        </Field>
        {edit.isError && <Problem error={edit.error} className="m-0" />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button tone="primary" type="submit" disabled={edit.isPending || name.trim() === ""}>
            {edit.isPending ? "Saving…" : "Save"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
