import type { DiffRow } from "./line-diff";

/** A run of rows: changed ones, those that stand around them, or those far from any change. */
export type DiffRun = { type: "changed" | "around" | "folded"; rows: DiffRow[]; start: number };

const AROUND = 2;
/** Fewer lines than this are not worth a fold. */
const LEAST_FOLDED = 2;

/** Rows as runs, in order: what is further than two lines from any change is folded. */
export function foldRows(rows: readonly DiffRow[]): DiffRun[] {
  const runs: DiffRun[] = [];
  let start = 0;
  while (start < rows.length) {
    const same = rows[start]!.type === "same";
    let end = start + 1;
    while (end < rows.length && (rows[end]!.type === "same") === same) end++;
    if (same) pushSame(runs, rows, start, end);
    else runs.push({ type: "changed", rows: rows.slice(start, end), start });
    start = end;
  }
  return runs;
}

function pushSame(runs: DiffRun[], rows: readonly DiffRow[], start: number, end: number): void {
  const from = start === 0 ? start : start + AROUND;
  const to = end === rows.length ? end : end - AROUND;
  const push = (type: DiffRun["type"], a: number, b: number) => {
    if (b > a) runs.push({ type, rows: rows.slice(a, b), start: a });
  };
  if (to - from < LEAST_FOLDED) {
    push("around", start, end);
  } else {
    push("around", start, from);
    push("folded", from, to);
    push("around", to, end);
  }
}
