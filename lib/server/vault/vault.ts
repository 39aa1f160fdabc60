import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { KEY_BYTES } from "../config/given-keys";
import { ApiError } from "../core/errors";

/** Encrypts secrets at rest, with the first of its keys; what any of them has sealed, it opens. */
export type Vault = {
  encrypt(text: string): string;
  /** @throws UnreadableSecretError for what none of the keys has sealed. */
  decrypt(sealed: string): string;
  /** A secret of 32 bytes, in hex, that follows from the first key and the purpose, and tells nothing of the key. */
  derive(purpose: string): string;
  /** What texts begin with that the first key seals. */
  mark(): string;
};

/** A secret was sealed with a key that this server does not have. It says what to do, and of which secret to whom it may. */
export class UnreadableSecretError extends ApiError {
  constructor(what = "A secret") {
    super(
      "conflict",
      `${what} can't be read: it was sealed with another key than this server has. Give the secret again, or have the operator put back the key (secret.key in the data folder, or MEMOIR_SECRET_KEY).`,
    );
  }
}

/** What a provider's key is called in the sentence of its failure. */
export const keyOfProvider = (name: string): string => `The API key of the provider '${name}'`;

const IV_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 4;
const CIPHER = "aes-256-gcm";
const SEALED = /^v2:[0-9a-f]{8}:(.*)$/s;
const SEALED_V1 = /^v1:(.*)$/s;

const derived = (key: Buffer, purpose: string, bytes: number) =>
  Buffer.from(hkdfSync("sha256", key, "", purpose, bytes));

/** Names a key without telling anything of it. */
export const keyId = (key: Buffer): string => derived(key, "key-id", ID_BYTES).toString("hex");

export const markOf = (key: Buffer): string => `v2:${keyId(key)}:`;

/**
 * A vault of keys that may change: the first seals. AES-256-GCM; a sealed text is `v2:`, the key's id, `:` and base64 of
 * iv, tag and cipher text. Texts of the form before, `v1:`, name no key: each key is tried.
 */
export function vaultOf(keys: () => readonly Buffer[]): Vault {
  const first = () => keys()[0]!;
  return {
    mark: () => markOf(first()),
    derive: (purpose) => derived(first(), purpose, KEY_BYTES).toString("hex"),
    encrypt(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, first(), iv);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return markOf(first()) + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
    },
    decrypt(sealed) {
      const named = SEALED.exec(sealed);
      const text = (named ?? SEALED_V1.exec(sealed))?.[1];
      if (text === undefined) throw new UnreadableSecretError();
      for (const key of keys()) {
        const opened = !named || sealed.startsWith(markOf(key)) ? open(key, Buffer.from(text, "base64")) : null;
        if (opened !== null) return opened;
      }
      throw new UnreadableSecretError();
    },
  };
}

export const vaultWithKey = (key: Buffer): Vault => vaultOf(() => [key]);

/** Null where it is not this key's, or was changed. */
function open(key: Buffer, bytes: Buffer): string | null {
  if (bytes.length < IV_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
  } catch {
    return null;
  }
}

/** Opens one of many secrets: null, and not an error, where it can't be read. */
export function readable(vault: Vault, sealed: string): string | null {
  try {
    return vault.decrypt(sealed);
  } catch (error) {
    if (error instanceof UnreadableSecretError) return null;
    throw error;
  }
}

/** Opens a secret that has a name in the sentence of its failure. */
export function openNamed(vault: Vault, sealed: string, what: string): string {
  const text = readable(vault, sealed);
  if (text === null) throw new UnreadableSecretError(what);
  return text;
}

declare module "../core/core" {
  interface Core {
    vault: Vault;
  }
}
