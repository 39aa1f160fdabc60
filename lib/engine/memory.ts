import type { Edit } from "../text/edits";

/** A memory block as an agent sees it. `versionId` is the head that a write must still find. */
export type Block = {
  id: string;
  versionId: string;
  label: string;
  value: string;
  description: string | null;
  limitChars: number;
  readOnly: boolean;
  /** What becomes of what tools write; absent or null where it is kept at once. */
  writePolicy?: WritePolicy | null;
};

/** What becomes of what tools write to a block. What people and programs write to it themselves is kept at once. */
export type WritePolicy = {
  writes: "at-once" | "review";
  /** Whole lines that no tool may change or remove; one that the block does not have is without effect. */
  lockedLines: string[];
  /** After which a proposal that nobody decided is void; null for never. */
  expiresAfterHours: number | null;
};

/** A change to memory that a tool asks for. The store applies all writes of a call, or none. */
export type MemoryWrite =
  | { type: "block-update"; blockId: string; baseVersionId: string; operation: string; changes: BlockChanges }
  | { type: "block-create"; label: string; description: string; value: string; operation: string }
  | { type: "block-detach"; blockId: string; baseVersionId: string; operation: string }
  /** A write to a block whose policy holds it for review: nothing changes before a person has accepted it. */
  | {
      type: "block-propose";
      blockId: string;
      baseVersionId: string;
      operation: string;
      /** Null proposes that the block leaves the agent's memory. */
      changes: BlockChanges | null;
      expiresAfterHours: number | null;
    }
  /** With an `id` where the tool was told of it before the commit. */
  | { type: "passage-insert"; id?: string; text: string; tags: string[] }
  | { type: "passage-search"; search: PassageSearch }
  | FileWrite;

/**
 * The next version of a file of the agent's workspace, whose bytes are kept already under their hash; null deletes it.
 * `number` is one more than that of the version it was made from: where that is no longer the newest, nothing is kept. Null
 * is "after whatever there is then", for what can't be made again.
 */
export type FileWrite = {
  type: "file-write";
  path: string;
  hash: string | null;
  size: number;
  number: number | null;
  operation: string;
};

/** `edits` say what a new value changed of the one before it, where the tool knows: a rewrite does not. */
export type BlockChanges = { label?: string; value?: string; edits?: Edit[]; description?: string };

/** A search as it was run: kept whole, so that "why was it not found" has an answer. */
export type PassageSearch = {
  query: string;
  mode: "text" | "vector" | "hybrid";
  filters: Record<string, unknown>;
  /** In rank order, with those that were cut. */
  candidates: { passageId: string; rank: number; score: number; returned: boolean }[];
};
