"use client";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useReducer, useRef } from "react";
import type { WireFile } from "@/lib/api/folders";
import { queryKeys } from "../api/query-keys";
import { reload } from "../api/reload";
import { type Duplicates, uploadFile } from "./upload-file";
import { nextUploads, type Upload, uploadProblem, uploadsAfter } from "./uploads";

export type Uploads = {
  uploads: readonly Upload[];
  add: (files: Iterable<File>, duplicates: Duplicates) => void;
  /** Sends a failed one again, with what is chosen for duplicates now. */
  retry: (key: number, duplicates: Duplicates) => void;
  /** Gives one up, or takes it off the list. */
  dismiss: (key: number) => void;
};

/** Sends files to a folder, a few at a time, and says how far each is. Leaving the page gives up what is on its way. */
export function useUploads(folderId: string): Uploads {
  const client = useQueryClient();
  const [uploads, change] = useReducer(uploadsAfter, []);
  const counter = useRef(0);
  const running = useRef(new Map<number, AbortController>());

  useEffect(() => {
    for (const upload of nextUploads(uploads)) {
      const { key, file, duplicates } = upload;
      if (running.current.has(key)) continue;
      const abort = new AbortController();
      running.current.set(key, abort);
      change({ type: "set", key, change: { state: "sending", share: 0, note: null } });
      const known = client.getQueryData<WireFile[]>(queryKeys.folderFiles(folderId));
      const onProgress = (share: number) => change({ type: "set", key, change: { share } });
      uploadFile({ folderId, file, duplicates, onProgress, signal: abort.signal })
        .then(async (made) => {
          await reload(client, queryKeys.folderFiles(folderId));
          void client.invalidateQueries({ queryKey: queryKeys.folderSizes() });
          void client.invalidateQueries({ queryKey: queryKeys.agentFiles() });
          if (duplicates === "skip" && known?.some((one) => one.id === made.id)) {
            change({
              type: "set",
              key,
              change: { state: "kept", note: "Not uploaded: the file that was there stays." },
            });
          } else change({ type: "remove", key });
        })
        .catch((error: unknown) => {
          if (error instanceof DOMException && error.name === "AbortError") change({ type: "remove", key });
          else change({ type: "set", key, change: { state: "failed", note: uploadProblem(error) } });
        })
        .finally(() => running.current.delete(key));
    }
  }, [client, folderId, uploads]);

  useEffect(() => {
    const all = running.current;
    return () => {
      for (const abort of all.values()) abort.abort();
      all.clear();
    };
  }, []);

  const add = useCallback<Uploads["add"]>((files, duplicates) => {
    const state = "waiting" as const;
    const added = Array.from(files, (file) => ({
      key: ++counter.current,
      file,
      duplicates,
      state,
      share: 0,
      note: null,
    }));
    change({ type: "add", uploads: added });
  }, []);
  const retry = useCallback<Uploads["retry"]>((key, duplicates) => {
    change({ type: "set", key, change: { state: "waiting", duplicates } });
  }, []);
  const dismiss = useCallback<Uploads["dismiss"]>((key) => {
    const abort = running.current.get(key);
    if (abort) abort.abort();
    else change({ type: "remove", key });
  }, []);
  return { uploads, add, retry, dismiss };
}
