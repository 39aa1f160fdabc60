"use client";
import type { ComponentProps } from "react";
import { useHydrated } from "@/lib/client/screen/use-hydrated";
import { cn } from "./cn";

const FIELD =
  "w-full rounded-md border border-line-strong bg-background px-2 text-base text-foreground disabled:opacity-60 aria-invalid:border-error";
/** What can't be written in looks so, unless it only waits for the page. */
const fixed = (props: { readOnly?: boolean | undefined; disabled?: boolean | undefined }) =>
  (props.readOnly || props.disabled) && "bg-panel";

/**
 * What is typed here is this server's, not a person's: browsers complete nothing unless asked to. Until the page has its
 * program nothing can be typed: it would be lost.
 */
export function Input({ className, readOnly, ...props }: ComponentProps<"input">) {
  const isHydrated = useHydrated();
  return (
    <input
      autoComplete="off"
      readOnly={readOnly || !isHydrated}
      className={cn(FIELD, "h-7", fixed({ ...props, readOnly }), className)}
      {...props}
    />
  );
}

export function Textarea({ className, readOnly, ...props }: ComponentProps<"textarea">) {
  const isHydrated = useHydrated();
  return (
    <textarea
      readOnly={readOnly || !isHydrated}
      className={cn(FIELD, "min-h-16 resize-y py-1.5", fixed({ ...props, readOnly }), className)}
      {...props}
    />
  );
}

export function Select({ className, ...props }: ComponentProps<"select">) {
  return <select className={cn(FIELD, "h-7 bg-panel pr-6", className)} {...props} />;
}
