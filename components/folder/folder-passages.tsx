"use client";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { type Folder, folderPassagesQuery } from "@/lib/client/folder/folder-queries";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";

/** The pieces that the files were cut into: what a search of an agent can find. Loaded when they are asked for. */
export function FolderPassages({ folder }: { folder: Folder }) {
  const [open, setOpen] = useState(false);
  const passages = useQuery({ ...folderPassagesQuery(folder.id), enabled: open });
  return (
    <section aria-label="Passages" className="flex flex-col gap-2">
      <div className="flex items-center gap-2">
        <h2 className="font-medium text-lg">Passages</h2>
        <Button size="sm" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? "Hide" : "Show"}
        </Button>
        <span className="text-muted text-sm">what a search can find, the newest 200</span>
      </div>
      {open && passages.isError && <Problem error={passages.error} onRetry={() => void passages.refetch()} />}
      {open && passages.isPending && <SkeletonRows rows={6} label="Loading passages" />}
      {open && passages.data?.length === 0 && <p className="text-muted">None: no file with text is ready yet.</p>}
      {open && (
        <ul>
          {passages.data?.map((passage) => (
            <li key={passage.id} className="border-line border-b py-1.5">
              <p className="line-clamp-3 whitespace-pre-wrap break-words text-sm">{passage.text}</p>
              <p className="truncate text-muted text-xs">{passage.file_name}</p>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
