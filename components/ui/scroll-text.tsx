import type { ReactNode } from "react";
import { cn } from "./cn";

type ScrollTextProps = { label: string; className?: string; children: ReactNode };

/** A text that scrolls in its own frame, by mouse and by keyboard. */
export function ScrollText({ label, className, children }: ScrollTextProps) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      className={cn("overflow-auto whitespace-pre-wrap break-words p-2 font-mono text-sm", className)}
    >
      {children}
    </section>
  );
}
