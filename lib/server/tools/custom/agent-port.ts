import type { Block, MemoryWrite } from "@/lib/engine/memory";
import { storable } from "@/lib/engine/tool-args";
import type { Ctx } from "../../core";
import { newId } from "../../ids";
import { archivesOfAgent, searchPassages } from "../../memory/search";
import { listAgentPassages } from "../../passages";
import type { Json, SandboxAgentPort, SandboxBlock } from "../../sandbox/sandbox";

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
const MAX_VALUE_CHARS = 1_000_000;
const MAX_PASSAGE_BYTES = 8192 * 4;
const DEFAULT_RESULTS = 10;
const MAX_RESULTS = 100;
const READ_ONLY = "This block is read-only and cannot be edited.";

/**
 * Opens an agent's memory for one call of a tool. Reads see what the call itself has written; nothing is kept before the
 * call returns, and a call that fails changes nothing.
 */
export function openAgentMemory(ctx: Ctx, options: MemoryOptions): AgentMemory {
  const { agentId, signal, operation } = options;
  const values = new Map<string, string>();
  const passages: (MemoryWrite & { type: "passage-insert"; id: string })[] = [];
  const searches: MemoryWrite[] = [];
  let calls = 0;

  const counted = () => {
    calls++;
    if (calls > MAX_CALLS) throw new Error(`A call may use its agent's memory ${MAX_CALLS} times.`);
  };
  const find = (label: string) => {
    const block = options.blocks.find((candidate) => candidate.label === label);
    if (block) return block;
    const known = options.blocks.map((candidate) => candidate.label).join(", ");
    throw new Error(`Block field ${label} does not exist (available sections = ${known})`);
  };
  const shown = (block: Block) => toSandboxBlock(block, values.get(block.label) ?? block.value);
  const write = (block: Block, value: string) => {
    if (block.readOnly) throw new Error(READ_ONLY);
    if (value.length > MAX_VALUE_CHARS) throw new Error(`A block's value has at most ${MAX_VALUE_CHARS} characters.`);
    values.set(block.label, storable(value));
  };
  const updates = (): MemoryWrite[] =>
    [...values].flatMap(([label, value]) => {
      const { id, versionId, value: before } = find(label);
      if (before === value) return [];
      return [{ type: "block-update", blockId: id, baseVersionId: versionId, operation, changes: { value } }];
    });

  return {
    port: {
      agentId,
      state: options.state,
      async listBlocks() {
        counted();
        return options.blocks.map(shown);
      },
      async readBlock(label) {
        counted();
        return shown(find(label));
      },
      async writeBlock(label, value) {
        counted();
        const block = find(label);
        write(block, value);
        return shown(block);
      },
      async searchArchival(query, { tags, limit }) {
        counted();
        const archiveIds = await archivesOfAgent(ctx, agentId);
        const { search, found } = await searchPassages(ctx, {
          query,
          mode: "hybrid",
          archiveIds,
          tags,
          tagMatchMode: "any",
          limit: atMost(limit, DEFAULT_RESULTS),
          signal,
        });
        searches.push({ type: "passage-search", search });
        const own = passages.filter((passage) => isFound(passage, query, tags)).map(toSandboxPassage);
        const others = found.map(({ id, text, tags, createdAt }) => ({ id, text, tags, created_at: createdAt }));
        return [...own, ...others].slice(0, atMost(limit, DEFAULT_RESULTS));
      },
      async listArchival({ limit, after }) {
        counted();
        const most = atMost(limit, MAX_RESULTS);
        const among = passages.some(({ id }) => id === after);
        const stored = among ? [] : await listAgentPassages(ctx, agentId, { after, limit: most, ascending: true });
        const kept = stored.map(({ id, text, tags, created_at }) => ({ id, text, tags: tags ?? [], created_at }));
        const own = passages.slice(passages.findIndex(({ id }) => id === after) + 1).map(toSandboxPassage);
        return [...kept, ...own].slice(0, most);
      },
      async insertArchival(text, tags) {
        counted();
        if (text.trim() === "") throw new Error("The passage is empty.");
        if (Buffer.byteLength(text) > MAX_PASSAGE_BYTES) throw new Error("The passage is too long: split it.");
        const passage = {
          type: "passage-insert" as const,
          id: newId("passage"),
          text: storable(text),
          tags: [...new Set((tags ?? []).map(storable))],
        };
        passages.push(passage);
        return [toSandboxPassage(passage)];
      },
    },
    keepEdits(edits) {
      return edits.flatMap(({ label, value }) => {
        try {
          write(find(label), value);
          return [];
        } catch (error) {
          return [`agent_state.memory: block '${label}' was not saved: ${(error as Error).message}`];
        }
      });
    },
    writes: () => [...updates(), ...passages, ...searches],
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

type Pending = { id: string; text: string; tags: string[] };

const toSandboxPassage = ({ id, text, tags }: Pending) => ({ id, text, tags, created_at: null });

/** Passages that are not stored yet are found by any word of the query. */
function isFound(passage: Pending, query: string, tags: string[] | null): boolean {
  if (tags?.length && !tags.some((tag) => passage.tags.includes(tag))) return false;
  const words = query.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const text = passage.text.toLowerCase();
  return words.some((word) => text.includes(word));
}

function atMost(limit: number | null, otherwise: number): number {
  return Math.min(Math.max(1, Math.floor(limit ?? otherwise)), MAX_RESULTS);
}
