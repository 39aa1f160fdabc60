"use client";
import { useQuery } from "@tanstack/react-query";
import { Plus, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { formatBytes, searchOf } from "@/lib/client/folder/files";
import { type Folder, type FolderSize, folderSizesQuery, foldersQuery } from "@/lib/client/folder/folder-queries";
import { formatCount } from "@/lib/client/screen/format";
import { Ago, Empty } from "../shell/bits";
import { ListPage } from "../shell/list-page";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { DeleteFolder } from "./delete-folder";
import { FolderDialog } from "./folder-dialog";

/** Every folder: what is in it, how it is searched; a new one; deletion. */
export function FoldersPage() {
  const router = useRouter();
  const folders = useQuery(foldersQuery());
  const [creating, setCreating] = useState(false);
  const [doomed, setDoomed] = useState<Folder | null>(null);
  return (
    <>
      <ListPage
        title="Folders"
        code={[
          operation("folders.list", { method: "get", path: "/v1/folders" }),
          operation("folders.create", {
            method: "post",
            path: "/v1/folders",
            body: { name: "Handbook", description: "How we work" },
          }),
        ]}
        action={
          <Button needs="folders.create" tone="primary" onClick={() => setCreating(true)}>
            <Plus /> New folder
          </Button>
        }
      >
        {folders.data ? (
          <FolderTable folders={folders.data} onNew={() => setCreating(true)} onDelete={setDoomed} />
        ) : folders.isError ? (
          <Problem error={folders.error} onRetry={() => void folders.refetch()} className="m-0" />
        ) : (
          <SkeletonRows rows={9} label="Loading folders" />
        )}
      </ListPage>
      <FolderDialog
        folder={null}
        open={creating}
        onOpenChange={setCreating}
        onSaved={(folder) => router.push(`/folders/${folder.id}`)}
      />
      <DeleteFolder folder={doomed} onClose={() => setDoomed(null)} />
    </>
  );
}

type TableProps = { folders: readonly Folder[]; onNew: () => void; onDelete: (folder: Folder) => void };

function FolderTable({ folders, onNew, onDelete }: TableProps) {
  const sizes = useQuery(folderSizesQuery());
  if (folders.length === 0) {
    return (
      <Empty
        title="No folders yet"
        action={
          <Button needs="folders.create" tone="primary" onClick={onNew}>
            <Plus /> Make the first one
          </Button>
        }
      >
        A folder holds documents for agents to read: PDF, Word, HTML, CSV, Markdown, code. Attached to an agent, its
        files can be opened, searched and quoted.
      </Empty>
    );
  }
  return (
    <table className="w-full border-collapse text-left">
      <thead className="text-muted text-sm">
        <tr className="border-line border-b">
          <th className="py-1.5 pr-3 font-normal">Name</th>
          <th className="py-1.5 pr-3 text-right font-normal">Files</th>
          <th className="hidden py-1.5 pr-3 font-normal sm:table-cell">Searched</th>
          <th className="hidden py-1.5 pr-3 text-right font-normal md:table-cell">Changed</th>
          <th className="w-8 py-1.5">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {folders.map((folder) => (
          <FolderRow key={folder.id} folder={folder} size={sizes.data?.[folder.id]} onDelete={() => onDelete(folder)} />
        ))}
      </tbody>
    </table>
  );
}

type RowProps = { folder: Folder; size: FolderSize | undefined; onDelete: () => void };

function FolderRow({ folder, size, onDelete }: RowProps) {
  return (
    <tr className="border-line border-b hover:bg-hover">
      <td className="w-full max-w-0 py-2 pr-3 sm:w-auto sm:max-w-80">
        <Link href={`/folders/${folder.id}`} className="block truncate font-medium hover:underline">
          {folder.name}
        </Link>
        {folder.description && <span className="block truncate text-muted text-sm">{folder.description}</span>}
      </td>
      <td className="whitespace-nowrap py-2 pr-3 text-right text-sm">
        {size ? (
          <>
            {formatCount(size.files)}
            <span className="block text-muted">{formatBytes(size.bytes)}</span>
          </>
        ) : (
          <span className="text-muted">…</span>
        )}
      </td>
      <td className="hidden py-2 pr-3 text-sm sm:table-cell">{searchOf(folder)}</td>
      <td className="hidden whitespace-nowrap py-2 pr-3 text-right text-sm md:table-cell">
        <Ago at={folder.updated_at} />
      </td>
      <td className="py-2">
        <Button
          needs="folders.delete"
          tone="ghost"
          size="icon-sm"
          aria-label={`Delete ${folder.name}`}
          onClick={onDelete}
        >
          <Trash2 />
        </Button>
      </td>
    </tr>
  );
}
