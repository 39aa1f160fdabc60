"use client";
import { useQuery } from "@tanstack/react-query";
import { Eraser } from "lucide-react";
import { erasureOfQuery } from "@/lib/client/memory/erase";
import { formatExact } from "@/lib/client/screen/format";
import { CauseLine } from "../shell/cause-line";
import { cn } from "../ui/cn";

/** Says of a record that something of it was erased, by whom and when; nothing where nothing was. */
export function ErasedNote({ recordId, className }: { recordId: string; className?: string }) {
  const { data: erasure } = useQuery(erasureOfQuery(recordId));
  if (!erasure) return null;
  return (
    <p className={cn("flex flex-wrap items-center gap-x-1.5 text-muted text-sm", className)}>
      <Eraser className="size-3.5 shrink-0" aria-hidden />
      <span>erased</span>
      <CauseLine cause={erasure.cause} />
      <time dateTime={erasure.created_at}>on {formatExact(erasure.created_at)}</time>
      <span>with the {erasure.resource} that it was of</span>
    </p>
  );
}
