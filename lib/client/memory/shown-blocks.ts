import type { Agent, StateAt } from "../api/wire";

/** A block now, or the version of it that was in force at a step. */
export type ShownBlock = {
  id: string;
  label: string;
  value: string;
  limit: number;
  readOnly: boolean;
  /** Null is the head. */
  version: { id: string; number: number } | null;
};

export function blocksNow(agent: Agent): ShownBlock[] {
  return agent.blocks.map(({ id, label, value, limit, read_only: readOnly }) => ({
    id,
    label,
    value,
    limit,
    readOnly,
    version: null,
  }));
}

export function blocksAt(state: StateAt): ShownBlock[] {
  return state.blocks.map(({ id, block_id: blockId, number, label, value, limit, read_only: readOnly }) => ({
    id: blockId,
    label,
    value,
    limit,
    readOnly,
    version: { id, number },
  }));
}
