import type { AgentTypeName } from "@/lib/engine/agent-types";
import type { CompactionSettings } from "@/lib/engine/compaction/settings";
import type { ToolRule } from "@/lib/engine/tool-rules";

export type { CompactionSettings };

/**
 * What an agent is, as one value: each change of it appends an `agent_version` with a cause. Ids of tools and blocks
 * are in their order of attachment; the link tables repeat them for look-ups from the other side.
 */
export type AgentConfig = {
  agentType: AgentTypeName;
  system: string;
  /** Model handle, `provider/model`. */
  model: string;
  /** Embedding handle; null searches text alone. */
  embedding: string | null;
  /** As the client gave them (snake_case keys of the contract, with `provider_type`); null derives the defaults. */
  modelSettings: Record<string, unknown> | null;
  llm: {
    /** In tokens; null is the model's own. */
    contextWindow: number | null;
    maxTokens: number | null;
    parallelToolCalls: boolean | null;
    responseFormat: Record<string, unknown> | null;
    enableReasoner: boolean | null;
    maxReasoningTokens: number | null;
  };
  compaction: CompactionSettings;
  toolIds: string[];
  toolRules: ToolRule[];
  blockIds: string[];
  /** Folders; versions that are older than folders do not say. */
  folderIds?: string[];
  timezone: string;
  messageBufferAutoclear: boolean;
  maxFilesOpen: number | null;
  perFileViewWindowCharLimit: number | null;
  enableSleeptime: boolean | null;
};
