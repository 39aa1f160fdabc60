"use client";
import { useLayoutEffect, useRef } from "react";
import type { Printed } from "@/lib/client/run/running-calls";
import { cn } from "../ui/cn";

const AT_END_PX = 24;

type LiveTextProps = { name: string; output: readonly Printed[]; from: number };

/** Output as it comes. It stays at its end, unless somebody has scrolled up to read. */
export function LiveText({ name, output, from }: LiveTextProps) {
  const frame = useRef<HTMLElement>(null);
  const isAtEnd = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: new output is what makes the end move
  useLayoutEffect(() => {
    const element = frame.current;
    if (element && isAtEnd.current) element.scrollTop = element.scrollHeight;
  }, [output]);
  return (
    <section
      ref={frame}
      aria-label={`Printed by ${name}`}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        isAtEnd.current = scrollHeight - scrollTop - clientHeight < AT_END_PX;
      }}
      // Positioned, so that what is for screen readers alone scrolls with it.
      className="relative max-h-44 overflow-auto whitespace-pre-wrap break-words p-2 font-mono text-sm"
    >
      {output.length === 0 && <span className="text-muted">Nothing printed yet.</span>}
      {from > 0 && <span className="block text-muted">…</span>}
      {withPositions(output, from).map(({ stream, text, position }) => (
        <span
          key={position}
          className={cn(stream === "stderr" && "my-0.5 block border-error border-l-2 pl-1.5 text-error")}
        >
          {stream === "stderr" && <span className="sr-only">stderr: </span>}
          {text}
        </span>
      ))}
    </section>
  );
}

/** Pieces with the place where each begins, which stays the same while it grows. */
function withPositions(output: readonly Printed[], from: number): (Printed & { position: number })[] {
  let position = from;
  return output.map((one) => {
    const placed = { ...one, position };
    position += one.text.length;
    return placed;
  });
}
