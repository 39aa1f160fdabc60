"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { useState } from "react";
import {
  imageOfFile,
  type WorkspaceFile,
  workspaceFileQuery,
  workspaceVersionsQuery,
} from "@/lib/client/agent/workspace-queries";
import { api, unwrap } from "@/lib/client/api/api";
import { queryKeys } from "@/lib/client/api/query-keys";
import { formatBytes } from "@/lib/client/folder/files";
import { EraseButton } from "../erasure/erase-button";
import { Ago, CopyButton, SectionHead } from "../shell/bits";
import { CauseLine } from "../shell/cause-line";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { Dialog } from "../ui/dialog";
import { ScrollText } from "../ui/scroll-text";
import { SkeletonRows } from "../ui/skeleton";

type WorkspaceFileProps = {
  agentId: string;
  file: WorkspaceFile;
  isPast: boolean;
  onStep: (stepId: string) => void;
  onClose: () => void;
};

/** A file of a workspace: what it says in the version that is chosen, and who wrote each. */
export function WorkspaceFileDialog({ agentId, file, isPast, onStep, onClose }: WorkspaceFileProps) {
  const client = useQueryClient();
  // The newest, which may come while the file is open, unless another is asked for.
  const [chosen, setChosen] = useState<number | null>(null);
  const version = chosen ?? file.version;
  const content = useQuery(workspaceFileQuery(agentId, { path: file.path, version }));
  const versions = useQuery(workspaceVersionsQuery(agentId, file.path));
  const remove = useMutation({
    mutationFn: () => {
      const params = { path: { agent_id: agentId }, query: { path: file.path } };
      return unwrap(api.DELETE("/v1/agents/{agent_id}/workspace/file", { params }));
    },
    onSuccess: () => {
      onClose();
      return client.invalidateQueries({ queryKey: queryKeys.workspace(agentId) });
    },
  });
  const shown = content.data;
  const image = shown ? imageOfFile(shown) : null;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={file.path}
      description={shown ? `Version ${shown.version} · ${formatBytes(shown.size)}` : undefined}
      width="xl"
      footer={
        isPast ? undefined : (
          <>
            <EraseButton
              erasable={{ type: "workspace-file", id: agentId, path: file.path }}
              what={`the file ${file.path}`}
              inWords
              onErased={onClose}
            />
            <Button tone="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
              <Trash2 /> Delete
            </Button>
          </>
        )
      }
    >
      {(content.isError || remove.isError) && <Problem error={content.error ?? remove.error} />}
      {content.isPending && <SkeletonRows rows={10} label="Loading the file" />}
      {shown &&
        (image ? (
          <div className="p-4">
            {/* biome-ignore lint/performance/noImgElement: its bytes are in the page already */}
            <img
              src={image}
              alt={file.path}
              className="max-h-[60vh] max-w-full rounded-md border border-line bg-white"
            />
          </div>
        ) : shown.encoding === "base64" ? (
          <p className="p-4 text-muted">This is not text. The agent's tools read it.</p>
        ) : (
          <div className="relative p-4">
            <span className="absolute top-5 right-6">
              <CopyButton text={shown.content} label="Copy the text" />
            </span>
            <ScrollText label={`Text of ${file.path}`} className="max-h-[55vh] rounded-md border border-line font-mono">
              {shown.content}
            </ScrollText>
          </div>
        ))}
      <section aria-label="Versions of the file" className="border-line border-t pb-2">
        <SectionHead title="Versions" note={versions.data?.[0]?.version} />
        {versions.isError && <Problem error={versions.error} onRetry={() => void versions.refetch()} />}
        <ol>
          {versions.data?.map((one) => (
            <li
              key={one.version}
              className={cn("flex items-center gap-2 px-3 py-1 text-sm", one.version === version && "bg-hover")}
            >
              <span className="w-8 shrink-0 font-medium">v{one.version}</span>
              <span className="min-w-0 flex-1">
                <span className="block truncate">
                  {one.is_deleted ? "deleted" : formatBytes(one.size)} · {one.operation}
                </span>
                <span className="flex gap-2 text-muted">
                  <CauseLine
                    cause={one.cause}
                    onStep={(step) => {
                      onClose();
                      onStep(step);
                    }}
                  />
                  <Ago at={one.created_at} />
                </span>
              </span>
              {!one.is_deleted && one.version !== version && (
                <Button size="sm" tone="ghost" onClick={() => setChosen(one.version)}>
                  Show v{one.version}
                </Button>
              )}
            </li>
          ))}
        </ol>
      </section>
    </Dialog>
  );
}
