import type { Block, MemoryWrite } from "./memory";

/**
 * Writes that were made on blocks that others have changed meanwhile, made to fit: what was written stands, on top of what
 * the others wrote; of a file, what was written last. Writes to blocks that are gone are dropped. `replaced` are the labels of those that had changed.
 */
export function rebaseWrites(
  writes: readonly MemoryWrite[],
  before: readonly Block[],
  after: readonly Block[],
): { writes: MemoryWrite[]; replaced: string[] } {
  const heads = new Map(after.map((block) => [block.id, block]));
  const versions = new Map(before.map((block) => [block.id, block.versionId]));
  const replaced = new Set<string>();
  const lastOf = new Map(
    writes.flatMap((write) => (write.type === "file-write" ? [[write.path, write] as const] : [])),
  );
  const rebased = writes.flatMap((write): MemoryWrite[] => {
    if (write.type === "file-write") return lastOf.get(write.path) === write ? [{ ...write, number: null }] : [];
    if (write.type !== "block-update" && write.type !== "block-detach") return [write];
    const head = heads.get(write.blockId);
    if (!head) return [];
    if (versions.get(write.blockId) !== head.versionId) replaced.add(head.label);
    return [{ ...write, baseVersionId: head.versionId }];
  });
  return { writes: rebased, replaced: [...replaced] };
}

/** What is said of blocks whose value was replaced though others had changed it. */
export function replacedNotes(labels: readonly string[]): string[] {
  return labels.map((label) => `Block '${label}' was changed by others meanwhile; this call's value replaced theirs.`);
}
