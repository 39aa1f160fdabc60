import { invalid } from "./errors";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

export type JsonSize = { values: number; depth: number };

/**
 * Looks at how many values a JSON text has and how deep they lie, which is much less work than making them: by the commas
 * and brackets outside of strings.
 *
 * @throws ApiError `invalid` for more than that.
 */
export function requireFew(text: string, { values: mostValues, depth: mostDepth }: JsonSize): void {
  let values = 1;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      continue;
    }
    if (code === COMMA) values += 1;
    else if (code < 0x5b) continue;
    else if (OPEN.has(code)) {
      values += 1;
      depth += 1;
      if (depth > mostDepth) throw invalid(`Values must not be nested more than ${mostDepth} deep`);
    } else if (CLOSE.has(code)) depth -= 1;
    if (values > mostValues) {
      throw invalid(`It has more than ${mostValues} values. Send what it holds in several requests.`);
    }
  }
}

/** Where the string that begins here ends; the end of the text for one that doesn't. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}
