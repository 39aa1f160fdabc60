import type { CompactionMode } from "./cut";

/** How an agent's context is made shorter. */
export type CompactionSettings = {
  /** Null summarizes with the agent's own model. */
  model: string | null;
  modelSettings: Record<string, unknown> | null;
  /** Null is the mode's own prompt. */
  prompt: string | null;
  promptAcknowledgement: boolean;
  clipChars: number | null;
  mode: CompactionMode;
  slidingWindowPercentage: number;
};
