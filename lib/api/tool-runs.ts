import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { agentParams } from "./agents";
import { idSchema, jsonObject, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { shortText } from "./fields";
import { wireMessageSchema } from "./messages";
import { createToolBody, sourceText, toolMetadataSchema } from "./tools";

const status = z.enum(["success", "error"]);
const lines = z.array(z.string()).nullable();

/** The contract's `ToolExecutionResult`. */
export const toolExecutionResultSchema = z
  .object({
    status,
    func_return: z.unknown().describe("What the tool returned, as JSON"),
    agent_state: agentStateSchema.nullable().describe("Deprecated: always null"),
    stdout: lines,
    stderr: lines,
    sandbox_config_fingerprint: z.string().nullable(),
    duration_ms: z.number().describe("Memoir's own: from the call to its return"),
    memory_bytes: z.number().int().nullable().describe("Memoir's own: the most memory that the tool's code held"),
  })
  .openapi("ToolExecutionResult");
export type WireToolExecution = z.output<typeof toolExecutionResultSchema>;

const environment = z.record(z.string(), z.string());

const runSourceBody = createToolBody
  .pick({
    source_code: true,
    json_schema: true,
    args_json_schema: true,
    pip_requirements: true,
    npm_requirements: true,
  })
  .extend({
    args: jsonObject.describe("What the function is called with, by parameter"),
    env_vars: environment.nullish().describe("The environment that it sees"),
    name: z.string().nullish().describe("The function to call; the last one if not given"),
    source_type: z.enum(["python", "typescript"]).nullish().describe("python if not given"),
    agent_id: idSchema("agent")
      .nullish()
      .describe("Memoir's own: the agent whose state, memory and secrets it runs with; what it writes is kept"),
    return_char_limit: createToolBody.shape.return_char_limit.describe("Memoir's own; 50000 if not given"),
    metadata_: toolMetadataSchema.nullish().describe("Memoir's own: time-out, memory and hosts, as of a tool"),
  })
  .openapi("ToolRunFromSource");
export type RunSource = z.output<typeof runSourceBody>;

const generateSchemaBody = z
  .object({
    code: sourceText,
    source_type: z.enum(["python", "typescript"]).nullish().describe("python if not given"),
  })
  .openapi("GenerateToolSchema");

const checkSourceBody = z
  .object({
    code: sourceText,
    source_type: createToolBody.shape.source_type,
    args_json_schema: createToolBody.shape.args_json_schema,
  })
  .openapi("ToolSourceToCheck");
export type CheckSource = z.output<typeof checkSourceBody>;

const sourceCheckSchema = z
  .object({
    schema: jsonObject.nullable().describe("Null where the source has an error"),
    error: z
      .object({ message: z.string(), line: z.number().int().nullable().describe("From 1; null for all of it") })
      .nullable(),
  })
  .openapi("ToolSourceCheck");
export type WireSourceCheck = z.output<typeof sourceCheckSchema>;

/** The contract's message, with what the run itself was. */
const toolTrialSchema = wireMessageSchema
  .extend({
    duration_ms: toolExecutionResultSchema.shape.duration_ms,
    memory_bytes: toolExecutionResultSchema.shape.memory_bytes,
  })
  .openapi("ToolTrial");

const toolParams = z.object({ tool_id: idSchema("tool") });

const toolStatsSchema = z
  .object({
    tool_id: z.string(),
    calls: z.number().int().describe("Calls that have a return"),
    failures: z.number().int().describe("Of these, those that ended with an error or were interrupted"),
    denied: z.number().int().describe("Calls that a person refused"),
    median_ms: z.number().nullable(),
    p95_ms: z.number().nullable(),
    last_used_at: timestamp.nullable(),
    days: z
      .array(z.object({ date: z.string(), calls: z.number().int(), failures: z.number().int() }))
      .describe("Days of the last thirty on which it was called, UTC, oldest first"),
    agents: z.array(z.object({ id: z.string(), name: z.string() })).describe("Where it is attached; the first 100"),
    agent_count: z.number().int(),
  })
  .openapi("ToolStats");
export type WireToolStats = z.output<typeof toolStatsSchema>;

const toolSecretSchema = z
  .object({ key: z.string(), created_at: timestamp, updated_at: timestamp })
  .openapi("ToolSecret");
export type WireToolSecret = z.output<typeof toolSecretSchema>;

const secretKey = shortText.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "must be the name of an environment variable");
const updateSecretsBody = z
  .object({
    secrets: z.record(secretKey, z.string().max(100_000).nullable()).describe("Null takes one away; others stay"),
  })
  .openapi("ToolSecretsUpdate");
export type UpdateToolSecrets = z.output<typeof updateSecretsBody>;

/** Running tools, and what is known of their runs. */
export const TOOL_RUN_ENDPOINTS = [
  endpoint({
    id: "tools.generateSchema",
    method: "post",
    path: "/v1/tools/generate-schema",
    summary: "Derive a tool's JSON schema from its source, without running it",
    own: true,
    body: generateSchemaBody,
    response: jsonObject,
  }),
  endpoint({
    id: "tools.checkSource",
    method: "post",
    path: "/v1/tools/check-source",
    summary: "Say what schema a source means, or what is wrong with it, as an editor asks at every pause",
    own: true,
    body: checkSourceBody,
    response: sourceCheckSchema,
  }),
  endpoint({
    id: "tools.run",
    method: "post",
    path: "/v1/tools/run",
    summary: "Run a tool from its source; answers with a tool_return_message",
    body: runSourceBody,
    response: toolTrialSchema,
  }),
  endpoint({
    id: "agents.tools.run",
    method: "post",
    path: "/v1/agents/{agent_id}/tools/{tool_name}/run",
    summary: "Run a tool of an agent, with its state and secrets; no message is written",
    params: agentParams.extend({ tool_name: z.string().min(1) }),
    body: z.object({ args: jsonObject.default({}) }).openapi("ToolExecuteRequest"),
    bodyOptional: true,
    response: toolExecutionResultSchema,
  }),
  endpoint({
    id: "tools.stats",
    method: "get",
    path: "/v1/tools/{tool_id}/stats",
    summary: "How often a tool was called, how it went, and where it is attached",
    own: true,
    params: toolParams,
    response: toolStatsSchema,
  }),
  endpoint({
    id: "tools.secrets.list",
    method: "get",
    path: "/v1/tools/{tool_id}/secrets",
    summary: "List the keys of a tool's secrets; values are not given out",
    own: true,
    params: toolParams,
    response: z.array(toolSecretSchema),
  }),
  endpoint({
    id: "tools.secrets.update",
    method: "patch",
    path: "/v1/tools/{tool_id}/secrets",
    summary: "Set secrets of a tool, or take them away",
    own: true,
    params: toolParams,
    body: updateSecretsBody,
    response: z.array(toolSecretSchema),
  }),
] as const;
