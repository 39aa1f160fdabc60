"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { embeddingModelsQuery, type Folder } from "@/lib/client/folder/folder-queries";
import { AreaField, SelectField, TextField } from "../form/text-field";
import { FormEnd, FormFrame } from "../shell/form-frame";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";

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
    <FormFrame className="p-4" onSubmit={() => save.mutate(draft)}>
      <TextField label="Name" required maxLength={255} value={draft.name} onChange={(name) => change({ name })} />
      <TextField
        label="Description"
        placeholder="What is in it"
        value={draft.description}
        onChange={(description) => change({ description })}
      />
      <AreaField
        label="Instructions"
        hint="shown to every agent that has it"
        placeholder="When to look here, and how to use what is found"
        className="min-h-24"
        value={draft.instructions}
        onChange={(instructions) => change({ instructions })}
      />
      {!folder && <EmbeddingField value={draft.embedding} onChange={(embedding) => change({ embedding })} />}
      <FormEnd
        name={folder ? "Save" : "Make the folder"}
        pendingName="Saving…"
        isPending={save.isPending}
        error={save.error}
        canSend={draft.name.trim() !== ""}
        onCancel={() => onOpenChange(false)}
      />
    </FormFrame>
  );
}

function EmbeddingField({ value, onChange }: { value: string; onChange: (handle: string) => void }) {
  const models = useQuery(embeddingModelsQuery());
  return (
    <>
      <SelectField label="Searched by" hint="can't be changed later" value={value} onChange={onChange}>
        <option value="">words alone</option>
        {models.data?.map((model) => (
          <option key={model.handle} value={model.handle}>
            words and {model.handle}
          </option>
        ))}
      </SelectField>
      {models.isError && <Problem error={models.error} className="m-0" />}
    </>
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
