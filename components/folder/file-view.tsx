"use client";
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { fileStatus, formatBytes, isInProgress } from "@/lib/client/folder/files";
import { type Folder, fileTextQuery } from "@/lib/client/folder/folder-queries";
import { formatCount } from "@/lib/client/screen/format";
import { CopyButton, Empty, Id } from "../shell/bits";
import { Problem } from "../shell/problem";
import { Dialog } from "../ui/dialog";
import { SkeletonRows } from "../ui/skeleton";

type FileViewProps = { folder: Folder; fileId: string | null; onClose: () => void };

/** The text of a file as agents read it, by numbered lines. */
export function FileView({ folder, fileId, onClose }: FileViewProps) {
  const file = useQuery({ ...fileTextQuery(folder.id, fileId ?? ""), enabled: fileId !== null });
  const text = file.data?.content ?? null;
  return (
    <Dialog
      open={fileId !== null}
      onOpenChange={(open) => !open && onClose()}
      title={file.data?.original_file_name ?? "File"}
      description={file.data ? `${file.data.file_name} · ${formatBytes(file.data.file_size ?? 0)}` : undefined}
      width="xl"
    >
      {file.isError ? (
        <Problem error={file.error} />
      ) : !file.data ? (
        <SkeletonRows rows={16} label="Loading the file" />
      ) : text === null || text === "" ? (
        <Empty title={isInProgress(file.data) ? "Not read yet" : "No text"}>{fileStatus(file.data).text}</Empty>
      ) : (
        <div className="flex h-full min-h-0 flex-col">
          <div className="flex h-9 shrink-0 items-center gap-2 border-line border-b px-4 text-muted text-sm">
            <span>{fileStatus(file.data).text}</span>
            <span className="ml-auto">
              <Id id={file.data.id} />
            </span>
            <CopyButton text={text} label="Copy the text" />
          </div>
          <Lines text={text} />
        </div>
      )}
    </Dialog>
  );
}

const LINE_PX = 18;

/** Long lines wrap, so that heights differ: only the lines in sight are in the page. */
function Lines({ text }: { text: string }) {
  const lines = useMemo(() => text.split("\n"), [text]);
  const frame = useRef<HTMLElement>(null);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => frame.current,
    estimateSize: () => LINE_PX,
    overscan: 20,
  });
  const gutter = { width: `${String(lines.length).length + 1}ch` };
  return (
    <section
      ref={frame}
      aria-label={`Text, ${formatCount(lines.length)} ${lines.length === 1 ? "line" : "lines"}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className="relative min-h-0 flex-1 overflow-auto py-2 font-mono text-sm"
    >
      <div className="relative" style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map((row) => (
          <div
            key={row.key}
            ref={rows.measureElement}
            data-index={row.index}
            className="absolute top-0 left-0 flex w-full gap-3 px-4"
            style={{ transform: `translateY(${row.start}px)`, minHeight: LINE_PX }}
          >
            <span className="shrink-0 select-none text-right text-muted" style={gutter}>
              {row.index + 1}
            </span>
            <span className="min-w-0 flex-1 whitespace-pre-wrap break-words">{lines[row.index]}</span>
          </div>
        ))}
      </div>
    </section>
  );
}
