import { cn } from "./cn";

/** Keeps the shape of what is loading. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cn("animate-pulse rounded-sm bg-active", className)} />;
}

export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="flex flex-col gap-2 p-3">
      {[...Array(rows).keys()].map((row) => (
        <Skeleton key={row} className={cn("h-4", row % 3 === 2 ? "w-2/3" : "w-full")} />
      ))}
    </div>
  );
}
