"use client";
import { CircleAlert, FileUp, RotateCw, X } from "lucide-react";
import { formatBytes } from "@/lib/client/folder/files";
import type { Upload } from "@/lib/client/folder/uploads";
import { Button } from "../ui/button";
import { Progress } from "./progress";

type UploadRowProps = { upload: Upload; onRetry: () => void; onDismiss: () => void };

/** A file on its way: how much of it is sent, or why it did not arrive. */
export function UploadRow({ upload, onRetry, onDismiss }: UploadRowProps) {
  const { file, state, share, note } = upload;
  const failed = state === "failed";
  const Icon = failed ? CircleAlert : FileUp;
  return (
    <li className="flex items-start gap-2 border-line border-b py-1.5">
      <Icon className={failed ? "mt-1 size-4 shrink-0 text-error" : "mt-1 size-4 shrink-0 text-files"} aria-hidden />
      <div className="min-w-0 flex-1">
        <div className="flex items-baseline gap-2">
          <span className="truncate">{file.name}</span>
          <span className="ml-auto shrink-0 text-muted text-sm">{formatBytes(file.size)}</span>
        </div>
        {note ? (
          <p role={failed ? "alert" : undefined} className={failed ? "break-words text-sm" : "text-muted text-sm"}>
            {note}
          </p>
        ) : (
          <>
            <p className="text-muted text-sm">{wordsOf(upload)}</p>
            <Progress label={`Upload of ${file.name}`} share={share} className="mt-1" />
          </>
        )}
      </div>
      {failed && (
        <Button size="sm" onClick={onRetry}>
          <RotateCw /> Try again
        </Button>
      )}
      <Button
        tone="ghost"
        size="icon-sm"
        aria-label={note ? `Take ${file.name} off the list` : `Cancel the upload of ${file.name}`}
        onClick={onDismiss}
      >
        <X />
      </Button>
    </li>
  );
}

function wordsOf({ state, share }: Upload): string {
  if (state === "waiting") return "waits for its turn";
  return share < 1 ? `${Math.floor(share * 100)} % sent` : "sent, being kept";
}
