import { z } from "@hono/zod-openapi";
import { blockLabel, blockValue, jsonObject } from "./common";
import { dateTime } from "./fields";
import { messagePartSchema } from "./message-part";
import { TOOL_TYPES } from "./tools";

/** How much one file may hold: beyond it, it is refused. */
const MAX_ENTITIES = 1000;
const MAX_MESSAGES = 100_000;
const MAX_TEXT = 8_000_000;

const localId = z.string().min(1).max(255).describe("An id that holds within the file, e.g. agent-0");
const text = z.string().max(MAX_TEXT);
/** A list that a file may leave out. */
const listOf = <T extends z.ZodType>(item: T, max = MAX_ENTITIES) =>
  z
    .array(item)
    .max(max)
    .nullish()
    .transform((items) => items ?? []);
const int = z.number().int().min(0).max(2_147_483_647);

const filePart = z.looseObject({ type: z.string() });
export type FilePart = z.output<typeof filePart>;

const fileToolCall = z.looseObject({
  id: z.string().max(1000),
  function: z.looseObject({ name: z.string().max(255), arguments: z.string() }),
});

const fileToolReturn = z.looseObject({
  tool_call_id: z.string().max(1000).nullish(),
  status: z.string(),
  stdout: z.array(z.string()).nullish(),
  stderr: z.array(z.string()).nullish(),
  func_response: z.union([z.string(), z.array(filePart)]).nullish(),
});
export type FileToolReturn = z.output<typeof fileToolReturn>;

const fileApproval = z.looseObject({
  type: z.string().nullish(),
  tool_call_id: z.string().max(1000).nullish(),
  approve: z.boolean().nullish(),
  reason: z.string().nullish(),
  status: z.string().nullish(),
  stdout: z.array(z.string()).nullish(),
  stderr: z.array(z.string()).nullish(),
  func_response: z.union([z.string(), z.array(filePart)]).nullish(),
});
export type FileApproval = z.output<typeof fileApproval>;

export const fileMessageSchema = z
  .looseObject({
    type: z.string().nullish(),
    role: z.string(),
    content: z.union([text, z.array(filePart)]).nullish(),
    name: z.string().nullish(),
    otid: z.string().max(255).nullish(),
    sender_id: z.string().nullish(),
    group_id: z.string().nullish(),
    id: localId.nullish(),
    model: z.string().nullish(),
    agent_id: z.string().nullish(),
    tool_calls: z.array(fileToolCall).nullish(),
    tool_call_id: z.string().max(1000).nullish(),
    tool_returns: z.array(fileToolReturn).nullish(),
    created_at: dateTime.nullish(),
    approve: z.boolean().nullish(),
    approval_request_id: z.string().nullish(),
    denial_reason: z.string().nullish(),
    approvals: z.array(fileApproval).nullish(),
  })
  .openapi("AgentFileMessage");
export type FileMessage = z.output<typeof fileMessageSchema>;

const fileOfAgent = z.looseObject({
  file_id: localId,
  is_open: z.boolean().nullish(),
  last_accessed_at: dateTime.nullish(),
  start_line: int.nullish(),
  end_line: int.nullish(),
});

/** Names with values; values are blank in a file that was exported. */
const secretsOfFile = z.union([
  z.record(z.string().min(1).max(255), z.string()),
  z
    .array(z.looseObject({ key: z.string().min(1).max(255), value: z.string().nullish() }))
    .transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value ?? ""]))),
]);

/** An agent of a file: what a request for a new one says (other keys are read as such), and what it has lived. */
export const fileAgentSchema = z
  .looseObject({
    id: localId,
    name: z.string().nullish(),
    entity_id: localId.nullish(),
    tools: listOf(z.string().max(255)).describe("By name, beside tool_ids"),
    tool_ids: listOf(localId),
    block_ids: listOf(localId),
    source_ids: listOf(localId),
    folder_ids: listOf(localId).describe("Instead of source_ids"),
    group_ids: listOf(localId),
    secrets: secretsOfFile.nullish(),
    tool_exec_environment_variables: secretsOfFile.nullish(),
    memory_variables: z.record(z.string(), z.string()).nullish(),
    in_context_message_ids: z.array(localId).max(MAX_MESSAGES).nullish(),
    messages: listOf(fileMessageSchema, MAX_MESSAGES),
    files_agents: listOf(fileOfAgent, 100_000),
  })
  .openapi("AgentFileAgent");
export type FileAgent = z.output<typeof fileAgentSchema>;

export const fileBlockSchema = z
  .looseObject({
    id: localId,
    label: blockLabel,
    value: blockValue,
    limit: z.number().int().min(1).max(2_147_483_647).nullish(),
    description: z.string().nullish(),
    read_only: z.boolean().nullish(),
    metadata: jsonObject.nullish(),
    hidden: z.boolean().nullish(),
    tags: z.array(z.string()).nullish(),
    is_template: z.boolean().nullish(),
    template_name: z.string().nullish(),
    preserve_on_migration: z.boolean().nullish(),
    entity_id: localId.nullish(),
  })
  .openapi("AgentFileBlock");
export type FileBlock = z.output<typeof fileBlockSchema>;

const requirements = z.array(z.looseObject({ name: z.string(), version: z.string().nullish() })).nullish();

export const fileToolSchema = z
  .looseObject({
    id: localId,
    name: z.string().min(1).max(255),
    tool_type: z
      .enum(TOOL_TYPES)
      .nullish()
      .transform((type) => type ?? "custom"),
    description: z.string().nullish(),
    source_type: z.string().max(255).nullish(),
    source_code: text.nullish(),
    tags: listOf(z.string()),
    json_schema: jsonObject.nullish(),
    args_json_schema: jsonObject.nullish(),
    return_char_limit: z.number().int().min(1).max(1_000_000).nullish(),
    pip_requirements: requirements,
    npm_requirements: requirements,
    default_requires_approval: z.boolean().nullish(),
    enable_parallel_execution: z.boolean().nullish(),
    metadata_: jsonObject.nullish(),
  })
  .openapi("AgentFileTool");
export type FileTool = z.output<typeof fileToolSchema>;

const fileSourceSchema = z.looseObject({
  id: localId,
  name: z.string().min(1).max(255),
  description: z.string().nullish(),
  instructions: z.string().nullish(),
  metadata: jsonObject.nullish(),
  embedding: z.string().nullish(),
  embedding_chunk_size: z.number().int().min(1).max(1_000_000).nullish(),
  embedding_config: z.looseObject({ handle: z.string().nullish() }).nullish(),
});
export type FileSource = z.output<typeof fileSourceSchema>;

const fileFileSchema = z.looseObject({
  id: localId,
  source_id: localId,
  file_name: z.string().nullish(),
  original_file_name: z.string().nullish(),
  file_type: z.string().max(255).nullish(),
  file_size: z.number().min(0).nullish(),
  content: text.nullish(),
});
export type FileFile = z.output<typeof fileFileSchema>;

const managerConfigSchema = z.looseObject({
  manager_type: z.enum(["round_robin", "supervisor", "dynamic", "sleeptime", "voice_sleeptime"]).default("round_robin"),
  manager_agent_id: localId.nullish(),
  max_turns: int.nullish(),
  termination_token: z.string().nullish(),
  sleeptime_agent_frequency: int.nullish(),
  max_message_buffer_length: int.nullish(),
  min_message_buffer_length: int.nullish(),
});

const fileGroupSchema = z.looseObject({
  id: localId,
  agent_ids: listOf(localId),
  description: z.string().nullish(),
  manager_config: managerConfigSchema.nullish().transform((config) => config ?? managerConfigSchema.parse({})),
  shared_block_ids: listOf(localId),
  hidden: z.boolean().nullish(),
});
export type FileGroup = z.output<typeof fileGroupSchema>;

const fileServerSchema = z.looseObject({
  id: localId,
  server_type: z.string(),
  server_name: z.string().min(1).max(255),
  server_url: z.string().nullish(),
  stdio_config: jsonObject.nullish(),
});
export type FileMcpServer = z.output<typeof fileServerSchema>;

export const fileSkillSchema = z.looseObject({
  name: z.string().min(1).max(255),
  files: z.record(z.string(), z.string()).nullish(),
  source_url: z.string().nullish(),
});

const blockHistorySchema = z.object({
  block_id: localId,
  versions: z
    .array(
      z.object({
        label: blockLabel,
        value: blockValue,
        description: z.string().nullable(),
        limit: z.number().int().min(1).max(2_147_483_647),
        read_only: z.boolean(),
        metadata: jsonObject.nullable(),
        operation: z.string().min(1).max(255),
        cause: z.string().max(255).describe("The kind of its cause, where it was made"),
        created_at: dateTime,
      }),
    )
    .max(MAX_MESSAGES)
    .describe("Oldest first; the last is what the block is"),
});

const archiveSchema = z.object({
  id: localId,
  name: z.string().min(1).max(255),
  description: z.string().nullable(),
  metadata: jsonObject.nullable(),
  embedding: z.string().nullable(),
  agents: z.array(z.object({ agent_id: localId, is_owner: z.boolean() })).max(MAX_ENTITIES),
  passages: z
    .array(
      z.object({
        text: z.string().max(100_000),
        tags: z.array(z.string()).max(MAX_ENTITIES),
        metadata: jsonObject.nullable(),
        created_at: dateTime,
      }),
    )
    .max(MAX_MESSAGES),
});

/** What the contract's file has no place for; other servers ignore it. */
const extensionSchema = z.looseObject({
  version: z.literal(1),
  block_versions: listOf(blockHistorySchema),
  archives: listOf(archiveSchema),
  messages: listOf(
    z.object({ id: localId, parts: z.array(messagePartSchema), is_err: z.boolean().nullable() }),
    MAX_MESSAGES,
  ).describe("Of messages that the contract's form can't say in full: what they are"),
  migration: jsonObject.nullish().describe("Of a template's version: what its migrations keep"),
});
export type FileExtension = z.output<typeof extensionSchema>;

/** An agent file, read tolerantly: what it leaves out is empty, what is unknown is kept where it stands. */
export const agentFileSchema = z
  .looseObject({
    agents: z.array(fileAgentSchema).min(1).max(MAX_ENTITIES),
    groups: listOf(fileGroupSchema),
    blocks: listOf(fileBlockSchema),
    files: listOf(fileFileSchema, 100_000),
    sources: listOf(fileSourceSchema),
    tools: listOf(fileToolSchema),
    mcp_servers: listOf(fileServerSchema),
    skills: listOf(fileSkillSchema),
    metadata: jsonObject.nullish(),
    created_at: dateTime.nullish(),
    memoir: extensionSchema.nullish(),
  })
  .openapi("AgentFile");
/** A file as it has been read. */
export type AgentFile = z.output<typeof agentFileSchema>;
/** A file as it is written. */
export type WrittenAgentFile = z.input<typeof agentFileSchema>;
