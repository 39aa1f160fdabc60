"use client";
import type { Cause } from "@/lib/client/api/wire";
import { cn } from "../ui/cn";

const KINDS: Record<Cause["kind"], string> = {
  agent: "the agent",
  user: "a person",
  api: "the API",
  import: "an import",
  compaction: "a compaction",
  "sleep-time": "a sleep-time agent",
  fork: "a fork",
  revert: "a revert",
};

/** Who did it: a person or a key by the name that it had then. */
function doerName({ kind, name }: Cause): string {
  if (name === undefined) return KINDS[kind];
  if (kind === "api") return `key ${name}`;
  return kind === "user" ? name : `${name} (${KINDS[kind]})`;
}

/** Who a cause names: an agent by its name, where it is one of these. */
export function writerName(cause: Cause, agents: readonly { id: string; name: string }[]): string {
  return agents.find((agent) => agent.id === cause.actor)?.name ?? doerName(cause);
}

/** Who did it, with a way to the step in which it happened. */
export function CauseLine({
  cause,
  onStep,
  className,
}: {
  cause: Cause;
  onStep?: (stepId: string) => void;
  className?: string;
}) {
  const step = cause.step;
  return (
    <span className={cn("text-muted text-sm", className)}>
      by {doerName(cause)}
      {cause.review && ", reviewed"}
      {step && onStep && (
        <>
          {" · "}
          <button
            type="button"
            className="rounded-sm text-messages underline-offset-2 hover:underline"
            onClick={() => onStep(step)}
          >
            go to the step
          </button>
        </>
      )}
    </span>
  );
}
