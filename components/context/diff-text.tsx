import type { ContextDiff } from "@/lib/client/api/wire";

export type DiffPart = ContextDiff["sections"][number]["parts"][number];

const CLASSES = { same: undefined, added: "added", removed: "removed" };

/** Two texts as one, marked per word. */
export function DiffText({ parts }: { parts: readonly DiffPart[] }) {
  return (
    <div className="whitespace-pre-wrap break-words font-mono text-sm">
      {parts.map((part, index) => {
        const Tag = part.type === "added" ? "ins" : part.type === "removed" ? "del" : "span";
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: parts have no identity but their place
          <Tag key={index} className={CLASSES[part.type]}>
            {part.text}
          </Tag>
        );
      })}
    </div>
  );
}
