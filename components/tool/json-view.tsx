"use client";
import { useMemo } from "react";
import { formatJson } from "@/lib/client/format";
import { CopyButton } from "../shell/bits";

/** JSON, or any text, exactly and in full. */
export function JsonView({ label, text }: { label: string; text: string }) {
  const shown = useMemo(() => formatJson(text), [text]);
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border border-line">
      <figcaption className="flex items-center justify-between border-line border-b bg-panel pl-2 text-muted text-xs">
        {label}
        <CopyButton text={shown} label={`Copy ${label.toLowerCase()}`} />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} className="max-h-72 overflow-auto whitespace-pre-wrap break-words p-2 font-mono text-sm">
        {shown || "(empty)"}
      </pre>
    </figure>
  );
}
