import type { Block, BlockChanges, MemoryWrite, WritePolicy } from "./memory";
import type { ToolOutcome } from "./tool";

/** As long as nobody set another. */
export const AT_ONCE: WritePolicy = { writes: "at-once", lockedLines: [], expiresAfterHours: null };

/**
 * An outcome as the policies of the blocks let it be kept: with writes for review as proposals, or as an error where it
 * would change a locked line, and then nothing of it is kept. It says so to the model.
 *
 * Contract: every outcome of a tool passes here before its writes go anywhere, whatever tool it is; a `rebase` of the
 * outcome passes again, under the policies of then.
 */
export function underPolicies(outcome: ToolOutcome, blocks: readonly Block[]): ToolOutcome {
  const { rebase } = outcome;
  const judged = judge(outcome, blocks);
  return rebase ? { ...judged, rebase: (after) => underPolicies(rebase(after), after) } : judged;
}

function judge(outcome: ToolOutcome, blocks: readonly Block[]): ToolOutcome {
  const { writes } = outcome;
  if (outcome.status === "error" || !writes?.length) return outcome;
  const ruled = blocks.filter(({ writePolicy }) => writePolicy);
  const broken = ruled.flatMap((block) => brokenLines(block, writes).map((line) => ({ block, line })));
  if (broken.length > 0) return refused(outcome, broken);
  const held = ruled.filter((block) => block.writePolicy?.writes === "review" && writes.some(isOf(block)));
  // Code that calls tools proposes by them.
  const before = blocks.filter(({ id }) => writes.some((one) => one.type === "block-propose" && one.blockId === id));
  return held.length + before.length === 0 ? outcome : proposed(outcome, writes, held, [...held, ...before]);
}

type BlockWrite = Extract<MemoryWrite, { type: "block-update" | "block-detach" }>;

const isOf =
  (block: Block) =>
  (write: MemoryWrite): write is BlockWrite =>
    (write.type === "block-update" || write.type === "block-detach") && write.blockId === block.id;

/** Locked lines of the block that are fewer after the writes than before. */
function brokenLines(block: Block, writes: readonly MemoryWrite[]): string[] {
  const locked = block.writePolicy?.lockedLines ?? [];
  const own = writes.filter(isOf(block));
  if (locked.length === 0 || own.length === 0) return [];
  const after = own.reduce<string | null>((value, write) => {
    return write.type === "block-detach" ? null : (write.changes.value ?? value);
  }, block.value);
  const [had, has] = [countLines(block.value), countLines(after ?? "")];
  return [...new Set(locked)].filter((line) => (has.get(line) ?? 0) < (had.get(line) ?? 0));
}

function countLines(value: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of value.split("\n")) counts.set(line, (counts.get(line) ?? 0) + 1);
  return counts;
}

const SHOWN_LINE_CHARS = 200;

function refused(outcome: ToolOutcome, broken: readonly { block: Block; line: string }[]): ToolOutcome {
  const shown = broken.map(({ block, line }) => {
    const cut = line.length > SHOWN_LINE_CHARS ? `${line.slice(0, SHOWN_LINE_CHARS)}…` : line;
    return `'${cut}' in memory block '${block.label}'`;
  });
  const { writes: _, value: __, rebase: ___, recompile: ____, ...rest } = outcome;
  return {
    ...rest,
    status: "error",
    content:
      `Error: ${shown.length === 1 ? "this line is" : "these lines are"} locked, and only a person may change or remove ` +
      `${shown.length === 1 ? "it" : "them"}: ${shown.join("; ")}. Nothing was written to memory. Make your change so that ` +
      "locked lines stay exactly as they are, or ask the person to make it.",
  };
}

function proposed(
  outcome: ToolOutcome,
  writes: readonly MemoryWrite[],
  held: readonly Block[],
  waiting: readonly Block[],
): ToolOutcome {
  const kept = writes.filter((write) => !held.some((block) => isOf(block)(write)));
  const proposals = held.map((block) => proposalOf(block, writes.filter(isOf(block))));
  const labels = [...new Set(waiting)].map(({ label }) => `'${label}'`).join(", ");
  const changed = kept.some(({ type }) => type !== "passage-search" && type !== "block-propose");
  const note =
    `Not changed yet: writes to memory block ${labels} wait for a person's review. What you wrote was proposed, and you ` +
    "will be told what became of it. Until then the block says what it said before. Go on with your work, and do not " +
    `write this again.${changed ? " Everything else that this call wrote to memory was kept." : ""}`;
  const { value: _, rebase: __, ...rest } = outcome;
  // What a built-in tool says of a write that was not made would be untrue; code says what else it did.
  if (!outcome.rebase) return { ...rest, content: note, writes: [...kept, ...proposals] };
  const { content } = outcome;
  return {
    ...rest,
    content: typeof content === "string" ? `${content}\n\n${note}` : [...content, { type: "text", text: note }],
    writes: [...kept, ...proposals],
  };
}

/** All that one call wrote of a block is one proposal. */
function proposalOf(block: Block, writes: readonly BlockWrite[]): MemoryWrite {
  const last = writes.at(-1)!;
  const detaches = writes.some(({ type }) => type === "block-detach");
  const updates = writes.flatMap((write) => (write.type === "block-update" ? [write.changes] : []));
  // Places in the value before hold for one edit alone.
  const { edits, ...changes }: BlockChanges = Object.assign({}, ...updates);
  const exact = updates.length === 1 && edits ? { edits } : {};
  return {
    type: "block-propose",
    blockId: block.id,
    baseVersionId: block.versionId,
    operation: last.operation,
    changes: detaches ? null : { ...changes, ...exact },
    expiresAfterHours: block.writePolicy?.expiresAfterHours ?? null,
  };
}
