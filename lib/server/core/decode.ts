import { isUtf8 } from "node:buffer";
import chardet from "chardet";

/** As much as the encoding of a text is guessed by. */
const SAMPLE_BYTES = 64 * 1024;
/** No text has these; bytes of anything else nearly always do. */
const NOT_TEXT = /[\0-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f\ufffd]/;
/** The share of characters whose other byte is zero in UTF-16 of a language that is written in Latin letters. */
const ZERO_SHARE = 0.4;
/** Fewer bytes tell nothing. */
const LEAST_WIDE_BYTES = 8;

/**
 * The encoding of a text, as `TextDecoder` names it: what its beginning says, UTF-8 where it is that, what it is said to
 * be in, UTF-16 that does not say so, or the older encoding (windows-1252, GBK, Shift_JIS and their like) that it looks
 * like most. Null for what is not text. Reads no more than a sample, but for UTF-8.
 */
export function encodingOf(bytes: Uint8Array, said: string | null = null): string | null {
  const marked = markedEncoding(bytes);
  const sample = bytes.subarray(0, SAMPLE_BYTES);
  if (marked) return reads(sample, marked) ? marked : null;
  if (isUtf8(bytes) && !bytes.includes(0)) return "utf-8";
  const guesses = bytes.includes(0) ? [wide(sample)] : [said, ...chardet.analyse(sample).map(({ name }) => name)];
  return guesses.find((one): one is string => one !== null && reads(sample, one)) ?? null;
}

/** Text, whose encoding need not be said, with its lines ended one way; null for what is not text. */
export function decodeBytes(bytes: Uint8Array, said: string | null = null): string | null {
  const encoding = encodingOf(bytes, said);
  if (encoding === null) return null;
  // Beyond the sample a byte may be wrong: one letter less is better than no text.
  const text = new TextDecoder(encoding).decode(bytes);
  return text.includes("\0") ? null : text.replaceAll(/\r\n?/g, "\n");
}

function markedEncoding(bytes: Uint8Array): string | null {
  const [a, b, c] = bytes;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  return a === 0xef && b === 0xbb && c === 0xbf ? "utf-8" : null;
}

/** Whether a sample, whose last character may be cut, is text in an encoding. */
function reads(sample: Uint8Array, encoding: string): boolean {
  try {
    const decoder = new TextDecoder(encoding, { fatal: true });
    const isWhole = sample.length < SAMPLE_BYTES;
    return !NOT_TEXT.test(decoder.decode(sample, { stream: !isWhole }));
  } catch {
    return false;
  }
}

/** UTF-16 without a mark, told by where its zeros are. */
function wide(sample: Uint8Array): string | null {
  const zeros = [0, 0];
  for (const [at, byte] of sample.entries()) if (byte === 0) zeros[at % 2]! += 1;
  const enough = (sample.length / 2) * ZERO_SHARE;
  if (sample.length < LEAST_WIDE_BYTES) return null;
  const [even = 0, odd = 0] = zeros;
  if (odd > enough && even === 0) return "utf-16le";
  return even > enough && odd === 0 ? "utf-16be" : null;
}
