"use client";
import { useEffect, useRef, useState } from "react";

/**
 * Takes files that are dropped anywhere on the page.
 *
 * @returns whether files are held over the page right now.
 */
export function useFileDrop(onFiles: (files: File[]) => void): boolean {
  const [over, setOver] = useState(false);
  const take = useRef(onFiles);
  useEffect(() => {
    take.current = onFiles;
  }, [onFiles]);

  useEffect(() => {
    // Every element that the pointer crosses says enter and leave: only the last leave leaves the page.
    let depth = 0;
    const abort = new AbortController();
    const on = (type: "dragenter" | "dragover" | "dragleave" | "drop", handle: (event: DragEvent) => void) =>
      window.addEventListener(
        type,
        (event) => {
          if (!event.dataTransfer?.types.includes("Files")) return;
          event.preventDefault();
          handle(event);
        },
        { signal: abort.signal },
      );
    on("dragenter", () => setOver(++depth > 0));
    on("dragover", () => {});
    on("dragleave", () => setOver(--depth > 0));
    on("drop", (event) => {
      depth = 0;
      setOver(false);
      const files = Array.from(event.dataTransfer?.files ?? []);
      if (files.length > 0) take.current(files);
    });
    return () => abort.abort();
  }, []);
  return over;
}
