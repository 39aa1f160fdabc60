import type { WireAgentFile } from "@/lib/api/agent-folders";
import type { WireFolder } from "@/lib/api/folder-state";
import type { WireFile } from "@/lib/api/folders";
import { formatCount } from "../screen/format";

type Progress = Pick<WireFile, "processing_status" | "total_chunks" | "chunks_embedded" | "error_message">;

/** Whether the server still works on a file. */
export function isInProgress(file: Pick<WireFile, "processing_status">): boolean {
  return file.processing_status !== "completed" && file.processing_status !== "error";
}

export type FileStatus = {
  text: string;
  /** From 0 to 1; null where there is nothing to measure. */
  share: number | null;
  tone: "busy" | "ready" | "failed";
};

/** How far a file is, in words. */
export function fileStatus(file: Progress): FileStatus {
  const total = file.total_chunks ?? 0;
  const done = file.chunks_embedded ?? 0;
  switch (file.processing_status) {
    case "pending":
      return { text: "waits to be read", share: null, tone: "busy" };
    case "parsing":
      return { text: "being read", share: null, tone: "busy" };
    case "embedding":
      return total > 0
        ? { text: `indexed ${formatCount(done)} of ${passages(total)}`, share: done / total, tone: "busy" }
        : { text: "being indexed", share: null, tone: "busy" };
    case "error":
      return { text: file.error_message ?? "It could not be read.", share: null, tone: "failed" };
    case "completed":
      return { text: total > 0 ? passages(total) : "no text in it", share: null, tone: "ready" };
  }
}

const passages = (count: number) => `${formatCount(count)} ${count === 1 ? "passage" : "passages"}`;

/** How a folder's files are searched. */
export function searchOf(folder: Pick<WireFolder, "embedding_config">): string {
  const config = folder.embedding_config;
  return config ? `words and ${config.handle ?? config.embedding_model}` : "by words";
}

export type FolderOfAgent = { folder: WireFolder; files: WireAgentFile[]; open: number };

/** An agent's folders with the files of each, by name. */
export function byFolder(folders: readonly WireFolder[], files: readonly WireAgentFile[]): FolderOfAgent[] {
  const sorted = files.toSorted((a, b) => a.file_name.localeCompare(b.file_name));
  return folders
    .toSorted((a, b) => a.name.localeCompare(b.name))
    .map((folder) => {
      const own = sorted.filter((file) => file.folder_id === folder.id);
      return { folder, files: own, open: own.filter((file) => file.is_open).length };
    });
}

/** A file's name without its folder's. */
export function nameInFolder(file: Pick<WireAgentFile, "file_name" | "folder_name">): string {
  const prefix = `${file.folder_name}/`;
  return file.file_name.startsWith(prefix) ? file.file_name.slice(prefix.length) : file.file_name;
}

/** What of an open file the agent has in view: `from its start`, `from line 20`, `lines 20 to 60`. */
export function viewOfFile({
  start_line: start,
  end_line: end,
}: Pick<WireAgentFile, "start_line" | "end_line">): string {
  if (start === null && end === null) return "from its start";
  return end === null ? `from line ${start ?? 1}` : `lines ${start ?? 1} to ${end}`;
}

const UNITS = ["kB", "MB", "GB"];

/** `812 B`, `1.2 kB`, `34 MB`: in thousands. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value < 10 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)} ${UNITS[unit]}`;
}
