"use client";
import { useMemo } from "react";
import { formatJson } from "@/lib/client/screen/format";
import { CopyButton } from "../shell/bits";
import { ScrollText } from "../ui/scroll-text";

/** JSON, or any text, exactly and in full. */
export function JsonView({ label, text }: { label: string; text: string }) {
  const shown = useMemo(() => formatJson(text), [text]);
  return (
    <figure className="min-w-0 overflow-hidden rounded-md border border-line">
      <figcaption className="flex items-center justify-between border-line border-b bg-panel pl-2 text-muted text-xs">
        {label}
        <CopyButton text={shown} label={`Copy ${label.toLowerCase()}`} />
      </figcaption>
      <ScrollText label={label} className="max-h-72">
        {shown || "(empty)"}
      </ScrollText>
    </figure>
  );
}
