import { Ban, Check, CircleDashed, LoaderCircle, type LucideIcon, Minus, TriangleAlert, X } from "lucide-react";
import type { SuiteItemStatus } from "@/lib/client/suite/suite-queries";
import { cn } from "../ui/cn";

type Look = { icon: LucideIcon; text: string; className: string; spins?: boolean };

const LOOKS: Record<SuiteItemStatus, Look> = {
  created: { icon: CircleDashed, text: "waits", className: "text-muted" },
  running: { icon: LoaderCircle, text: "running", className: "text-messages", spins: true },
  passed: { icon: Check, text: "passed", className: "text-files" },
  failed: { icon: X, text: "failed", className: "text-error" },
  error: { icon: TriangleAlert, text: "could not be run", className: "text-error" },
  cancelled: { icon: Ban, text: "cancelled", className: "text-muted" },
  skipped: { icon: Minus, text: "left out", className: "text-muted" },
};

export const nameOfStatus = (status: SuiteItemStatus) => LOOKS[status].text;

/** How a case, or a run, stands: a sign, and a word unless the sign stands in a grid. */
export function ItemStatus({ status, bare = false }: { status: SuiteItemStatus; bare?: boolean }) {
  const { icon: Icon, text, className, spins } = LOOKS[status];
  return (
    <span className={cn("inline-flex items-center gap-1 whitespace-nowrap", className)}>
      <Icon className={cn("size-3.5", spins && "animate-spin")} aria-hidden />
      {bare ? <span className="sr-only">{text}</span> : text}
    </span>
  );
}
