import { diffLines, linesOf } from "./line-diff";
import { type Edits, editsOf } from "./merge";

/** What takes back the whole of what `version` changed of `previous`. */
export function undoOf(previous: string, version: string): Edits {
  return editsOf(version, previous);
}

/**
 * What puts one line of `previous`, counted from 1, back into `version`: in the place of the line that it was rewritten as,
 * or where it stood. Null if `version` has that line still.
 */
export function restoreOfLine(previous: string, version: string, line: number): Edits | null {
  let from = 0;
  for (const row of diffLines(previous, version)) {
    if (row.type === "removed" && row.before === line)
      return { base: linesOf(version), edits: [{ from, to: from + (row.pair === null ? 0 : 1), tokens: [row.text] }] };
    if (row.type !== "removed") from++;
  }
  return null;
}
