import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Encrypts secrets at rest. The key is a file that is made on the first start and never leaves the machine. */
export type Vault = {
  encrypt(text: string): string;
  decrypt(sealed: string): string;
  /** A secret of 32 bytes, in hex, that follows from the key and the purpose, and tells nothing of the key. */
  derive(purpose: string): string;
};

const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const FORMAT = "v1:";

/** Opens the vault of a data folder. AES-256-GCM; a sealed text is `v1:` and base64 of iv, tag and cipher text. */
export function openVault(dataDir: string): Vault {
  return vaultWithKey(dataDir.startsWith("memory://") ? randomBytes(KEY_BYTES) : readOrMakeKey(dataDir));
}

function readOrMakeKey(dataDir: string): Buffer {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  const file = path.join(dataDir, "secret.key");
  if (!existsSync(file)) {
    writeFileSync(file, randomBytes(KEY_BYTES).toString("base64"), { mode: 0o600, flag: "wx" });
  }
  const key = Buffer.from(readFileSync(file, "utf8"), "base64");
  if (key.length !== KEY_BYTES) throw new Error(`${file} is not a key of ${KEY_BYTES} bytes`);
  return key;
}

export function vaultWithKey(key: Buffer): Vault {
  return {
    derive: (purpose) => Buffer.from(hkdfSync("sha256", key, "", purpose, KEY_BYTES)).toString("hex"),
    encrypt(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const sealed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return FORMAT + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString("base64");
    },
    decrypt(sealed) {
      const bytes = Buffer.from(sealed.slice(FORMAT.length), "base64");
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV_BYTES));
      decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString("utf8");
    },
  };
}
