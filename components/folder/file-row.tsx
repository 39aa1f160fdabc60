"use client";
import { CircleAlert, FileText, Trash2 } from "lucide-react";
import { fileStatus, formatBytes } from "@/lib/client/folder/files";
import type { File } from "@/lib/client/folder/folder-queries";
import { EraseButton } from "../erasure/erase-button";
import { Ago } from "../shell/bits";
import { Button } from "../ui/button";
import { Progress } from "./progress";

type FileRowProps = { file: File; onShow: () => void; onDelete: () => void };

/** A file of a folder, with how far it is. */
export function FileRow({ file, onShow, onDelete }: FileRowProps) {
  const status = fileStatus(file);
  const name = file.file_name;
  const failed = status.tone === "failed";
  const Icon = failed ? CircleAlert : FileText;
  return (
    <li className="flex items-start gap-2 border-line border-b py-1.5 hover:bg-hover">
      <Icon className={failed ? "mt-1 size-4 shrink-0 text-error" : "mt-1 size-4 shrink-0 text-files"} aria-hidden />
      <div className="min-w-0 flex-1">
        <button
          type="button"
          onClick={onShow}
          className="block max-w-full truncate text-left font-medium hover:underline"
        >
          {name}
        </button>
        {failed ? (
          <p className="break-words text-error text-sm">{status.text}</p>
        ) : (
          <p className="truncate text-muted text-sm">
            {status.text}
            {file.file_type && <span className="hidden sm:inline"> · {file.file_type}</span>}
          </p>
        )}
        {status.tone === "busy" && <Progress label={`Reading of ${name}`} share={status.share} className="mt-1" />}
      </div>
      <div className="shrink-0 text-right text-sm">
        <span className="block">{formatBytes(file.file_size ?? 0)}</span>
        <Ago at={file.created_at} className="text-muted" />
      </div>
      <Button needs="folders.files.delete" tone="ghost" size="icon-sm" aria-label={`Delete ${name}`} onClick={onDelete}>
        <Trash2 />
      </Button>
      <EraseButton erasable={{ type: "file", id: file.id, folderId: file.source_id }} what={name} />
    </li>
  );
}
