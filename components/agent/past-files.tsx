"use client";
import { useQuery } from "@tanstack/react-query";
import { Folder as FolderIcon } from "lucide-react";
import Link from "next/link";
import { foldersQuery } from "@/lib/client/folder/folder-queries";
import { shortId } from "@/lib/client/screen/format";
import { stepContextQuery } from "@/lib/client/time/time-queries";
import { SectionHead } from "../shell/bits";
import { Problem } from "../shell/problem";
import { ScrollText } from "../ui/scroll-text";
import { SkeletonRows } from "../ui/skeleton";

/** The folders that an agent had as of a step, and what of their files the model was shown in it. */
export function PastFiles({ stepId, folderIds }: { stepId: string; folderIds: readonly string[] }) {
  const folders = useQuery({ ...foldersQuery(), enabled: folderIds.length > 0 });
  const context = useQuery({ ...stepContextQuery(stepId), enabled: folderIds.length > 0 });
  const shown = context.data?.sections
    .filter((section) => section.kind === "directories")
    .map((section) => section.text)
    .join("");
  return (
    <section aria-label="Files as of the step">
      <SectionHead title="Files" note={folderIds.length === 1 ? "1 folder" : `${folderIds.length} folders`} />
      <ul className="px-3">
        {folderIds.map((id) => {
          const folder = folders.data?.find((one) => one.id === id);
          return (
            <li key={id} className="flex items-center gap-1.5 py-0.5 text-sm">
              <FolderIcon className="size-3.5 shrink-0 text-files" aria-hidden />
              {folder ? (
                <Link href={`/folders/${id}`} className="truncate hover:underline">
                  {folder.name}
                </Link>
              ) : folders.data ? (
                <span className="text-muted">a folder that is deleted by now ({shortId(id)})</span>
              ) : (
                <span className="text-muted">{shortId(id)}</span>
              )}
            </li>
          );
        })}
      </ul>
      {context.isError && <Problem error={context.error} onRetry={() => void context.refetch()} />}
      {context.isLoading && <SkeletonRows rows={3} label="Loading the files that were shown" />}
      {shown && (
        <div className="px-3 pt-1 pb-3">
          <p className="text-muted text-sm">What the model was shown of them</p>
          <ScrollText label="Files in the context" className="max-h-80 rounded-md border border-files/40">
            {shown}
          </ScrollText>
        </div>
      )}
    </section>
  );
}
