import type { ComponentProps } from "react";
import { cn } from "./cn";

export type Tone = "neutral" | "instructions" | "memory" | "tools" | "summary" | "messages" | "files" | "error";

const TONES: Record<Tone, string> = {
  neutral: "border-line text-muted",
  instructions: "border-instructions/40 text-instructions",
  memory: "border-memory/40 text-memory",
  tools: "border-tools/40 text-tools",
  summary: "border-summary/40 text-summary",
  messages: "border-messages/40 text-messages",
  files: "border-files/40 text-files",
  error: "border-error/40 text-error",
};

export function Badge({ tone = "neutral", className, ...props }: ComponentProps<"span"> & { tone?: Tone }) {
  return (
    <span
      className={cn(
        "inline-flex h-[18px] shrink-0 items-center gap-1 whitespace-nowrap rounded-sm border px-1 text-xs",
        TONES[tone],
        className,
      )}
      {...props}
    />
  );
}
