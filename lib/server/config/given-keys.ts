/** What seals secrets: AES-256. */
export const KEY_BYTES = 32;

/** Keys that the environment gives: the one that seals, and others that are still read. */
export type GivenKeys = { current: Buffer | null; previous: readonly Buffer[] };

export const NO_KEYS: GivenKeys = { current: null, previous: [] };

/** A key as text: 32 bytes in base64 or in hex; null for anything else. */
export function parseKey(text: string): Buffer | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex");
  const key = /^[A-Za-z0-9+/_-]{43}=?$/.test(text) ? Buffer.from(text, "base64") : null;
  return key?.length === KEY_BYTES ? key : null;
}
