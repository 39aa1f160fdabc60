import { createHash, randomBytes } from "node:crypto";

const BYTES = 32;

/** The token of a link that is good once, and the hash that is kept of it. */
export function newLinkToken(): { token: string; hash: string } {
  const token = randomBytes(BYTES).toString("base64url");
  return { token, hash: hashOfToken(token) };
}

export const hashOfToken = (token: string): string => createHash("sha256").update(token).digest("hex");
