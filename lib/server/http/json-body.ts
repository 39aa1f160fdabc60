import { REQUEST_LIMITS } from "@/lib/api/limits";
import { invalid } from "../errors";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = new Set([0x5b, 0x7b]);
const CLOSE = new Set([0x5d, 0x7d]);

/**
 * A JSON text's value. How many values it has and how deep they lie is counted first, which is much less work than making
 * them.
 *
 * @throws ApiError `invalid` for what is no JSON, or more of it than `REQUEST_LIMITS` lets a request hold.
 */
export function parseJsonBody(text: string): unknown {
  requireFew(text);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`Request body is not JSON: ${(error as Error).message.slice(0, 300)}`);
  }
}

/** Commas and brackets outside of strings: a value more each, a level more or less. */
function requireFew(text: string): void {
  const { values: mostValues, depth: mostDepth } = REQUEST_LIMITS;
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
      throw invalid(`Request body has more than ${mostValues} values. Send what it holds in several requests.`);
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

const SUSPICIOUS = /\\u(?:0000|d[89a-f])/i;

/** Whether a JSON text may have in it what `refuseUnstorable` looks for; raw signs of that kind are no UTF-8, or no JSON. */
export const mayBeUnstorable = (text: string) => SUSPICIOUS.test(text);
