import type { Message } from "@/lib/stream/message";
import type { Block, MemoryWrite } from "../memory";
import type { CompactionRecord, CompiledPrompt, Ports, ReturnsRecord, RunEnd, Store, TurnRecord } from "../ports";
import type { Section } from "../section";

export type MemoryStore = Store & {
  /** All messages, in the order in which they were kept. */
  messages: Message[];
  /** The messages in context. */
  context(): Message[];
  turns: TurnRecord[];
  returns: ReturnsRecord[];
  compactions: CompactionRecord[];
  ends: RunEnd[];
  blocks: Block[];
  compiles: number;
  /** Another writer changes a block, now. */
  writeBlock(label: string, value: string): void;
};

/** A store in memory that keeps what the ledger keeps, and takes writes under compare-and-set as it does. */
export function memoryStore(start: { messages: Message[]; blocks: Block[]; prompt: CompiledPrompt }): MemoryStore {
  let context = [...start.messages];
  let versions = 0;
  const store: MemoryStore = {
    messages: [...start.messages],
    context: () => context,
    turns: [],
    returns: [],
    compactions: [],
    ends: [],
    blocks: start.blocks,
    compiles: 0,
    writeBlock(label, value) {
      store.blocks = store.blocks.map((block) =>
        block.label === label ? { ...block, value, versionId: `other-${++versions}` } : block,
      );
    },
    async saveTurn(record) {
      store.turns.push(record);
      keep(record.messages);
      endWith(record.end);
    },
    async saveReturns(record) {
      const writes = record.returns.flatMap((call) => call.writes);
      if (writes.some(isStale)) return { conflict: true, blocks: store.blocks };
      for (const write of writes) apply(write);
      store.returns.push(record);
      keep(record.messages);
      endWith(record.end);
      return { conflict: false, blocks: store.blocks };
    },
    async saveCompaction(record) {
      store.compactions.push(record);
      store.messages.push(record.summaryMessage);
      const evicted = new Set(record.evicted);
      context = [record.summaryMessage, ...context.filter((message) => !evicted.has(message.id))];
      return compiled();
    },
    async finish(end) {
      endWith(end);
    },
    async compile() {
      return compiled();
    },
  };

  function keep(messages: Message[]): void {
    store.messages.push(...messages);
    context = [...context, ...messages];
  }

  function endWith(end: RunEnd | null): void {
    if (!end) return;
    if (store.ends.length > 0) throw new Error("the run was ended twice");
    store.ends.push(end);
  }

  function compiled(): CompiledPrompt {
    store.compiles++;
    return { compileId: `compile-${store.compiles}`, sections: promptSections(store.blocks) };
  }

  const isStale = (write: MemoryWrite) =>
    (write.type === "block-update" || write.type === "block-detach") &&
    !store.blocks.some((block) => block.id === write.blockId && block.versionId === write.baseVersionId);

  function apply(write: MemoryWrite): void {
    const versionId = `version-${++versions}`;
    if (write.type === "block-update") {
      store.blocks = store.blocks.map((block) =>
        block.id === write.blockId ? { ...block, ...write.changes, versionId } : block,
      );
    }
    if (write.type === "block-detach") store.blocks = store.blocks.filter((block) => block.id !== write.blockId);
    if (write.type === "block-create") {
      const { label, value, description } = write;
      const made = { id: `block-${label}`, versionId, label, value, description, limitChars: 1000, readOnly: false };
      store.blocks = [...store.blocks, made];
    }
  }

  return store;
}

/** A small prompt: instructions and the blocks as they are. */
export function promptSections(blocks: readonly Block[]): Section[] {
  const source = { type: "compile" } as const;
  return [
    { kind: "instructions", label: "instructions", text: "You are Sam.", source },
    ...blocks.map((block): Section => {
      return { kind: "memory-block", label: block.label, text: `<${block.label}>${block.value}`, source };
    }),
  ];
}

/**
 * Ports with a store, a clock that goes on by a second with each look, and ids that count on from the store's messages:
 * two runs of the same give the same ids, and a run that follows another gives others.
 */
export function testPorts(store: MemoryStore): Ports {
  let seconds = 0;
  let ids = 1000 * store.messages.length;
  return {
    store,
    clock: {
      now: () => new Date(Date.UTC(2026, 0, 2, 3, 4, ++seconds)).toISOString(),
      monotonic: () => seconds * 1000,
    },
    newId: (prefix) => {
      const number = (++ids).toString(16).padStart(8, "0");
      return prefix === "call" ? `call_${number}` : `${prefix}-00000000-0000-4000-8000-0000${number}`;
    },
    countTokens: (text) => Math.ceil(text.length / 4),
  };
}
