"use client";
import { useState } from "react";
import type { CompactionPreview } from "@/lib/client/api/wire";
import { formatCount } from "@/lib/client/screen/format";
import { Button } from "../ui/button";

type Shown = CompactionPreview["evicted"][number];
type LeavingProps = { preview: CompactionPreview; busy: boolean; onKeep: (messageId: string, stays: boolean) => void };

const A_PAGE = 50;

/** The messages that would leave the context, each of which can be marked so that it stays, and those that are. */
export function Leaving({ preview, busy, onKeep }: LeavingProps) {
  const [most, setMost] = useState(A_PAGE);
  const { evicted, kept } = preview;
  return (
    <section aria-label="What would go">
      <h3 className="mb-1 font-medium">What would go ({formatCount(evicted.length)})</h3>
      <p className="text-muted text-sm">A message that is marked stays, now and in every compaction to come.</p>
      <ul className="my-1 max-h-56 overflow-auto rounded-md border border-line" aria-label="Messages that would go">
        {evicted.slice(0, most).map((message) => (
          <Row key={message.message_id} message={message} stays={false} busy={busy} onKeep={onKeep} />
        ))}
      </ul>
      {evicted.length > most && (
        <Button size="sm" onClick={() => setMost(most + 10 * A_PAGE)}>
          Show more of {formatCount(evicted.length)}
        </Button>
      )}
      {kept.length > 0 && (
        <>
          <h3 className="mt-2 mb-1 font-medium">What stays, because it is marked ({kept.length})</h3>
          <ul className="max-h-40 overflow-auto rounded-md border border-line" aria-label="Marked messages">
            {kept.map((message) => (
              <Row key={message.message_id} message={message} stays busy={busy} onKeep={onKeep} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

type RowProps = Pick<LeavingProps, "busy" | "onKeep"> & { message: Shown; stays: boolean };

function Row({ message, stays, busy, onKeep }: RowProps) {
  const { message_id: id, role, text, tokens } = message;
  return (
    <li className="flex items-start gap-2 border-line border-b px-2 py-1 text-sm last:border-b-0">
      <label className="flex min-w-0 flex-1 items-start gap-2">
        <input
          type="checkbox"
          className="mt-0.5 accent-accent"
          checked={stays}
          disabled={busy}
          onChange={(event) => onKeep(id, event.target.checked)}
        />
        <span className="w-16 shrink-0 text-muted">{role}</span>
        <span className="line-clamp-2 min-w-0 break-words">{text || "(no text)"}</span>
      </label>
      <span className="shrink-0 text-muted">{formatCount(tokens)}</span>
    </li>
  );
}
