import type { ComponentProps } from "react";
import { cn } from "./cn";

const FIELD =
  "w-full rounded-md border border-line-strong bg-background px-2 text-base text-foreground disabled:opacity-60 read-only:bg-panel aria-invalid:border-error";

/** What is typed here is this server's, not a person's: browsers complete nothing unless asked to. */
export function Input({ className, ...props }: ComponentProps<"input">) {
  return <input autoComplete="off" className={cn(FIELD, "h-7", className)} {...props} />;
}

export function Textarea({ className, ...props }: ComponentProps<"textarea">) {
  return <textarea className={cn(FIELD, "min-h-16 resize-y py-1.5", className)} {...props} />;
}

export function Select({ className, ...props }: ComponentProps<"select">) {
  return <select className={cn(FIELD, "h-7 pr-6", className)} {...props} />;
}
