import { Ban, Check, CircleDashed, Hand, LoaderCircle, X } from "lucide-react";
import type { Run } from "@/lib/client/api/wire";
import { cn } from "../ui/cn";

/** How a run stands, in a word and a sign. */
export function RunStatus({ run }: { run: Pick<Run, "status" | "awaits_approval"> }) {
  const { icon: Icon, text, className, spins } = lookOf(run);
  return (
    <span className={cn("inline-flex items-center gap-1 whitespace-nowrap", className)}>
      <Icon className={cn("size-3.5", spins && "animate-spin")} aria-hidden />
      {text}
    </span>
  );
}

function lookOf({ status, awaits_approval: waits }: Pick<Run, "status" | "awaits_approval">) {
  if (waits) return { icon: Hand, text: "waits for approval", className: "text-tools" };
  switch (status) {
    case "created":
      return { icon: CircleDashed, text: "created", className: "text-muted" };
    case "running":
      return { icon: LoaderCircle, text: "running", className: "text-messages", spins: true };
    case "completed":
      return { icon: Check, text: "completed", className: "text-files" };
    case "failed":
      return { icon: X, text: "failed", className: "text-error" };
    case "cancelled":
      return { icon: Ban, text: "cancelled", className: "text-muted" };
  }
}
