"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api";
import { embeddingModelsQuery, type Folder } from "@/lib/client/folder-queries";
import { queryKeys } from "@/lib/client/query-keys";
import { Field } from "../form/field";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { Input, Select, Textarea } from "../ui/input";

type FolderDialogProps = {
  /** The folder to change; null makes a new one. */
  folder: Folder | null;
  open: boolean;
  onOpenChange: (open: boolean) => void;
  onSaved?: (folder: Folder) => void;
};

/** A folder's name and what agents are told of it. How it is searched is chosen when it is made. */
export function FolderDialog(props: FolderDialogProps) {
  const { folder, open, onOpenChange } = props;
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title={folder ? `Edit ${folder.name}` : "New folder"}
      description={folder ? undefined : "Files are added on its own page."}
    >
      <FolderForm {...props} />
    </Dialog>
  );
}

type Draft = { name: string; description: string; instructions: string; embedding: string };

function FolderForm({ folder, onOpenChange, onSaved }: FolderDialogProps) {
  const [draft, setDraft] = useState<Draft>({
    name: folder?.name ?? "",
    description: folder?.description ?? "",
    instructions: folder?.instructions ?? "",
    embedding: "",
  });
  const save = useSave(folder, (saved) => {
    onOpenChange(false);
    onSaved?.(saved);
  });
  const change = (part: Partial<Draft>) => setDraft((before) => ({ ...before, ...part }));
  return (
    <form
      className="flex flex-col gap-3 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(draft);
      }}
    >
      <Field label="Name">
        {(id) => (
          <Input
            id={id}
            required
            maxLength={255}
            value={draft.name}
            onChange={(event) => change({ name: event.target.value })}
          />
        )}
      </Field>
      <Field label="Description">
        {(id) => (
          <Input
            id={id}
            placeholder="What is in it"
            value={draft.description}
            onChange={(event) => change({ description: event.target.value })}
          />
        )}
      </Field>
      <Field label="Instructions" hint="shown to every agent that has it">
        {(id) => (
          <Textarea
            id={id}
            placeholder="When to look here, and how to use what is found"
            className="min-h-24"
            value={draft.instructions}
            onChange={(event) => change({ instructions: event.target.value })}
          />
        )}
      </Field>
      {!folder && <EmbeddingField value={draft.embedding} onChange={(embedding) => change({ embedding })} />}
      {save.isError && <Problem error={save.error} className="m-0" />}
      <div className="flex justify-end gap-2">
        <Button onClick={() => onOpenChange(false)}>Cancel</Button>
        <Button tone="primary" type="submit" disabled={save.isPending || draft.name.trim() === ""}>
          {save.isPending ? "Saving…" : folder ? "Save" : "Make the folder"}
        </Button>
      </div>
    </form>
  );
}

function EmbeddingField({ value, onChange }: { value: string; onChange: (handle: string) => void }) {
  const models = useQuery(embeddingModelsQuery());
  return (
    <Field label="Searched by" hint="can't be changed later">
      {(id) => (
        <>
          <Select id={id} value={value} onChange={(event) => onChange(event.target.value)}>
            <option value="">words alone</option>
            {models.data?.map((model) => (
              <option key={model.handle} value={model.handle}>
                words and {model.handle}
              </option>
            ))}
          </Select>
          {models.isError && <Problem error={models.error} className="m-0" />}
        </>
      )}
    </Field>
  );
}

function useSave(folder: Folder | null, onSaved: (folder: Folder) => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ name, description, instructions, embedding }: Draft) => {
      const body = { name: name.trim(), description: description.trim(), instructions: instructions.trim() };
      return folder
        ? unwrap(api.PATCH("/v1/folders/{folder_id}", { params: { path: { folder_id: folder.id } }, body }))
        : unwrap(api.POST("/v1/folders", { body: { ...body, ...(embedding ? { embedding } : {}) } }));
    },
    onSuccess: async (saved) => {
      client.setQueryData(queryKeys.folder(saved.id), saved);
      onSaved(saved);
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.folders(), exact: true }),
        client.invalidateQueries({ queryKey: queryKeys.folderSizes() }),
        client.invalidateQueries({ queryKey: queryKeys.agentFiles() }),
      ]);
    },
  });
}
