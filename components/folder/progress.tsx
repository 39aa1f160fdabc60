import { cn } from "../ui/cn";

type ProgressProps = { label: string; share: number | null; className?: string };

/** How much of something is done; without a share, that it goes on. */
export function Progress({ label, share, className }: ProgressProps) {
  const percent = share === null ? null : Math.round(share * 100);
  return (
    <span
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { "aria-valuenow": percent })}
      className={cn("block h-1 overflow-hidden rounded-full bg-active", className)}
    >
      <span
        className={cn("block h-full rounded-full bg-files", percent === null && "w-1/3 animate-pulse")}
        style={percent === null ? undefined : { width: `${percent}%` }}
      />
    </span>
  );
}
