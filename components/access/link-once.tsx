"use client";
import type { Link } from "@/lib/client/access/member-queries";
import { formatExact } from "@/lib/client/screen/format";
import { CopyButton } from "../shell/bits";

/** A link that was just made, and that nobody can be shown again. */
export function LinkOnce({ link, what }: { link: Link; what: string }) {
  return (
    <div role="status" className="rounded-md border border-files/40 p-3">
      <p className="mb-1">
        {what} It is shown this once, and good until{" "}
        <time dateTime={link.expires_at}>{formatExact(link.expires_at)}</time>.
      </p>
      <div className="flex items-center gap-1">
        <code className="min-w-0 flex-1 break-all font-mono text-sm">{link.url}</code>
        <CopyButton text={link.url} label="Copy the link" />
      </div>
    </div>
  );
}
