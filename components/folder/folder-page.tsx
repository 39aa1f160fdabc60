"use client";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { ApiError } from "@/lib/client/api-error";
import { operation } from "@/lib/client/code";
import { searchOf } from "@/lib/client/files";
import { type Folder, folderQuery } from "@/lib/client/folder-queries";
import { AppHeader } from "../shell/app-header";
import { Ago, Id } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { SkeletonRows } from "../ui/skeleton";
import { DeleteFolder } from "./delete-folder";
import { FolderAgents } from "./folder-agents";
import { FolderDialog } from "./folder-dialog";
import { FolderFiles } from "./folder-files";
import { FolderPassages } from "./folder-passages";

/** One folder: its files, what they are searched by, and the agents that have it. */
export function FolderPage({ folderId }: { folderId: string }) {
  const folder = useQuery(folderQuery(folderId));
  const name = folder.data?.name;
  useEffect(() => {
    if (name) document.title = `${name} · Memoir`;
  }, [name]);
  return (
    <>
      <AppHeader
        code={[
          operation("folders.files.list", {
            method: "get",
            path: "/v1/folders/{folder_id}/files",
            params: { folder_id: folderId },
          }),
          operation("folders.passages.list", {
            method: "get",
            path: "/v1/folders/{folder_id}/passages",
            params: { folder_id: folderId },
            named: false,
          }),
        ]}
      />
      <main className="min-h-0 flex-1 overflow-auto">
        {folder.data ? (
          <Content folder={folder.data} />
        ) : folder.isError ? (
          <Missing error={folder.error} onRetry={() => void folder.refetch()} />
        ) : (
          <SkeletonRows rows={12} label="Loading the folder" />
        )}
      </main>
    </>
  );
}

function Missing({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const gone = error instanceof ApiError && [404, 422].includes(error.status);
  return (
    <>
      <Problem error={error} {...(gone ? {} : { onRetry })} />
      <Button asChild className="ml-3">
        <Link href="/folders">All folders</Link>
      </Button>
    </>
  );
}

function Content({ folder }: { folder: Folder }) {
  const router = useRouter();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <div className="mx-auto flex max-w-6xl flex-col gap-4 p-3 sm:p-6">
      <div className="flex flex-wrap items-start gap-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className="text-muted text-sm">
            <Link href="/folders" className="hover:underline">
              Folders
            </Link>{" "}
            /
          </p>
          <h1 className="break-words font-semibold text-xl">{folder.name}</h1>
          {folder.description && <p className="break-words text-muted">{folder.description}</p>}
        </div>
        <div className="flex gap-2">
          <Button onClick={() => setEditing(true)}>
            <Pencil /> Edit
          </Button>
          <Button tone="danger" onClick={() => setDeleting(true)}>
            <Trash2 /> Delete
          </Button>
        </div>
      </div>
      <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_280px]">
        <div className="flex min-w-0 flex-col gap-6">
          <FolderFiles folder={folder} />
          <FolderPassages folder={folder} />
        </div>
        <div className="flex min-w-0 flex-col gap-6">
          <FolderAgents folder={folder} />
          <About folder={folder} onEdit={() => setEditing(true)} />
        </div>
      </div>
      {editing && <FolderDialog folder={folder} open onOpenChange={setEditing} />}
      <DeleteFolder
        folder={deleting ? folder : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/folders")}
      />
    </div>
  );
}

function About({ folder, onEdit }: { folder: Folder; onEdit: () => void }) {
  return (
    <section aria-label="About the folder" className="flex flex-col gap-2">
      <h2 className="font-medium text-lg">About</h2>
      <div>
        <h3 className="text-muted text-sm">Instructions for agents</h3>
        {folder.instructions ? (
          <p className="whitespace-pre-wrap break-words">{folder.instructions}</p>
        ) : (
          <p className="text-muted">
            None.{" "}
            <button type="button" className="underline" onClick={onEdit}>
              Say when to look here
            </button>
          </p>
        )}
      </div>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 text-sm">
        <dt className="text-muted">Searched</dt>
        <dd className="break-words">{searchOf(folder)}</dd>
        <dt className="text-muted">Made</dt>
        <dd>
          <Ago at={folder.created_at} />
        </dd>
        <dt className="text-muted">Id</dt>
        <dd>
          <Id id={folder.id} />
        </dd>
      </dl>
    </section>
  );
}
