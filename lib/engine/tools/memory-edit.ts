import { type Edited, replaceAt } from "../../text/edits";
import type { Block, BlockChanges } from "../memory";
import type { ToolOutcome } from "../tool";
import { ToolFailure } from "./tool-args";

const READ_ONLY_TEXT = "Error This block is read-only and cannot be edited.";
const LINE_NUMBER_PREFIX = /^[ \t]*\d+→[ \t]*/;
const LABEL = /^[a-zA-Z0-9_/-]+$/;
const TAB_WIDTH = 8;

/** The block with this label, of those an agent may change. Throws `ToolFailure` where there is none. */
export function editableBlock(blocks: readonly Block[], label: string): Block {
  const block = blocks.find((candidate) => candidate.label === label);
  if (!block) {
    throw unknownBlock(
      label,
      blocks.map((candidate) => candidate.label),
    );
  }
  return refuseReadOnly(block);
}

export function unknownBlock(label: string, labels: string[]): ToolFailure {
  return new ToolFailure(`Block field ${label} does not exist (available sections = ${labels.join(", ")})`, "KeyError");
}

/** Gives the block back. Throws `ToolFailure` where agents may only read it. */
export function refuseReadOnly(block: Block): Block {
  if (block.readOnly) throw new ToolFailure(READ_ONLY_TEXT);
  return block;
}

/** Gives the label back. Throws `ToolFailure` where a block can't be called so. */
export function newLabel(label: string): string {
  if (!LABEL.test(label)) {
    throw new ToolFailure(
      `Error: '${label}' is not a valid block label. A label consists of letters, digits, '_', '-' and '/'.`,
    );
  }
  return label;
}

/** Throws `ToolFailure` where the text starts with a line number that was copied from the numbered view of a block. */
export function refuseLineNumber(name: string, text: string): void {
  if (!LINE_NUMBER_PREFIX.test(text)) return;
  throw new ToolFailure(
    `${name} contains a line number prefix, which is not allowed. Do not include line numbers when calling memory tools (line numbers are for display purposes only).`,
  );
}

/**
 * The block's value with the one occurrence of `oldString` replaced. Tabs are expanded in all three texts, so the
 * whole value comes back with spaces (Letta V1). An `oldString` with `&lt;` that isn't there as such is also looked for
 * with `<`, since that is how `compileSections` shows structural tags. Throws `ToolFailure` where there is no
 * occurrence, or several.
 */
export function replaceOnce(block: Block, oldString: string, newString: string): Edited {
  const value = expandTabs(block.value);
  let [from, to] = [expandTabs(oldString), expandTabs(newString)];
  if (from.includes("&lt;") && !value.includes(from)) [from, to] = [unescaped(from), unescaped(to)];

  const starts = occurrences(value, from);
  if (starts.length === 0) {
    throw new ToolFailure(
      `No replacement was performed, old_string \`${oldString}\` did not appear verbatim in memory block with label \`${block.label}\`.`,
    );
  }
  if (starts.length > 1) {
    const lines = lineNumbers(value, starts).join(", ");
    throw new ToolFailure(
      `No replacement was performed. Multiple occurrences of old_string \`${oldString}\` in lines [${lines}]. Please ensure it is unique.`,
    );
  }
  const edited = replaceAt(value, [{ at: starts[0]!, removed: from.length, text: to }]);
  return value === block.value ? edited : { value: edited.value };
}

/** The block's value with every occurrence of `oldContent` replaced. Throws `ToolFailure` where there is none. */
export function replaceAll(block: Block, oldContent: string, newContent: string): Edited {
  const found = oldContent === "" ? block.value === "" : block.value.includes(oldContent);
  if (!found) throw new ToolFailure(`Old content '${oldContent}' not found in memory block '${block.label}'`);
  const starts = oldContent === "" ? [0] : occurrences(block.value, oldContent);
  return replaceAt(
    block.value,
    starts.map((at) => ({ at, removed: oldContent.length, text: newContent })),
  );
}

/** The value with `text` as new lines after line `line` (0: at the top, -1: at the end). Throws `ToolFailure`. */
export function insertAfterLine(value: string, text: string, line: number): Edited {
  const lines = value.split("\n");
  if (line < -1 || line > lines.length) {
    throw new ToolFailure(
      `Invalid \`insert_line\` parameter: ${line}. It should be within the range of lines of the memory block: [0, ${lines.length}], or -1 to append to the end of the memory block.`,
    );
  }
  if (value === "") return replaceAt("", [{ at: 0, removed: 0, text }]);
  if (line === -1 || line === lines.length) return appended(value, `\n${text}`);
  const at = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
  return replaceAt(value, [{ at, removed: 0, text: `${text}\n` }]);
}

/** The value with `text` after its end. */
export function appended(value: string, text: string): Edited {
  return replaceAt(value, [{ at: value.length, removed: 0, text }]);
}

/** The outcome of an edit that answers with the block's new value. An edit that changes nothing writes nothing. */
export function valueOutcome(block: Block, edited: Edited, operation: string): ToolOutcome {
  const writes = edited.value === block.value ? [] : [blockUpdate(block, edited, operation)];
  return { status: "success", content: edited.value, writes };
}

export function blockUpdate(block: Block, changes: BlockChanges, operation: string) {
  return { type: "block-update" as const, blockId: block.id, baseVersionId: block.versionId, operation, changes };
}

export function blockDetach(block: Block, operation: string) {
  return { type: "block-detach" as const, blockId: block.id, baseVersionId: block.versionId, operation };
}

/** Python's `str.expandtabs()`. */
export function expandTabs(text: string): string {
  if (!text.includes("\t")) return text;
  let column = 0;
  let expanded = "";
  for (const char of text) {
    const piece = char === "\t" ? " ".repeat(TAB_WIDTH - (column % TAB_WIDTH)) : char;
    column = char === "\n" || char === "\r" ? 0 : column + (char === "\t" ? piece.length : 1);
    expanded += piece;
  }
  return expanded;
}

/** Where `part` starts in `text`, without overlaps. An empty part is found between all characters, as in Python. */
function occurrences(text: string, part: string): number[] {
  const starts: number[] = [];
  const stride = Math.max(part.length, 1);
  let at = text.indexOf(part);
  while (at !== -1) {
    starts.push(at);
    at = at + stride > text.length ? -1 : text.indexOf(part, at + stride);
  }
  return starts;
}

/** The lines, from 1, that these positions (ascending) lie in, each once. */
function lineNumbers(text: string, positions: number[]): number[] {
  const lines = new Set<number>();
  let [line, from] = [1, 0];
  for (const position of positions) {
    line += text.slice(from, position).split("\n").length - 1;
    from = position;
    lines.add(line);
  }
  return [...lines];
}

function unescaped(text: string): string {
  return text.replaceAll("&lt;", "<");
}
