"use client";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import type { File, Folder } from "@/lib/client/folder/folder-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

type DeleteFileProps = { folder: Folder; file: File | null; onClose: () => void };

export function DeleteFile({ folder, file, onClose }: DeleteFileProps) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (fileId: string) =>
      unwrap(
        api.DELETE("/v1/folders/{folder_id}/{file_id}", {
          params: { path: { folder_id: folder.id, file_id: fileId } },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.folderFiles(folder.id) }),
        client.invalidateQueries({ queryKey: queryKeys.folderPassages(folder.id) }),
        client.invalidateQueries({ queryKey: queryKeys.folderSizes() }),
        client.invalidateQueries({ queryKey: queryKeys.agentFiles() }),
      ]);
    },
  });
  return (
    <Dialog
      open={file !== null}
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${file?.original_file_name ?? "the file"}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            needs="folders.files.delete"
            tone="danger"
            disabled={remove.isPending}
            onClick={() => file && remove.mutate(file.id)}
          >
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <p className="p-4">
        Agents that have the folder can no longer open or search it; where it is open, it is closed.
      </p>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
