import { createHash } from "node:crypto";
import { charCount } from "@/lib/engine/render";
import type { Section } from "@/lib/engine/section";
import { countTokens } from "../models/tokens";

/** A section as it is kept: its text lies in a blob, by hash. */
export type SealedSection = Omit<Section, "text"> & { hash: string; tokens: number; chars: number };

/** Sections ready for the ledger. `listHash` is the blob of the list itself. */
export type Sealed = {
  list: SealedSection[];
  listHash: string;
  blobs: { hash: string; text: string }[];
  tokens: number;
};

function measureText(text: string): Measured {
  return { hash: hashText(text), tokens: countTokens(text), chars: charCount(text) };
}

/** SHA-256, hexadecimal. */
export function hashText(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function sealSections(sections: readonly Section[], measure = measureText): Sealed {
  const blobs: Sealed["blobs"] = [];
  const list = sections.map(({ text, ...section }): SealedSection => {
    const measured = measure(text);
    blobs.push({ hash: measured.hash, text });
    return { ...section, ...measured };
  });
  const text = JSON.stringify(list);
  const listHash = hashText(text);
  blobs.push({ hash: listHash, text });
  return { list, listHash, blobs, tokens: list.reduce((sum, section) => sum + section.tokens, 0) };
}

const SEAL_CACHE_SIZE = 5000;

type Measured = Pick<SealedSection, "hash" | "tokens" | "chars">;

/** Measures each text that most steps have in common once. */
export function createSealCache(): (sections: readonly Section[]) => Sealed {
  const measured = new Map<string, Measured>();
  return (sections) =>
    sealSections(sections, (text) => {
      const known = measured.get(text);
      if (known) return known;
      if (measured.size >= SEAL_CACHE_SIZE) measured.clear();
      const made = measureText(text);
      measured.set(text, made);
      return made;
    });
}

const STORED_CACHE_SIZE = 20_000;

/**
 * Remembers which blobs of which agent are stored, so that a step writes only those that are new. What was stored is asked
 * for again under each compile of the prompt: an erasure, which takes blobs away, makes prompts stale.
 */
export function createBlobMemory() {
  const stored = new Set<string>();
  return {
    missing(agentId: string, compileId: string, blobs: Sealed["blobs"]): Sealed["blobs"] {
      return blobs.filter((blob) => !stored.has(`${agentId}:${compileId}:${blob.hash}`));
    },
    /** To be called after the commit that wrote them. */
    remember(agentId: string, compileId: string, blobs: Sealed["blobs"]): void {
      if (stored.size > STORED_CACHE_SIZE) stored.clear();
      for (const blob of blobs) stored.add(`${agentId}:${compileId}:${blob.hash}`);
    },
  };
}
