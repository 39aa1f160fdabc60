/** Lines of a file that an agent looks at. */
export type FileWindow = {
  /** Those lines; the end may be missing where it would not be shown anyway. */
  text: string;
  /** From 1; null is from the first, to the last. */
  startLine: number | null;
  endLine: number | null;
  /** Of the whole file. */
  totalLines: number;
};

/** A line must not take the room for saying that there are more. */
const NOTE_CHARS = 120;

/**
 * What an agent sees of a file, at most `limitChars` long: what lines these are, then each with its number. Lines that
 * there is no room for are left out at the end, and that is said.
 */
export function viewOf({ text, startLine, endLine, totalLines }: FileWindow, limitChars: number): string {
  const first = startLine ?? 1;
  const last = Math.min(endLine ?? totalLines, totalLines);
  const head =
    startLine === null && endLine === null
      ? `[Viewing file start (out of ${totalLines} lines)]`
      : `[Viewing lines ${first} to ${last} (out of ${totalLines} lines)]`;
  const shown = [head];
  let used = head.length;
  for (const [index, line] of text.split("\n").entries()) {
    const number = first + index;
    const numbered = `${number}: ${line}`;
    const room = limitChars - used - 1 - (number === last ? 0 : NOTE_CHARS);
    if (numbered.length > room) {
      if (index === 0) shown.push(numbered.slice(0, Math.max(0, room - NOTE_CHARS)).toWellFormed());
      const from = index === 0 ? first : number;
      shown.push(`[Lines ${from} to ${last} don't fit: open the file with an offset to see them]`);
      break;
    }
    shown.push(numbered);
    used += numbered.length + 1;
  }
  return shown.join("\n").slice(0, limitChars).toWellFormed();
}
