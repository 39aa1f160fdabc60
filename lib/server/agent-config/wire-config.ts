import type { WireToolRule } from "@/lib/api/tool-rules";
import type { ToolRule } from "@/lib/engine/tool-rules";
import type { AgentConfig, CompactionSettings } from "./agent-config";

/** The keys that a rule of each type has on the wire, beside `tool_name`, `type` and `prompt_template`. */
const RULE_DEFAULTS: Record<ToolRule["type"], Record<string, unknown>> = {
  run_first: { args: null },
  exit_loop: {},
  continue_loop: {},
  constrain_child_tools: { children: [], child_arg_nodes: null },
  parent_last_tool: { children: [] },
  conditional: { default_child: null, child_output_mapping: {}, require_output_mapping: false },
  max_count_per_step: { max_count_limit: 1 },
  required_before_exit: {},
  requires_approval: {},
};

export function toWireToolRule(rule: ToolRule): WireToolRule {
  const { tool_name, type, prompt_template = null } = rule;
  return { ...RULE_DEFAULTS[type], ...rule, tool_name, type, prompt_template };
}

/** A configuration as it was recorded, with the contract's names; nothing is derived. */
export function toWireConfig(config: AgentConfig): Record<string, unknown> {
  return {
    agent_type: config.agentType,
    system: config.system,
    model: config.model,
    embedding: config.embedding,
    model_settings: config.modelSettings,
    context_window_limit: config.llm.contextWindow,
    max_tokens: config.llm.maxTokens,
    parallel_tool_calls: config.llm.parallelToolCalls,
    response_format: config.llm.responseFormat,
    enable_reasoner: config.llm.enableReasoner,
    max_reasoning_tokens: config.llm.maxReasoningTokens,
    compaction_settings: toWireRecordedCompaction(config.compaction),
    tool_ids: config.toolIds,
    tool_rules: config.toolRules.map(toWireToolRule),
    block_ids: config.blockIds,
    folder_ids: config.folderIds ?? [],
    timezone: config.timezone,
    message_buffer_autoclear: config.messageBufferAutoclear,
    max_files_open: config.maxFilesOpen,
    per_file_view_window_char_limit: config.perFileViewWindowCharLimit,
    enable_sleeptime: config.enableSleeptime,
  };
}

function toWireRecordedCompaction(settings: CompactionSettings): Record<string, unknown> {
  return {
    model: settings.model,
    model_settings: settings.modelSettings,
    prompt: settings.prompt,
    prompt_acknowledgement: settings.promptAcknowledgement,
    clip_chars: settings.clipChars,
    mode: settings.mode,
    sliding_window_percentage: settings.slidingWindowPercentage,
  };
}
