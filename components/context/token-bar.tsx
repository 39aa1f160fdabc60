"use client";
import type { Context } from "@/lib/client/api/wire";
import { formatCount, formatShare } from "@/lib/client/screen/format";
import { BACKGROUNDS, kindOfSection, sectionName } from "@/lib/client/time/section-kinds";
import { cn } from "../ui/cn";

type TokenBarProps = { context: Context; onSection: (index: number) => void };

/** The context window to scale: what fills it, and what is free. */
export function TokenBar({ context, onSection }: TokenBarProps) {
  const { sections, context_window: size, total_tokens: total } = context;
  const sum = sections.reduce((tokens, section) => tokens + section.tokens, 0);
  const scale = Math.max(size, sum, 1);
  return (
    <div className="px-3 pb-2">
      <ul className="flex h-4 w-full overflow-hidden rounded-sm bg-active" aria-label="Sections to scale">
        {sections.map((section, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a section's place is its identity
          <li key={index} className="h-full" style={{ width: `${(section.tokens / scale) * 100}%` }}>
            <button
              type="button"
              title={`${sectionName(section)}: ${formatCount(section.tokens)} tokens (${formatShare(section.tokens, size)})`}
              aria-label={`${sectionName(section)}, ${formatCount(section.tokens)} tokens`}
              onClick={() => onSection(index)}
              className={cn(
                "block size-full border-background border-r hover:opacity-70",
                BACKGROUNDS[kindOfSection(section.kind)],
              )}
            />
          </li>
        ))}
      </ul>
      <p className="mt-1 flex justify-between text-muted text-sm">
        <span>
          {formatCount(total)} / {formatCount(size)} tokens
          {context.context_window_source === "guess" && (
            <span title="Nobody says how long this model's context may be: set the agent's context window">
              {" "}
              (a guess)
            </span>
          )}
          {context.total_estimated && <span title="Counted here, not by the provider"> (estimate)</span>}
        </span>
        <span>{formatShare(Math.max(size - total, 0), size)} free</span>
      </p>
    </div>
  );
}
