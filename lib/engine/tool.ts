import type { ContentPart } from "@/lib/stream/message";
import type { Block, MemoryWrite } from "./memory";

/** JSON Schema of a tool's arguments: always an object schema. */
export type ToolParameters = {
  type: "object";
  properties: Record<string, unknown>;
  required?: string[];
  [key: string]: unknown;
};

/**
 * What an agent can call. A tool without `run` is answered by the client: the run stops with `requires_approval`
 * and the next request carries the return.
 */
export type Tool = {
  name: string;
  description: string;
  parameters: ToolParameters;
  /** Longest return, in characters, that the model is shown; null for no limit. */
  returnLimitChars: number | null;
  /** May run side by side with other such tools of the same turn. */
  parallel: boolean;
  run?: (args: Record<string, unknown>, call: ToolContext) => Promise<ToolOutcome>;
};

/** What a tool is given besides its arguments. */
export type ToolContext = {
  agentId: string;
  conversationId: string;
  runId: string;
  stepId: string | null;
  toolCallId: string;
  /** The agent's blocks as they stand now, in order. A tool returns writes; it never edits these. */
  blocks: readonly Block[];
  /** What the calls before it, of the same turn, have written: it is kept together with what this one writes. */
  pending: readonly MemoryWrite[];
  /** ISO 8601, UTC. */
  now: string;
  timezone: string;
  signal: AbortSignal;
};

/**
 * What a tool did. `writes` are committed together with the return, under compare-and-set: if another writer came
 * first, the tool is run again on the new blocks, so `run` must be pure where it returns writes without `rebase`.
 */
export type ToolOutcome = {
  status: "success" | "error";
  content: string | ContentPart[];
  /** What was returned, as JSON, where the content is only its text. */
  value?: unknown;
  stdout?: string[];
  stderr?: string[];
  writes?: MemoryWrite[];
  /** What the system prompt shows has changed otherwise: it is compiled again before the next step. */
  recompile?: boolean;
  /** For a tool that must not run twice: what it did, with its writes made to fit blocks that others have changed. */
  rebase?: (blocks: readonly Block[]) => ToolOutcome;
  /** What the tool ran in, and the most memory that its code held, in bytes; only for code of its own. */
  sandbox?: string;
  memoryBytes?: number | null;
};
