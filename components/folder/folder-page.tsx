"use client";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { operation } from "@/lib/client/api/code";
import { searchOf } from "@/lib/client/folder/files";
import { type Folder, folderQuery } from "@/lib/client/folder/folder-queries";
import { Ago, Id } from "../shell/bits";
import { DetailColumns, DetailHead, DetailPage } from "../shell/detail-page";
import { Button } from "../ui/button";
import { DeleteFolder } from "./delete-folder";
import { FolderAgents } from "./folder-agents";
import { FolderDialog } from "./folder-dialog";
import { FolderFiles } from "./folder-files";
import { FolderPassages } from "./folder-passages";

const FOLDERS = { href: "/folders", name: "Folders" };

/** One folder: its files, what they are searched by, and the agents that have it. */
export function FolderPage({ folderId }: { folderId: string }) {
  const params = { folder_id: folderId };
  return (
    <DetailPage
      record={useQuery(folderQuery(folderId))}
      list={FOLDERS}
      what="the folder"
      code={[
        operation("folders.files.list", { method: "get", path: "/v1/folders/{folder_id}/files", params }),
        operation("folders.passages.list", {
          method: "get",
          path: "/v1/folders/{folder_id}/passages",
          params,
          named: false,
        }),
      ]}
    >
      {(folder) => <Content folder={folder} />}
    </DetailPage>
  );
}

function Content({ folder }: { folder: Folder }) {
  const router = useRouter();
  const [editing, setEditing] = useState(false);
  const [deleting, setDeleting] = useState(false);
  return (
    <>
      <DetailHead
        list={FOLDERS}
        title={<span className="min-w-0 break-words">{folder.name}</span>}
        note={folder.description}
      >
        <Button needs="folders.update" onClick={() => setEditing(true)}>
          <Pencil /> Edit
        </Button>
        <Button needs="folders.delete" tone="danger" onClick={() => setDeleting(true)}>
          <Trash2 /> Delete
        </Button>
      </DetailHead>
      <DetailColumns
        width="sm"
        gap="gap-6"
        aside={
          <>
            <FolderAgents folder={folder} />
            <About folder={folder} onEdit={() => setEditing(true)} />
          </>
        }
      >
        <FolderFiles folder={folder} />
        <FolderPassages folder={folder} />
      </DetailColumns>
      {editing && <FolderDialog folder={folder} open onOpenChange={setEditing} />}
      <DeleteFolder
        folder={deleting ? folder : null}
        onClose={() => setDeleting(false)}
        onDeleted={() => router.push("/folders")}
      />
    </>
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
