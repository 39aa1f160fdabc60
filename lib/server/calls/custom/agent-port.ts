import type { Block, MemoryWrite } from "@/lib/engine/memory";
import { storable, unixLines } from "@/lib/engine/storable";
import type { Ctx } from "../../core/core";
import type { Json, SandboxAgentPort, SandboxBlock } from "../../sandbox/sandbox";
import { openArchive } from "./archive-port";

/** An agent's memory as one call of a tool sees it, and what the call changed. */
export type AgentMemory = {
  port: SandboxAgentPort;
  /** Takes over what the code left in `agent_state`. @returns lines that say what could not be. */
  keepEdits(edits: readonly { label: string; value: string }[]): string[];
  /** What the call wrote, for the commit of its return. */
  writes(): MemoryWrite[];
};

export type MemoryOptions = {
  agentId: string;
  /** `agent_state` of a function that declares it. */
  state: { [key: string]: Json };
  blocks: readonly Block[];
  /** The tool's name: what its versions are made by. */
  operation: string;
  signal: AbortSignal;
};

const MAX_CALLS = 1000;

/**
 * Opens an agent's memory for one call of a tool. Reads see what the call itself has written; nothing is kept before the
 * call returns, and a call that fails changes nothing.
 */
export function openAgentMemory(ctx: Ctx, { agentId, state, blocks, operation, signal }: MemoryOptions): AgentMemory {
  const overlay = openBlocks(blocks);
  const archive = openArchive(ctx, agentId, signal);
  let calls = 0;
  /** A tool that asks without end is told so. */
  const counted = <Args extends unknown[], T>(ask: (...args: Args) => Promise<T> | T) => {
    return async (...args: Args): Promise<T> => {
      calls++;
      if (calls > MAX_CALLS) throw new Error(`A call may use its agent's memory ${MAX_CALLS} times.`);
      return ask(...args);
    };
  };
  return {
    port: {
      agentId,
      state,
      listBlocks: counted(overlay.list),
      readBlock: counted(overlay.read),
      writeBlock: counted((label: string, value: string) => {
        overlay.write(label, value);
        return overlay.read(label);
      }),
      searchArchival: counted(archive.searchArchival),
      listArchival: counted(archive.listArchival),
      insertArchival: counted(archive.insertArchival),
    },
    keepEdits: (edits) =>
      edits.flatMap(({ label, value }) => {
        try {
          overlay.write(label, unixLines(value));
          return [];
        } catch (error) {
          return [`agent_state.memory: block '${label}' was not saved: ${(error as Error).message}`];
        }
      }),
    writes: () => [...overlay.writes(operation), ...archive.writes()],
  };
}

const MAX_VALUE_CHARS = 1_000_000;
const READ_ONLY = "This block is read-only and cannot be edited.";

/** Blocks with values of their own on top, by label. */
function openBlocks(blocks: readonly Block[]) {
  const values = new Map<string, string>();
  const find = (label: string) => {
    const block = blocks.find((candidate) => candidate.label === label);
    if (block) return block;
    const known = blocks.map((candidate) => candidate.label).join(", ");
    throw new Error(`Block field ${label} does not exist (available sections = ${known})`);
  };
  const shown = (block: Block) => toSandboxBlock(block, values.get(block.label) ?? block.value);
  return {
    list: () => blocks.map(shown),
    read: (label: string) => shown(find(label)),
    write(label: string, value: string) {
      if (find(label).readOnly) throw new Error(READ_ONLY);
      if (value.length > MAX_VALUE_CHARS) throw new Error(`A block's value has at most ${MAX_VALUE_CHARS} characters.`);
      values.set(label, storable(value));
    },
    writes: (operation: string): MemoryWrite[] =>
      [...values].flatMap(([label, value]) => {
        const { id, versionId, value: before } = find(label);
        if (before === value) return [];
        return [{ type: "block-update", blockId: id, baseVersionId: versionId, operation, changes: { value } }];
      }),
  };
}

function toSandboxBlock(block: Block, value: string): SandboxBlock {
  return {
    id: block.id,
    label: block.label,
    value,
    description: block.description,
    limit: block.limitChars,
    read_only: block.readOnly,
  };
}
