import type { MarkKind } from "@/lib/client/time/timeline";
import { cn } from "../ui/cn";

export const SHAPES: Record<MarkKind, { path: string; color: string; name: string }> = {
  memory: { path: "M4 0 L8 7 L0 7 Z", color: "text-memory", name: "memory write" },
  compaction: { path: "M4 0 L8 4 L4 8 L0 4 Z", color: "text-summary", name: "compaction" },
  error: { path: "M0.5 0.5 H7.5 V7.5 H0.5 Z", color: "text-error", name: "error" },
  passage: { path: "M4 0.5 A3.5 3.5 0 1 1 3.99 0.5 Z", color: "text-files", name: "archive" },
  agent: { path: "M3 0 H5 V3 H8 V5 H5 V8 H3 V5 H0 V3 H3 Z", color: "text-instructions", name: "agent changed" },
};

/** @param hollow what others did, not the step */
export function MarkShape({ kind, hollow = false }: { kind: MarkKind; hollow?: boolean }) {
  const shape = SHAPES[kind];
  return (
    <svg viewBox="-0.5 -0.5 9 9" className={cn("size-[7px] shrink-0", shape.color)} aria-hidden>
      <path
        d={shape.path}
        {...(hollow ? { fill: "none", stroke: "currentColor", strokeWidth: 1.2 } : { fill: "currentColor" })}
      />
    </svg>
  );
}
