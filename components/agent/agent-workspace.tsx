"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { FileText, Upload } from "lucide-react";
import { useRef, useState } from "react";
import { uploadToWorkspace, type WorkspacePast, workspaceQuery } from "@/lib/client/agent/workspace-queries";
import { queryKeys } from "@/lib/client/api/query-keys";
import { formatBytes } from "@/lib/client/folder/files";
import { Empty, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { WorkspaceFileDialog } from "./workspace-file";

type AgentWorkspaceProps = { agentId: string; past?: WorkspacePast; onStep: (stepId: string) => void };

const SHOWN = 50;

/** The files that the agent's own tools work on, now or as of a step; a person may read, add and delete them. */
export function AgentWorkspace({ agentId, past = null, onStep }: AgentWorkspaceProps) {
  const client = useQueryClient();
  const workspace = useQuery(workspaceQuery(agentId, past));
  const [all, setAll] = useState(false);
  const [open, setOpen] = useState<string | null>(null);
  const chooser = useRef<HTMLInputElement>(null);
  const upload = useMutation({
    mutationFn: (files: File[]) => uploadToWorkspace(agentId, files),
    onSettled: () => client.invalidateQueries({ queryKey: queryKeys.workspace(agentId) }),
  });
  const files = workspace.data?.files;
  const shown = files?.find((file) => file.path === open);
  return (
    <section aria-label={past ? "Workspace as of the step" : "Workspace"} className="border-line border-t">
      <SectionHead title="Workspace" note={files && noteOf(files.length, workspace.data?.bytes ?? 0)}>
        {!past && (
          <Button
            tone="ghost"
            size="icon-sm"
            aria-label="Add files to the workspace"
            title="Add files"
            disabled={upload.isPending}
            onClick={() => chooser.current?.click()}
          >
            <Upload />
          </Button>
        )}
      </SectionHead>
      <input
        ref={chooser}
        type="file"
        multiple
        hidden
        aria-hidden
        tabIndex={-1}
        onChange={(event) => {
          const chosen = [...(event.target.files ?? [])];
          event.target.value = "";
          if (chosen.length > 0) upload.mutate(chosen);
        }}
      />
      {upload.isError && <Problem error={upload.error} />}
      {workspace.isError && !files && <Problem error={workspace.error} onRetry={() => void workspace.refetch()} />}
      {workspace.isPending && <SkeletonRows rows={2} label="Loading the workspace" />}
      {files?.length === 0 &&
        (past ? (
          <p className="px-3 pb-2 text-muted text-sm">no files then</p>
        ) : (
          <Empty title="No files">
            The agent keeps files here with file_manager, git_operations and data_processing.
          </Empty>
        ))}
      <ul className="pb-2">
        {files?.slice(0, all ? undefined : SHOWN).map((file) => (
          <li key={file.path}>
            <button
              type="button"
              className="flex min-h-7 w-full items-center gap-1.5 px-3 text-left hover:bg-hover"
              onClick={() => setOpen(file.path)}
            >
              <FileText className="size-3.5 shrink-0 text-files" aria-hidden />
              <span className="min-w-0 flex-1 truncate font-mono text-sm" title={file.path}>
                {file.path}
              </span>
              <span className="shrink-0 text-muted text-xs">{formatBytes(file.size)}</span>
            </button>
          </li>
        ))}
      </ul>
      {!all && files && files.length > SHOWN && (
        <Button tone="ghost" size="sm" className="mb-2 ml-3" onClick={() => setAll(true)}>
          Show all {files.length}
        </Button>
      )}
      {shown && (
        <WorkspaceFileDialog
          key={shown.path}
          agentId={agentId}
          file={shown}
          isPast={past !== null}
          onStep={onStep}
          onClose={() => setOpen(null)}
        />
      )}
    </section>
  );
}

function noteOf(files: number, bytes: number): string {
  return files === 0 ? "0" : `${files} · ${formatBytes(bytes)}`;
}
