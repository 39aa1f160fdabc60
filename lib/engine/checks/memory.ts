import type { Finding, MemoryCheck, Observed, ObservedBlock } from "./check";
import { checkText, listOf, quoted } from "./text";

/** What is asked of a block, or of all blocks together, as they are once the conversation is over. */
export function checkMemory(check: MemoryCheck, observed: Observed): Finding[] {
  const { block: label } = check;
  const blocks = label === undefined ? observed.blocks : observed.blocks.filter((block) => block.label === label);
  const wrote = observed.writes.findLast(
    (write) => write.label !== null && (label === undefined || write.label === label),
  );
  const name = label === undefined ? "memory" : `block ${label}`;
  const finding = (expected: string, passed: boolean, found: string, step_id = wrote?.step_id ?? null): Finding => ({
    ...{ kind: "memory", expected: `${name} ${expected}`, passed, found, step_id },
  });
  if (label !== undefined && !blocks.some(({ after }) => after !== null)) {
    const others = observed.blocks.flatMap(({ label, after }) => (after === null ? [] : [label]));
    const gone = blocks.length > 0 ? "it was deleted" : `the agent's blocks are ${others.join(", ") || "none"}`;
    return [finding("is there", false, gone)];
  }
  const text = blocks.flatMap(({ after }) => after ?? []).join("\n");
  return [
    ...checkText({ kind: "memory", name, text, step_id: wrote?.step_id ?? null }, check),
    ...(check.at_most === undefined
      ? []
      : [finding(`has at most ${check.at_most} characters`, text.length <= check.at_most, `it has ${text.length}`)]),
    ...(check.unchanged === undefined ? [] : [isUnchanged(check.unchanged, blocks, finding)]),
    ...(check.written_by === undefined ? [] : authors(check, blocks, finding)),
    ...(check.unwritten_after === undefined
      ? []
      : [unwrittenAfter(listOf(check.unwritten_after), observed, label, finding)]),
  ];
}

type Told = (expected: string, passed: boolean, found: string, step_id?: string | null) => Finding;

function isUnchanged(wanted: boolean, blocks: readonly ObservedBlock[], finding: Told): Finding {
  const changed = blocks.filter(({ before, after }) => before !== after);
  const first = changed[0];
  const found = first
    ? `${first.label}: ${quoted(first.before ?? "")} became ${quoted(first.after ?? "")}`
    : "it is as it was";
  return finding(wanted ? "is unchanged" : "is changed", (changed.length === 0) === wanted, found);
}

/** Who wrote the text that is asked for: whoever has a part of it. */
function authors(check: MemoryCheck, blocks: readonly ObservedBlock[], finding: Told): Finding[] {
  const wanted = listOf(check.written_by);
  return listOf(check.contains).map((text) => {
    const by = blocks.flatMap((block) => authorsOf(block, text));
    const names = [...new Set(by.map((one) => one.by))];
    const other = by.find((one) => !wanted.includes(one.by));
    const found = names.length === 0 ? "it is not there" : `written by ${names.join(", ")}`;
    return finding(
      `has ${quoted(text)} from ${wanted.join(" or ")}`,
      names.length > 0 && !other,
      found,
      (other ?? by[0])?.step_id,
    );
  });
}

function authorsOf({ authors }: ObservedBlock, text: string) {
  const whole = authors
    .map((one) => one.text)
    .join("")
    .toLowerCase();
  const start = whole.indexOf(text.toLowerCase());
  if (start < 0) return [];
  let at = 0;
  return authors.filter(({ text: part }) => {
    const from = at;
    at += part.length;
    return from < start + text.length && at > start;
  });
}

/** Steps stand in the order of their calls: what a later step wrote was written after the tool's return was read. */
function unwrittenAfter(
  tools: readonly string[],
  { turns, writes }: Observed,
  label: string | undefined,
  finding: Told,
): Finding {
  const calls = turns.flatMap((turn) => turn.calls);
  const steps = [...new Set(calls.map((call) => call.step_id))];
  const read = calls.find((call) => tools.includes(call.name));
  const expected = `is not written after ${tools.join(" or ")}`;
  if (!read) return finding(expected, true, "none of them was called");
  const after = new Set(steps.slice(steps.indexOf(read.step_id) + 1));
  const write = writes.find(
    (one) => one.step_id !== null && after.has(one.step_id) && (label === undefined || one.label === label),
  );
  return finding(
    expected,
    !write,
    write ? `${write.label ?? "the archive"} was written` : "nothing was written",
    write?.step_id,
  );
}
