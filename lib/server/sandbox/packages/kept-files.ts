import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import type { z } from "zod";
import { hashOf } from "./registry";

const SHA256 = /^[0-9a-f]{64}$/;

/**
 * Files that are kept by what is in them: their name is their sha256, which is looked at whenever one is read. Beside
 * them, records of what a request had come to, by a key of the request.
 */
export function createKeptFiles(folder: string) {
  async function write(name: string, bytes: Uint8Array): Promise<void> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const draft = path.join(folder, `${randomUUID()}.draft`);
    try {
      await writeFile(draft, bytes, { mode: 0o600, flag: "wx" });
      await rename(draft, path.join(folder, name));
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  return {
    /** The bytes of that hash; null where they are not kept, or are not what they were. */
    async read(sha256: string): Promise<Buffer | null> {
      if (!SHA256.test(sha256)) return null;
      const file = path.join(folder, sha256);
      const bytes = await readFile(file).catch(() => null);
      if (!bytes) return null;
      if ((await hashOf(bytes, "sha256", "hex")) === sha256) return bytes;
      await rm(file, { force: true });
      return null;
    },
    /** Keeps bytes, and answers their hash. */
    async keep(bytes: Uint8Array): Promise<string> {
      const sha256 = await hashOf(bytes, "sha256", "hex");
      await write(sha256, bytes);
      return sha256;
    },
    /** What was recorded for a key, if it has the shape that it should. */
    async recall<T>(key: string, shape: z.ZodType<T>): Promise<T | null> {
      const text = await readFile(path.join(folder, `${key}.json`), "utf8").catch(() => null);
      if (text === null) return null;
      try {
        return shape.parse(JSON.parse(text));
      } catch {
        return null;
      }
    },
    record: (key: string, value: unknown) => write(`${key}.json`, Buffer.from(JSON.stringify(value))),
  };
}

export type KeptFiles = ReturnType<typeof createKeptFiles>;
