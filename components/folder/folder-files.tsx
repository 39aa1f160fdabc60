"use client";
import { useQuery } from "@tanstack/react-query";
import { Upload as UploadIcon } from "lucide-react";
import { useId, useRef, useState } from "react";
import { formatBytes } from "@/lib/client/folder/files";
import { FILES_LOADED, type File, type Folder, folderFilesQuery } from "@/lib/client/folder/folder-queries";
import type { Duplicates } from "@/lib/client/folder/upload-file";
import { useFileDrop } from "@/lib/client/folder/use-file-drop";
import { useUploads } from "@/lib/client/folder/use-uploads";
import { formatCount } from "@/lib/client/screen/format";
import { useAddressParam } from "@/lib/client/screen/use-address";
import { Problem } from "../shell/problem";
import { Button } from "../ui/button";
import { Input, Select } from "../ui/input";
import { SkeletonRows } from "../ui/skeleton";
import { DeleteFile } from "./delete-file";
import { DropOverlay } from "./drop-overlay";
import { FileRow } from "./file-row";
import { FileView } from "./file-view";
import { UploadRow } from "./upload-row";

const DUPLICATES: readonly { value: Duplicates; name: string }[] = [
  { value: "suffix", name: "keep both, with a number" },
  { value: "replace", name: "replace the old one" },
  { value: "skip", name: "keep the old one" },
  { value: "error", name: "refuse the new one" },
];

/** The files of a folder: dropped or picked, on their way, being read, ready; each can be looked at and deleted. */
export function FolderFiles({ folder }: { folder: Folder }) {
  const files = useQuery(folderFilesQuery(folder.id));
  const [duplicates, setDuplicates] = useState<Duplicates>("suffix");
  const [filter, setFilter] = useState("");
  const [doomed, setDoomed] = useState<File | null>(null);
  const { uploads, add, retry, dismiss } = useUploads(folder.id);
  const [shown, show] = useShownFile();
  const over = useFileDrop((dropped) => add(dropped, duplicates));
  const wanted = filter.trim().toLowerCase();
  const left = files.data?.filter((file) => file.file_name.toLowerCase().includes(wanted));

  return (
    <section aria-label="Files" className="flex flex-col gap-3">
      <DropOverlay shown={over}>Drop files to add them to {folder.name}</DropOverlay>
      <div className="flex flex-wrap items-center gap-2">
        <h2 className="font-medium text-lg">Files</h2>
        {files.data && <span className="mr-auto text-muted text-sm">{sizeOf(files.data)}</span>}
        {files.data && files.data.length > 8 && (
          <Input
            aria-label="Filter files by name"
            placeholder="Filter by name"
            className="w-full sm:w-48"
            value={filter}
            onChange={(event) => setFilter(event.target.value)}
          />
        )}
      </div>
      <AddFiles duplicates={duplicates} onDuplicates={setDuplicates} onFiles={(picked) => add(picked, duplicates)} />
      {uploads.length > 0 && (
        <ul aria-label="Uploads" className="flex flex-col">
          {uploads.map((upload) => (
            <UploadRow
              key={upload.key}
              upload={upload}
              onRetry={() => retry(upload.key, duplicates)}
              onDismiss={() => dismiss(upload.key)}
            />
          ))}
        </ul>
      )}
      {files.isError && !files.data && (
        <Problem error={files.error} onRetry={() => void files.refetch()} className="m-0" />
      )}
      {files.isPending && <SkeletonRows rows={5} label="Loading files" />}
      {files.data?.length === 0 && uploads.length === 0 && (
        <p className="text-muted">
          Nothing here yet. What is added is read in the background: text is taken out, cut into passages and indexed.
        </p>
      )}
      {left?.length === 0 && wanted !== "" && <p className="text-muted">No file has this in its name.</p>}
      <ul aria-label="Files in the folder" className="flex flex-col">
        {left?.map((file) => (
          <FileRow key={file.id} file={file} onShow={() => show(file.id)} onDelete={() => setDoomed(file)} />
        ))}
      </ul>
      <FileView folder={folder} fileId={shown} onClose={() => show(null)} />
      <DeleteFile folder={folder} file={doomed} onClose={() => setDoomed(null)} />
    </section>
  );
}

function sizeOf(files: readonly File[]): string {
  const bytes = files.reduce((sum, file) => sum + (file.file_size ?? 0), 0);
  const count = formatCount(files.length);
  return `${files.length >= FILES_LOADED ? `the newest ${count}` : count} · ${formatBytes(bytes)}`;
}

type AddFilesProps = {
  duplicates: Duplicates;
  onDuplicates: (duplicates: Duplicates) => void;
  onFiles: (files: globalThis.File[]) => void;
};

function AddFiles({ duplicates, onDuplicates, onFiles }: AddFilesProps) {
  const input = useRef<HTMLInputElement>(null);
  const selectId = useId();
  return (
    <div className="flex flex-col gap-3 rounded-md border border-line-strong border-dashed p-3 sm:flex-row sm:items-center">
      <div className="flex min-w-0 flex-1 flex-wrap items-center gap-2">
        <Button needs="folders.files.upload" tone="primary" onClick={() => input.current?.click()}>
          <UploadIcon /> Add files
        </Button>
        <span className="text-muted">or drop them anywhere on the page</span>
        <input
          ref={input}
          type="file"
          multiple
          tabIndex={-1}
          aria-label="Files to add"
          className="sr-only"
          onChange={(event) => {
            onFiles(Array.from(event.target.files ?? []));
            // The same file may be picked again.
            event.target.value = "";
          }}
        />
      </div>
      <div className="flex items-center gap-2">
        <label htmlFor={selectId} className="text-muted text-sm">
          If the name is taken
        </label>
        <Select
          id={selectId}
          className="w-auto"
          value={duplicates}
          onChange={(event) => onDuplicates(event.target.value as Duplicates)}
        >
          {DUPLICATES.map(({ value, name }) => (
            <option key={value} value={value}>
              {name}
            </option>
          ))}
        </Select>
      </div>
    </div>
  );
}

/** The file that the URL names, and a way to change that. */
function useShownFile(): [string | null, (fileId: string | null) => void] {
  return useAddressParam("file");
}
