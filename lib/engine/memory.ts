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
};

/** A change to memory that a tool asks for. The store applies all writes of a call, or none. */
export type MemoryWrite =
  | { type: "block-update"; blockId: string; baseVersionId: string; operation: string; changes: BlockChanges }
  | { type: "block-create"; label: string; description: string; value: string; operation: string }
  | { type: "block-detach"; blockId: string; baseVersionId: string; operation: string }
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
