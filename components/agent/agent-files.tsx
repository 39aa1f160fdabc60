"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import type { Agent } from "@/lib/client/api/wire";
import { byFolder, type FolderOfAgent, nameInFolder, viewOfFile } from "@/lib/client/folder/files";
import { type AgentFile, agentFilesQuery } from "@/lib/client/folder/folder-queries";
import { linkFolder } from "@/lib/client/folder/link-folder";
import { useOpenFile } from "@/lib/client/folder/use-open-file";
import { FolderPicker } from "../folder/folder-picker";
import { Empty, SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { cn } from "../ui/cn";
import { SkeletonRows } from "../ui/skeleton";

/** The folders of an agent and their files: which are open in its context, and a way to change that. */
export function AgentFiles({ agent }: { agent: Agent }) {
  const client = useQueryClient();
  const files = useQuery(agentFilesQuery(agent.id));
  const [picking, setPicking] = useState(false);
  const { toggle, closed } = useOpenFile(agent.id);
  const link = useMutation({
    mutationFn: ({ folderId, attach }: { folderId: string; attach: boolean }) =>
      linkFolder(client, { agentId: agent.id, folderId, attach }),
  });
  const folders = files.data && byFolder(files.data.folders, files.data.files);
  const open = folders?.reduce((sum, one) => sum + one.open, 0) ?? 0;
  const error = link.error ?? toggle.error;
  return (
    <section aria-label="Files" className="border-line border-t">
      <SectionHead title="Files" note={files.data && noteOf(open, files.data.files.length, files.data.hasMore)}>
        <Button
          needs="agents.folders.attach"
          tone="ghost"
          size="icon-sm"
          aria-label="Attach a folder"
          onClick={() => setPicking(true)}
        >
          <Plus />
        </Button>
      </SectionHead>
      {error && <Problem error={error} />}
      {closed.length > 0 && (
        <p role="status" className="px-3 pb-2 text-sm">
          Closed to make room: {closed.join(", ")}.
        </p>
      )}
      {files.isError && !files.data && <Problem error={files.error} onRetry={() => void files.refetch()} />}
      {files.isPending && <SkeletonRows rows={3} label="Loading files" />}
      {folders?.length === 0 && (
        <Empty title="No folders">Attach one with +: the agent can then open and search its files.</Empty>
      )}
      <ul className="pb-2">
        {folders?.map((one) => (
          <FolderPart
            key={one.folder.id}
            part={one}
            busy={link.isPending || toggle.isPending}
            onDetach={() => link.mutate({ folderId: one.folder.id, attach: false })}
            onToggle={(file) => toggle.mutate({ fileId: file.file_id, open: !file.is_open })}
          />
        ))}
      </ul>
      <FolderPicker
        open={picking}
        onOpenChange={setPicking}
        without={files.data?.folders.map((folder) => folder.id) ?? []}
        onPick={(folderId) => link.mutate({ folderId, attach: true })}
      />
    </section>
  );
}

function noteOf(open: number, all: number, hasMore: boolean): string {
  return all === 0 ? "0" : `${open} open of ${all}${hasMore ? "+" : ""}`;
}

type FolderPartProps = {
  part: FolderOfAgent;
  busy: boolean;
  onDetach: () => void;
  onToggle: (file: AgentFile) => void;
};

const SHOWN = 50;

function FolderPart({ part: { folder, files }, busy, onDetach, onToggle }: FolderPartProps) {
  const [all, setAll] = useState(false);
  // Open ones first: they are what the agent sees now.
  const sorted = [...files.filter((file) => file.is_open), ...files.filter((file) => !file.is_open)];
  return (
    <li>
      <div className="flex h-7 items-center gap-1 pr-2 pl-3">
        <Link
          href={`/folders/${folder.id}`}
          className="min-w-0 flex-1 truncate font-medium hover:underline"
          title={folder.description ?? folder.name}
        >
          {folder.name}
        </Link>
        <Button
          needs="agents.folders.detach"
          tone="ghost"
          size="icon-sm"
          aria-label={`Detach ${folder.name}`}
          disabled={busy}
          onClick={onDetach}
        >
          <X />
        </Button>
      </div>
      {files.length === 0 && <p className="pl-5 text-muted text-sm">no files yet</p>}
      <ul>
        {sorted.slice(0, all ? undefined : SHOWN).map((file) => (
          <FileLine key={file.id} file={file} folderId={folder.id} busy={busy} onToggle={() => onToggle(file)} />
        ))}
      </ul>
      {!all && files.length > SHOWN && (
        <Button tone="ghost" size="sm" className="ml-3" onClick={() => setAll(true)}>
          Show all {files.length}
        </Button>
      )}
    </li>
  );
}

type FileLineProps = { file: AgentFile; folderId: string; busy: boolean; onToggle: () => void };

function FileLine({ file, folderId, busy, onToggle }: FileLineProps) {
  const name = nameInFolder(file);
  return (
    <li className="flex min-h-7 items-center gap-2 pr-2 pl-5">
      <span
        aria-hidden
        className={cn(
          "size-2 shrink-0 rounded-full border",
          file.is_open ? "border-files bg-files" : "border-line-strong",
        )}
      />
      <span className="min-w-0 flex-1">
        <Link
          href={`/folders/${folderId}?file=${file.file_id}`}
          className={cn("block truncate text-sm hover:underline", file.is_open && "text-files")}
          title={name}
        >
          {name}
        </Link>
        {file.is_open && <span className="block text-muted text-xs">open {viewOfFile(file)}</span>}
      </span>
      <Button
        needs="agents.files.open"
        size="sm"
        tone="ghost"
        disabled={busy}
        aria-label={`${file.is_open ? "Close" : "Open"} ${name}`}
        onClick={onToggle}
      >
        {file.is_open ? "Close" : "Open"}
      </Button>
    </li>
  );
}
