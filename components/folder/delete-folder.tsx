"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { type Folder, folderAgentsQuery } from "@/lib/client/folder/folder-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

type DeleteFolderProps = { folder: Folder | null; onClose: () => void; onDeleted?: () => void };

/** Asks before a folder is deleted, and says which agents lose it. */
export function DeleteFolder({ folder, onClose, onDeleted }: DeleteFolderProps) {
  const client = useQueryClient();
  const agents = useQuery({ ...folderAgentsQuery(folder?.id ?? ""), enabled: folder !== null });
  const remove = useMutation({
    mutationFn: (folderId: string) =>
      unwrap(api.DELETE("/v1/folders/{folder_id}", { params: { path: { folder_id: folderId } } })),
    onSuccess: async () => {
      onClose();
      onDeleted?.();
      await Promise.all([
        client.invalidateQueries({ queryKey: queryKeys.folders(), exact: true }),
        client.invalidateQueries({ queryKey: queryKeys.folderSizes() }),
        client.invalidateQueries({ queryKey: queryKeys.agentFiles() }),
      ]);
    },
  });
  return (
    <Dialog
      open={folder !== null}
      onOpenChange={(open) => {
        if (open) return;
        remove.reset();
        onClose();
      }}
      title={`Delete ${folder?.name ?? "the folder"}?`}
      width="sm"
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            needs="folders.delete"
            tone="danger"
            disabled={remove.isPending || agents.isPending}
            onClick={() => folder && remove.mutate(folder.id)}
          >
            {remove.isPending ? "Deleting…" : "Delete for good"}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2 p-4">
        <p>Its files and what they are searched by go with it: they would have to be uploaded again.</p>
        {agents.isError && <Problem error={agents.error} className="m-0" />}
        {agents.isLoading && <SkeletonRows rows={1} label="Loading its agents" />}
        {agents.data && agents.data.length === 0 && <p className="text-muted">No agent has it.</p>}
        {agents.data && agents.data.length > 0 && (
          <div>
            <p>{agents.data.length === 1 ? "One agent loses it:" : `${agents.data.length} agents lose it:`}</p>
            <ul className="mt-1 max-h-40 overflow-auto">
              {agents.data.map((agent) => (
                <li key={agent.id} className="truncate font-medium">
                  {agent.name}
                </li>
              ))}
            </ul>
          </div>
        )}
      </div>
      {remove.isError && <Problem error={remove.error} />}
    </Dialog>
  );
}
