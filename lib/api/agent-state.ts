import { z } from "@hono/zod-openapi";
import { AGENT_TYPE_NAMES } from "./agent-type-names";
import { blockSchema } from "./blocks";
import { jsonObject, timestamp } from "./common";
import {
  compactionSettingsSchema,
  embeddingConfigSchema,
  llmConfigSchema,
  modelSettingsSchema,
  responseFormatSchema,
} from "./model-settings";
import { toolRuleSchema } from "./tool-rules";
import { toolSchema } from "./tools";

export const memorySchema = z
  .object({
    agent_type: z.enum(AGENT_TYPE_NAMES),
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
    agent_type: z.enum(AGENT_TYPE_NAMES),
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
    sources: z.array(jsonObject),
    tags: z.array(z.string()),
    tool_exec_environment_variables: z.array(agentSecretSchema),
    secrets: z.array(agentSecretSchema),
    project_id: z.string().nullable(),
    template_id: z.string().nullable(),
    base_template_id: z.string().nullable(),
    deployment_id: z.string().nullable(),
    entity_id: z.string().nullable(),
    identity_ids: z.array(z.string()),
    identities: z.array(jsonObject),
    pending_approval: jsonObject.nullable().describe("The approval_request_message that waits, if one does"),
    message_buffer_autoclear: z.boolean(),
    enable_sleeptime: z.boolean().nullable(),
    multi_agent_group: jsonObject.nullable(),
    managed_group: jsonObject.nullable(),
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
