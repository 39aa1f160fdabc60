"use client";
import { Lock } from "lucide-react";
import type { ReactNode } from "react";
import type { ShownBlock } from "@/lib/client/memory/shown-blocks";
import { formatCount } from "@/lib/client/screen/format";
import { Empty, SectionHead } from "../shell/bits";
import { cn } from "../ui/cn";

type BlockListProps = {
  blocks: readonly ShownBlock[];
  onOpen: (blockId: string) => void;
  /** What can be done about all of them. */
  action?: ReactNode;
};

/** The memory that stands in the prompt, each block with how full it is. */
export function BlockList({ blocks, onOpen, action }: BlockListProps) {
  return (
    <section aria-label="Memory">
      <SectionHead title="Memory" note={`${blocks.length} ${blocks.length === 1 ? "block" : "blocks"}`}>
        {action}
      </SectionHead>
      {blocks.length === 0 && (
        <Empty title="No memory blocks">
          Blocks are texts that stand in the prompt and that the agent edits. Agents from a template other than Workflow
          have them.
        </Empty>
      )}
      <ul>
        {blocks.map((block) => (
          <li key={block.id}>
            <button
              type="button"
              onClick={() => onOpen(block.id)}
              className="w-full px-3 py-1.5 text-left hover:bg-hover"
              aria-label={`Open block ${block.label}`}
            >
              <span className="flex items-center gap-2 text-sm">
                <span className="truncate font-medium text-memory">{block.label}</span>
                {block.readOnly && <Lock className="size-3 text-muted" aria-label="read-only" />}
                {block.version && <span className="text-muted">v{block.version.number}</span>}
                <span className="ml-auto shrink-0 text-muted">
                  {formatCount(block.value.length)} / {formatCount(block.limit)}
                </span>
              </span>
              <Meter value={block.value.length} limit={block.limit} />
              <span className="line-clamp-2 break-words text-muted text-sm">{block.value || "(empty)"}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function Meter({ value, limit }: { value: number; limit: number }) {
  const share = Math.min(value / Math.max(limit, 1), 1);
  return (
    <span className="my-1 block h-1 overflow-hidden rounded-full bg-active" aria-hidden>
      <span
        className={cn("block h-full", value > limit ? "bg-error" : "bg-memory")}
        style={{ width: `${share * 100}%` }}
      />
    </span>
  );
}
