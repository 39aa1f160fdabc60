import { z } from "@hono/zod-openapi";
import { agentStateSchema, agentType, STOP_REASONS } from "./agent-state";
import { createBlockBody } from "./blocks";
import { idSchema, jsonObject, messageReplySchema, pagingQuery, queryBoolean, queryList } from "./common";
import { endpoint } from "./endpoint";
import { agentName, count, dateTime, eraseQuery, includeQuery, shortText } from "./fields";
import {
  compactionSettingsBody,
  embeddingConfigBody,
  llmConfigBody,
  modelSettingsBody,
  responseFormatSchema,
} from "./model-settings";
import { toolRuleBody } from "./tool-rules";

export const agentParams = z.object({ agent_id: idSchema("agent") });

const tags = z.array(shortText).max(1000);
const secrets = z.record(shortText, z.string()).describe("Given to the agent's tools as environment variables");
const timezone = z.string().max(255).describe("IANA name, e.g. Europe/Berlin");
const MAX_FILES_OPEN = 1000;
const maxFilesOpen = z.number().int().min(1).max(MAX_FILES_OPEN);

const contentPart = z.discriminatedUnion("type", [
  z.object({ type: z.literal("text"), text: z.string(), signature: z.string().nullish() }),
  z.object({
    type: z.literal("image"),
    source: z.discriminatedUnion("type", [
      z.object({
        type: z.literal("base64"),
        media_type: shortText,
        data: z.string(),
        detail: z.string().nullish(),
      }),
      z.object({ type: z.literal("url"), url: z.string() }),
      z.object({ type: z.literal("letta"), file_id: shortText, media_type: z.string().nullish() }),
    ]),
  }),
]);

/** A message that an agent begins with. */
export const initialMessageBody = z
  .object({
    type: z.literal("message").nullish(),
    role: z.enum(["user", "system", "assistant"]),
    content: z.union([z.string(), z.array(contentPart).min(1)]),
    name: shortText.nullish(),
    otid: shortText.nullish(),
    sender_id: shortText.nullish(),
    group_id: shortText.nullish(),
  })
  .openapi("InitialMessage");
export type InitialMessage = z.output<typeof initialMessageBody>;

/** What only Letta's cloud knows, or what has no meaning here. */
const ignored = z.unknown().optional().describe("Accepted, and ignored");

export const createAgentBody = z
  .object({
    name: agentName.nullish(),
    agent_type: agentType.default("letta_v1_agent"),
    system: z.string().nullish().describe("The type's own prompt if left out"),
    description: z.string().nullish(),
    metadata: jsonObject.nullish(),
    tags: tags.nullish(),
    model: shortText.nullish().describe("Model handle, provider/model"),
    llm_config: llmConfigBody.nullish().describe("Deprecated: use model"),
    model_settings: modelSettingsBody.nullish(),
    embedding: shortText.nullish().describe("Embedding handle; without one, search is by text alone"),
    embedding_config: embeddingConfigBody.nullish().describe("Deprecated: use embedding"),
    context_window_limit: count.nullish().describe("Tokens"),
    max_tokens: count.nullish(),
    reasoning: z.boolean().nullish(),
    enable_reasoner: z.boolean().nullish().describe("Deprecated: use reasoning"),
    max_reasoning_tokens: z.number().int().min(0).max(2_147_483_647).nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormatSchema.nullish(),
    compaction_settings: compactionSettingsBody.nullish(),
    memory_blocks: z.array(createBlockBody).nullish().describe("Made for this agent, and deleted with it"),
    block_ids: z.array(idSchema("block")).nullish().describe("Blocks to share"),
    tools: z.array(z.string()).nullish().describe("By name"),
    tool_ids: z.array(idSchema("tool")).nullish(),
    include_base_tools: z.boolean().nullish(),
    include_multi_agent_tools: z.boolean().nullish(),
    include_base_tool_rules: z.boolean().nullish(),
    tool_rules: z.array(toolRuleBody).nullish(),
    initial_message_sequence: z.array(initialMessageBody).nullish(),
    secrets: secrets.nullish(),
    tool_exec_environment_variables: secrets.nullish().describe("Deprecated: use secrets"),
    source_ids: z.array(idSchema("source")).nullish(),
    folder_ids: z.array(idSchema("source")).nullish(),
    identity_ids: z.array(idSchema("identity")).nullish(),
    project_id: shortText.nullish(),
    template_id: shortText.nullish(),
    base_template_id: shortText.nullish(),
    message_buffer_autoclear: z.boolean().nullish(),
    enable_sleeptime: z.boolean().nullish(),
    timezone: timezone.nullish(),
    max_files_open: maxFilesOpen.nullish(),
    per_file_view_window_char_limit: count.nullish(),
    hidden: z.boolean().nullish(),
    from_template: ignored,
    template: ignored,
    project: ignored,
    memory_variables: ignored,
    include_default_source: ignored,
    embedding_chunk_size: ignored,
  })
  .openapi("CreateAgent");
export type CreateAgent = z.output<typeof createAgentBody>;

export const updateAgentBody = z
  .object({
    name: shortText.nullish().describe("As for a new agent, unless it is the name that it has"),
    description: z.string().nullish(),
    metadata: jsonObject.nullish(),
    tags: tags.nullish(),
    system: z.string().nullish(),
    model: shortText.nullish(),
    llm_config: llmConfigBody.nullish(),
    model_settings: modelSettingsBody.nullish(),
    embedding: shortText.nullish(),
    embedding_config: embeddingConfigBody.nullish(),
    context_window_limit: count.nullish(),
    max_tokens: count.nullish().describe("An explicit null goes back to the model's own"),
    reasoning: z.boolean().nullish(),
    parallel_tool_calls: z.boolean().nullish(),
    response_format: responseFormatSchema.nullish(),
    compaction_settings: compactionSettingsBody.nullish(),
    tool_ids: z.array(idSchema("tool")).nullish(),
    block_ids: z.array(idSchema("block")).nullish(),
    tool_rules: z.array(toolRuleBody).nullish(),
    message_ids: z.array(idSchema("message")).nullish().describe("What is to be in context, in order"),
    secrets: secrets.nullish(),
    tool_exec_environment_variables: secrets.nullish(),
    source_ids: z.array(idSchema("source")).nullish(),
    folder_ids: z.array(idSchema("source")).nullish(),
    identity_ids: z.array(idSchema("identity")).nullish(),
    project_id: shortText.nullish(),
    template_id: shortText.nullish(),
    base_template_id: shortText.nullish(),
    message_buffer_autoclear: z.boolean().nullish(),
    enable_sleeptime: z.boolean().nullish(),
    timezone: timezone.nullish(),
    max_files_open: maxFilesOpen.nullish(),
    per_file_view_window_char_limit: count.nullish(),
    last_run_completion: dateTime.nullish(),
    last_run_duration_ms: z.number().int().min(0).max(2_147_483_647).nullish(),
    last_stop_reason: z.enum(STOP_REASONS).nullish(),
    hidden: ignored,
    base_version_id: z
      .string()
      .nullish()
      .describe("Memoir's own: the version that the change was made on; 409 if the agent has moved on since"),
  })
  .openapi("UpdateAgent");
export type UpdateAgent = z.output<typeof updateAgentBody>;

const ORDERS: [string, ...string[]] = ["created_at", "updated_at", "last_run_completion"];

const agentFilters = {
  name: z.string().nullish().describe("Exactly"),
  tags: queryList(z.string()),
  match_all_tags: queryBoolean.default(false),
  query_text: z.string().nullish().describe("Part of the name, whatever its case"),
  project_id: z.string().nullish(),
  template_id: z.string().nullish(),
  base_template_id: z.string().nullish(),
  identity_id: z.string().nullish(),
  identifier_keys: queryList(z.string()),
  last_stop_reason: z.enum(STOP_REASONS).nullish(),
  created_by_id: z.string().nullish(),
  show_hidden_agents: queryBoolean.default(false),
};
export const agentFilterQuery = z.object(agentFilters);
export type AgentFilter = z.output<typeof agentFilterQuery>;

export const AGENT_ENDPOINTS = [
  endpoint({
    id: "agents.create",
    method: "post",
    path: "/v1/agents",
    summary: "Create an agent",
    body: createAgentBody,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.list",
    method: "get",
    path: "/v1/agents",
    summary: "List agents",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc", orderBy: ORDERS }),
      ...agentFilters,
      ...includeQuery,
      ascending: queryBoolean.nullish().describe("Deprecated: use order"),
      sort_by: z.enum(ORDERS).nullish().describe("Deprecated: use order_by"),
    }),
    response: z.array(agentStateSchema),
  }),
  endpoint({
    id: "agents.count",
    method: "get",
    path: "/v1/agents/count",
    summary: "Count agents",
    query: agentFilterQuery,
    response: z.number().int(),
  }),
  endpoint({
    id: "agents.retrieve",
    method: "get",
    path: "/v1/agents/{agent_id}",
    summary: "Retrieve an agent",
    params: agentParams,
    query: z.object(includeQuery),
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.update",
    method: "patch",
    path: "/v1/agents/{agent_id}",
    summary: "Change an agent; null is 'not given', lists replace",
    params: agentParams,
    body: updateAgentBody,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.delete",
    method: "delete",
    path: "/v1/agents/{agent_id}",
    summary: "Delete an agent with all that was recorded of it",
    params: agentParams,
    query: eraseQuery,
    response: messageReplySchema,
  }),
  endpoint({
    id: "blocks.agents",
    method: "get",
    path: "/v1/blocks/{block_id}/agents",
    summary: "List the agents that hold a block",
    params: z.object({ block_id: idSchema("block") }),
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...includeQuery }),
    response: z.array(agentStateSchema),
  }),
  endpoint({
    id: "archives.agents",
    method: "get",
    path: "/v1/archives/{archive_id}/agents",
    summary: "List the agents that an archive is attached to",
    params: z.object({ archive_id: idSchema("archive") }),
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...includeQuery }),
    response: z.array(agentStateSchema),
  }),
] as const;
