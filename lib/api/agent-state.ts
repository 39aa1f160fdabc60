import { z } from "@hono/zod-openapi";
import { blockSchema } from "./blocks";
import { jsonObject, timestamp } from "./common";
import { folderSchema } from "./folder-state";
import { groupSchema } from "./group";
import { identitySchema } from "./identity";
import {
  compactionSettingsSchema,
  embeddingConfigSchema,
  llmConfigSchema,
  modelSettingsSchema,
  responseFormatSchema,
} from "./model-settings";
import { toolRuleSchema } from "./tool-rules";
import { toolSchema } from "./tools";

export const agentType = z
  .enum([
    "letta_v1_agent",
    "memgpt_v2_agent",
    "memgpt_agent",
    "react_agent",
    "workflow_agent",
    "split_thread_agent",
    "sleeptime_agent",
    "voice_convo_agent",
    "voice_sleeptime_agent",
  ])
  .openapi("AgentType");

export const STOP_REASONS = [
  "end_turn",
  "error",
  "llm_api_error",
  "invalid_llm_response",
  "invalid_tool_call",
  "max_steps",
  "max_tokens_exceeded",
  "no_tool_call",
  "tool_rule",
  "cancelled",
  "insufficient_credits",
  "requires_approval",
  "context_window_overflow_in_system_prompt",
] as const;

export const memorySchema = z
  .object({
    agent_type: agentType,
    git_enabled: z.boolean(),
    blocks: z.array(blockSchema),
    file_blocks: z.array(jsonObject),
    prompt_template: z.string(),
  })
  .openapi("Memory");
export type WireMemory = z.output<typeof memorySchema>;

export const agentSecretSchema = z
  .object({
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp.nullable(),
    updated_at: timestamp.nullable(),
    id: z.string(),
    key: z.string(),
    value: z.string().describe("In clear, as the contract has it"),
    description: z.string().nullable(),
    value_enc: z.string().nullable(),
    agent_id: z.string(),
    organization_id: z.string(),
  })
  .openapi("AgentEnvironmentVariable");
export type WireSecret = z.output<typeof agentSecretSchema>;

/** An agent as the contract shows it: every key present, every relation filled. */
export const agentStateSchema = z
  .object({
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    id: z.string(),
    name: z.string(),
    tool_rules: z.array(toolRuleSchema),
    message_ids: z.array(z.string()).describe("What is in context, the system message first"),
    system: z.string(),
    agent_type: agentType,
    llm_config: llmConfigSchema,
    embedding_config: embeddingConfigSchema.nullable(),
    model: z.string().describe("Model handle, provider/model"),
    embedding: z.string().nullable(),
    model_settings: modelSettingsSchema.describe("As they are in force"),
    compaction_settings: compactionSettingsSchema,
    response_format: responseFormatSchema.nullable(),
    description: z.string().nullable(),
    metadata: jsonObject.nullable(),
    memory: memorySchema,
    blocks: z.array(blockSchema),
    tools: z.array(toolSchema),
    sources: z.array(folderSchema),
    tags: z.array(z.string()),
    tool_exec_environment_variables: z.array(agentSecretSchema),
    secrets: z.array(agentSecretSchema),
    project_id: z.string().nullable(),
    template_id: z.string().nullable(),
    base_template_id: z.string().nullable(),
    deployment_id: z.string().nullable(),
    entity_id: z.string().nullable(),
    identity_ids: z.array(z.string()),
    identities: z.array(identitySchema),
    pending_approval: jsonObject.nullable().describe("The approval_request_message that waits, if one does"),
    message_buffer_autoclear: z.boolean(),
    enable_sleeptime: z.boolean().nullable(),
    multi_agent_group: groupSchema.nullable().describe("Deprecated: managed_group"),
    managed_group: groupSchema.nullable().describe("The group that the agent manages"),
    last_run_completion: timestamp.nullable(),
    last_run_duration_ms: z.number().int().nullable(),
    last_stop_reason: z.string().nullable(),
    timezone: z.string(),
    max_files_open: z.number().int(),
    per_file_view_window_char_limit: z.number().int(),
    hidden: z.boolean().nullable(),
  })
  .openapi("AgentState");
export type WireAgent = z.output<typeof agentStateSchema>;
