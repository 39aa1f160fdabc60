import type { TimelineEntry } from "../api/wire";

export type StepEntry = Extract<TimelineEntry, { type: "step" }>;
export type MarkEntry = Exclude<TimelineEntry, { type: "step" }>;

/** One step with all that happened because of it, or after it and before the next. */
export type Column = { step: StepEntry; marks: MarkEntry[]; failed: boolean; number: number };

/**
 * Entries (in any order) as columns, oldest step first. What no loaded step brought about stands with the step before
 * it; what is older than every loaded step is left out.
 *
 * @param lastNumber the number of the newest step, so that numbers count from the agent's first step where it is known
 */
export function columnsOf(entries: readonly TimelineEntry[], lastNumber: number): Column[] {
  const ordered = entries.toSorted((a, b) => a.seq - b.seq);
  const steps = ordered.filter((entry) => entry.type === "step");
  const first = lastNumber - steps.length + 1;
  const columns = steps.map(
    (step, index): Column => ({ step, marks: [], failed: hasFailed(step), number: first + index }),
  );
  const byId = new Map(columns.map((column) => [column.step.id, column]));
  let at = -1;
  for (const entry of ordered) {
    if (entry.type === "step") {
      at++;
      continue;
    }
    const own = "step_id" in entry && entry.step_id ? byId.get(entry.step_id) : undefined;
    (own ?? columns[at])?.marks.push(entry);
  }
  return columns;
}

function hasFailed(step: StepEntry): boolean {
  return step.status === "failed" || step.tool_calls.some((call) => call.status === "error");
}

/** What is worth a mark: a memory write, a compaction, an error, a passage, a change of the agent. */
export type MarkKind = "memory" | "compaction" | "error" | "passage" | "agent";

export function markKinds(column: Column): MarkKind[] {
  const kinds = new Set<MarkKind>();
  for (const mark of column.marks) kinds.add(MARKS[mark.type]);
  if (column.failed) kinds.add("error");
  return [...kinds];
}

const MARKS: Record<MarkEntry["type"], MarkKind> = {
  "block-version": "memory",
  compaction: "compaction",
  "passage-event": "passage",
  "agent-version": "agent",
  "resource-event": "agent",
};

/** A column in words, for a hint and for a screen reader. */
export function describeColumn(column: Column): string {
  const { step, marks, number } = column;
  const parts = [step.origin_agent_id ? `Step ${number} of the original` : `Step ${number}`];
  for (const call of step.tool_calls) parts.push(call.status === "error" ? `${call.name} failed` : call.name);
  for (const mark of marks) parts.push(describeMark(mark));
  return parts.join(" · ");
}

export function describeMark(mark: MarkEntry): string {
  switch (mark.type) {
    case "block-version":
      return `${mark.label} v${mark.number} (${signed(mark.chars_after - mark.chars_before)} chars)`;
    case "passage-event":
      return PASSAGE_WORDS[mark.event];
    case "compaction":
      return "compaction";
    case "agent-version":
      if (mark.operation === "fork") return "forked";
      return mark.changed.length > 0 ? `agent: ${mark.changed.join(", ")}` : `agent v${mark.number}`;
    case "resource-event":
      return `${OPERATION_WORDS[mark.operation]} ${mark.resource}${mark.name ? ` “${mark.name}”` : ""}`;
  }
}

const OPERATION_WORDS = { attach: "attached", detach: "detached", delete: "deleted" };
const PASSAGE_WORDS = { insert: "archived a passage", delete: "deleted a passage", search: "searched the archive" };

export function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value);
}
