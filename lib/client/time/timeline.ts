import type { TimelineEntry } from "../api/wire";

export type StepEntry = Extract<TimelineEntry, { type: "step" }>;
export type MarkEntry = Exclude<TimelineEntry, { type: "step" }>;

/** One step with all that it did, and what others did after it and before the next. */
export type Column = { step: StepEntry; marks: MarkEntry[]; after: MarkEntry[]; failed: boolean };

/** The columns of a time line by place; null is a step that is not loaded. */
export type Columns = readonly (Column | null)[];

/**
 * Entries (in any order, some of them twice) as columns, oldest step first. What no loaded step brought about stands after
 * the step before it; what is older than every loaded step is left out.
 */
export function columnsOf(entries: readonly TimelineEntry[]): Column[] {
  const once = new Map(entries.map((entry) => [entry.seq, entry]));
  const ordered = [...once.values()].sort((a, b) => a.seq - b.seq);
  const columns = ordered
    .filter((entry) => entry.type === "step")
    .map((step): Column => ({ step, marks: [], after: [], failed: hasFailed(step) }));
  const byId = new Map(columns.map((column) => [column.step.id, column]));
  let at = -1;
  for (const entry of ordered) {
    if (entry.type === "step") {
      at++;
      continue;
    }
    const made = "step_id" in entry ? entry.step_id : null;
    if (made !== null) byId.get(made)?.marks.push(entry);
    else columns[at]?.after.push(entry);
  }
  return columns;
}

/** Columns in the places that their numbers give them, up to the newest. */
export function placed(columns: readonly Column[]): Columns {
  const newest = columns.at(-1)?.step.number ?? 0;
  const all = Array.from({ length: newest }, (): Column | null => null);
  for (const column of columns) all[column.step.number - 1] = column;
  return all;
}

/** The place of a step among the columns; null where it is none of them. */
export function indexOf(columns: Columns, stepId: string | null): number | null {
  if (stepId === null) return null;
  const index = columns.findIndex((column) => column?.step.id === stepId);
  return index === -1 ? null : index;
}

function hasFailed(step: StepEntry): boolean {
  return step.status === "failed" || step.tool_calls.some((call) => call.status === "error");
}

/** What is worth a mark: a memory write, a compaction, an error, a passage, a change of the agent. */
export type MarkKind = "memory" | "compaction" | "error" | "passage" | "agent";

/** What a step did, and what others did after it: each kind once, the step's own first. */
export function markKinds(column: Column): { kind: MarkKind; own: boolean }[] {
  const kinds = new Map<MarkKind, boolean>();
  for (const mark of column.marks) kinds.set(MARKS[mark.type], true);
  if (column.failed) kinds.set("error", true);
  for (const mark of column.after) if (!kinds.has(MARKS[mark.type])) kinds.set(MARKS[mark.type], false);
  return [...kinds].map(([kind, own]) => ({ kind, own }));
}

const MARKS: Record<MarkEntry["type"], MarkKind> = {
  "block-version": "memory",
  compaction: "compaction",
  "passage-event": "passage",
  "agent-version": "agent",
  "resource-event": "agent",
  proposal: "memory",
  erasure: "agent",
};

/** A column in words, for a hint and for a screen reader. */
export function describeColumn(column: Column): string {
  const { step, marks, after } = column;
  const parts = [step.origin_agent_id ? `Step ${step.number} of the original` : `Step ${step.number}`];
  for (const call of step.tool_calls) parts.push(call.status === "error" ? `${call.name} failed` : call.name);
  for (const mark of marks) parts.push(describeMark(mark));
  for (const mark of after) parts.push(`then, by others: ${describeMark(mark)}`);
  return parts.join(" · ");
}

export function describeMark(mark: MarkEntry): string {
  switch (mark.type) {
    case "block-version":
      return `${mark.label} v${mark.number} (${signed(mark.chars_after - mark.chars_before)} chars)`;
    case "passage-event":
      return PASSAGE_WORDS[mark.event];
    case "compaction":
      return mark.trigger === "undo" ? "undid a compaction" : "compaction";
    case "agent-version":
      return mark.changed.length > 0 ? `agent: ${mark.changed.join(", ")}` : `agent v${mark.number}`;
    case "resource-event":
      if (mark.resource === "kept-message")
        return mark.operation === "attach" ? "marked a message that must stay" : "unmarked a message";
      return `${OPERATION_WORDS[mark.operation]} ${mark.resource}${mark.name ? ` “${mark.name}”` : ""}`;
    case "proposal":
      return mark.event === "proposed"
        ? `proposed a change to ${mark.label}`
        : `${PROPOSAL_WORDS[mark.event]} a change to ${mark.label}`;
    case "erasure":
      return `erased ${/^[aeiou]/u.test(mark.resource) ? "an" : "a"} ${mark.resource}`;
  }
}

const OPERATION_WORDS = { attach: "attached", detach: "detached", delete: "deleted" };
const PROPOSAL_WORDS = {
  accepted: "accepted",
  changed: "accepted in other words",
  refused: "refused",
  expired: "let expire",
};
const PASSAGE_WORDS = { insert: "archived a passage", delete: "deleted a passage", search: "searched the archive" };

export function signed(value: number): string {
  return value > 0 ? `+${value}` : String(value);
}
