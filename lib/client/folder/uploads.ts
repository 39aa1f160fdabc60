import { ApiError } from "../api/api-error";
import type { Duplicates } from "./upload-file";

export type Upload = {
  key: number;
  file: File;
  duplicates: Duplicates;
  state: "waiting" | "sending" | "kept" | "failed";
  /** Of the request, from 0 to 1. */
  share: number;
  /** Why it failed, or what happened instead. */
  note: string | null;
};

export type UploadChange =
  | { type: "add"; uploads: readonly Upload[] }
  | { type: "set"; key: number; change: Partial<Upload> }
  | { type: "remove"; key: number };

/** Files on their way. One that has arrived is no longer here: it is in the folder's list. */
export function uploadsAfter(uploads: readonly Upload[], change: UploadChange): readonly Upload[] {
  switch (change.type) {
    case "add":
      return [...uploads, ...change.uploads];
    case "set":
      return uploads.map((one) => (one.key === change.key ? { ...one, ...change.change } : one));
    case "remove":
      return uploads.filter((one) => one.key !== change.key);
  }
}

const AT_ONCE = 3;

/** Those whose turn it is: a few at a time, in order. */
export function nextUploads(uploads: readonly Upload[]): readonly Upload[] {
  const sending = uploads.filter((one) => one.state === "sending").length;
  return uploads.filter((one) => one.state === "waiting").slice(0, Math.max(0, AT_ONCE - sending));
}

/** Why an upload failed, for the person who dropped the file. */
export function uploadProblem(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  switch (error.status) {
    case 0:
      return "The server did not answer. Check that it runs, then try again.";
    case 404:
      return "The folder is gone: it was deleted meanwhile.";
    case 409:
      return "There is a file of this name already. Choose below what to do with such files, then try again.";
    case 413:
      return `It is too large. ${error.detail}`;
    default:
      return error.detail;
  }
}
