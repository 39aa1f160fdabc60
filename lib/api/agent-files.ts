import { z } from "@hono/zod-openapi";
import { agentFileSchema, fileSkillSchema } from "./agent-file";
import { agentParams } from "./agents";
import { queryBoolean } from "./common";
import { endpoint } from "./endpoint";
import { agentName, shortText } from "./fields";
import { uploadedFile } from "./upload";

const conversationId = z
  .string()
  .max(255)
  .nullish()
  .describe("Whose messages to export; the agent's default conversation if left out");

const exportBody = z.object({
  skills: z.array(fileSkillSchema).max(1000).default([]),
  conversation_id: conversationId,
  scrub_messages: z.boolean().default(false).describe("Leaves all messages out"),
});

/** A text of a form; an empty one is one that is not given. */
const formText = shortText
  .or(z.literal(""))
  .nullish()
  .transform((text) => text || null);
/** What an agent is to be called; an empty one is one that is not given. */
const formName = agentName
  .or(z.literal(""))
  .nullish()
  .transform((text) => text || null);
const formJson = z.string().nullish().describe("A JSON object of texts");

const importForm = z.object({
  file: uploadedFile,
  override_existing_tools: queryBoolean.default(true).describe("Custom tools that are there get the file's content"),
  strip_messages: queryBoolean.default(false),
  secrets: formJson,
  name: formName.describe("In place of the name of the file's first agent"),
  model: formText.describe("Model handle, in place of the file's"),
  embedding: formText.describe("Embedding handle, in place of the file's"),
  project_id: formText,
  append_copy_suffix: queryBoolean.default(true).describe("Deprecated: puts _copy behind names that are not given"),
  override_name: formName.describe("Deprecated: use name"),
  override_model_handle: formText.describe("Deprecated: use model"),
  override_embedding_handle: formText.describe("Deprecated: use embedding"),
  env_vars_json: formJson.describe("Deprecated: use secrets"),
});
export type ImportForm = z.output<typeof importForm>;

const importedSchema = z
  .object({
    agent_ids: z.array(z.string()),
    notes: z
      .array(
        z.object({
          agent_id: z.string().nullable(),
          kind: z.enum(["model", "embedding", "context_window", "tool", "mcp_server", "folder", "file"]),
          wanted: z.string(),
          used: z.string().nullable().describe("Null where there is nothing in its place"),
        }),
      )
      .describe("Memoir's own: what could not be had as the file wants it, and what was taken instead"),
  })
  .openapi("ImportedAgents");

export const AGENT_FILE_ENDPOINTS = [
  endpoint({
    id: "agents.importFile",
    method: "post",
    path: "/v1/agents/import",
    summary: "Make agents of an agent file (.af)",
    form: importForm,
    response: importedSchema,
  }),
  endpoint({
    id: "agents.exportFile",
    method: "get",
    path: "/v1/agents/{agent_id}/export",
    summary: "Export an agent, with those it works with in groups, as an agent file (.af)",
    params: agentParams,
    query: z.object({
      conversation_id: conversationId,
      scrub_messages: queryBoolean.default(false).describe("Leaves all messages out"),
      use_legacy_format: queryBoolean.default(false).describe("Deprecated: the flat format is read, but not written"),
      max_steps: z.string().nullish().describe("Deprecated, and ignored"),
    }),
    response: agentFileSchema,
  }),
  endpoint({
    id: "agents.exportFileWithSkills",
    method: "post",
    path: "/v1/agents/{agent_id}/export",
    summary: "Export an agent as an agent file (.af) with skills",
    params: agentParams,
    body: exportBody,
    bodyOptional: true,
    response: agentFileSchema,
  }),
] as const;
