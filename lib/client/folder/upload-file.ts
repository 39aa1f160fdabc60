import type { Query } from "@/lib/api/endpoint";
import type { FOLDER_ENDPOINTS, WireFile } from "@/lib/api/folders";
import { ApiError, detailOf } from "../api/api-error";
import { isSignedOut, showSignIn } from "../api/signed-out";

type UploadRow = Extract<(typeof FOLDER_ENDPOINTS)[number], { id: "folders.files.upload" }>;
/** What becomes of a file whose name the folder has already. */
export type Duplicates = Query<UploadRow>["duplicate_handling"];

type UploadOptions = {
  folderId: string;
  file: File;
  duplicates: Duplicates;
  /** Bytes that are sent, of the whole request. */
  onProgress: (share: number) => void;
  signal: AbortSignal;
};

/**
 * Sends a file to a folder. `fetch` does not say how much of a body is sent; this does.
 *
 * @throws ApiError as `unwrap`; an `AbortError` when it was given up.
 */
export function uploadFile({ folderId, file, duplicates, onProgress, signal }: UploadOptions): Promise<WireFile> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const path = `/v1/folders/${encodeURIComponent(folderId)}/upload?duplicate_handling=${duplicates}`;
    request.open("POST", path);
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => {
      if (lengthComputable && total > 0) onProgress(loaded / total);
    };
    request.onerror = () => reject(new ApiError(0, "No answer came from the server."));
    request.onabort = () => reject(new DOMException("Given up.", "AbortError"));
    request.onload = () => {
      if (isSignedOut(request.status, (name) => request.getResponseHeader(name))) showSignIn();
      const body = parsed(request.responseText);
      if (request.status >= 200 && request.status < 300) resolve(body as WireFile);
      else reject(new ApiError(request.status, detailOf(body, request.status)));
    };
    signal.addEventListener("abort", () => request.abort(), { once: true });
    const form = new FormData();
    form.set("file", file, file.name);
    request.send(form);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
