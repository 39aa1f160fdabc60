import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { agentParams, initialMessageBody } from "./agents";
import { idSchema, jsonObject } from "./common";
import { endpoint } from "./endpoint";
import { shortText } from "./fields";
import { templateSnapshotSchema } from "./template-snapshot";

/** Words that stand in a path after a template's name. */
const RESERVED = new Set(["save", "rollback", "agents"]);

const templateName = shortText
  .regex(/^[a-zA-Z0-9_-]+$/, "a template's name has letters, digits, _ and - only")
  .refine((name) => !RESERVED.has(name), "save, rollback and agents are no names of templates");

export const templateSchema = z
  .object({
    name: z.string(),
    id: z.string(),
    project_id: z.string().describe("default, where there is none"),
    project_slug: z.string(),
    latest_version: z.string(),
    description: z.string().optional(),
    template_deployment_slug: z.string().describe("project/name:version"),
    updated_at: z.string(),
  })
  .openapi("Template");
export type WireTemplate = z.output<typeof templateSchema>;

const successSchema = z.object({ success: z.boolean(), message: z.string().optional() }).openapi("TemplateSuccess");

const createBody = z
  .discriminatedUnion("type", [
    z.object({ type: z.literal("agent"), agent_id: idSchema("agent"), name: templateName.nullish() }),
    z.object({
      type: z.literal("agent_file"),
      agent_file: jsonObject,
      name: templateName.nullish(),
      update_existing_tools: z.boolean().nullish().describe("Custom tools that are there get the file's content"),
    }),
  ])
  .openapi("CreateTemplate");
export type CreateTemplate = z.output<typeof createBody>;

const saveBody = z
  .object({
    preserve_environment_variables_on_migration: z.boolean().nullish(),
    preserve_core_memories_on_migration: z.boolean().nullish(),
    preserve_sources_on_migration: z.boolean().nullish(),
    block_reconciliation_strategy: z.enum(["reconcile-all", "preserve-deleted"]).nullish(),
    migrate_agents: z.boolean().nullish().describe("Moves the agents of all deployments to the new version"),
    message: z.string().max(10_000).nullish(),
  })
  .openapi("SaveTemplate");
export type SaveTemplate = z.output<typeof saveBody>;

const updateBody = z
  .object({
    agent_file_json: jsonObject,
    update_existing_tools: z.boolean().nullish(),
    save_existing_changes: z.boolean().nullish().describe("Saves what is not saved as a version first"),
  })
  .openapi("UpdateTemplate");
export type UpdateTemplate = z.output<typeof updateBody>;

const rollbackBody = z.object({ version: shortText }).openapi("RollbackTemplate");

const label = z
  .string()
  .max(255)
  .regex(/^[a-zA-Z0-9-_ ]*$/, "letters, digits, -, _ and spaces only");
const variables = z.record(shortText, z.string());

const deployBody = z
  .object({
    agent_name: label.nullish(),
    tags: z.array(label).max(1000).nullish(),
    initial_message_sequence: z.array(initialMessageBody).nullish(),
    memory_variables: variables.nullish().describe("Values of {{variables}} in prompts and blocks"),
    tool_variables: variables.nullish().describe("Values of the agents' secrets"),
    identity_ids: z.array(idSchema("identity")).nullish(),
  })
  .openapi("CreateAgentsFromTemplate");
export type DeployTemplate = z.output<typeof deployBody>;

const deployedSchema = z
  .object({ agent_ids: z.array(z.string()), group_id: z.string().nullable(), deployment_id: z.string() })
  .openapi("AgentsFromTemplate");

/** The older client, which knows this path alone, reads the agents themselves. */
const deployedInProjectSchema = deployedSchema
  .extend({ agents: z.array(agentStateSchema) })
  .openapi("AgentsFromTemplateInProject");

const migrateBody = z
  .object({
    version: shortText,
    preserve_tool_variables: z.boolean().nullish(),
    preserve_core_memories: z.boolean().nullish(),
    preserve_sources: z.boolean().nullish(),
    memory_variables: variables.nullish(),
  })
  .openapi("MigrateDeployment");
export type MigrateDeployment = z.output<typeof migrateBody>;

const numberText = z.coerce.number().int().min(0).max(2_147_483_647);
const listQuery = z.object({
  offset: numberText.default(0),
  limit: numberText.min(1).max(1000).default(50),
  name: z.string().nullish().describe("Exactly, or a part of it; see exact"),
  exact: z.string().nullish().describe("true: the name as a whole"),
  search: z.string().nullish().describe("Part of the name, whatever its case"),
  template_id: z.string().nullish(),
  project_id: z.string().nullish(),
  project_slug: z.string().nullish(),
  version: z.string().nullish().describe("Accepted, and ignored: every template is listed once"),
  sort_by: z.enum(["updated_at", "created_at"]).default("updated_at"),
});
export type ListTemplates = z.output<typeof listQuery>;

const versionsSchema = z.object({
  versions: z.array(
    z.object({
      version: z.string(),
      created_at: z.string(),
      message: z.string().optional(),
      is_latest: z.boolean(),
    }),
  ),
  has_next_page: z.boolean(),
  total_count: z.number().int(),
});

const segment = shortText.describe("Of a template's name and version: name:1, name:latest or name:current");
const inProject = { project_id: shortText.describe("A project's id, or default") };
const named = z.object({ template_name: segment });
const versioned = z.object({ template_version: segment });
const namedInProject = z.object({ ...inProject, template_name: segment });
const versionedInProject = z.object({ ...inProject, template_version: segment });

/** Without a project first: there a fixed word stands where with one a template's name does. */
export const TEMPLATE_ENDPOINTS = [
  endpoint({
    id: "templates.list",
    method: "get",
    path: "/v1/templates",
    summary: "List templates",
    query: listQuery,
    response: z.object({ templates: z.array(templateSchema), has_next_page: z.boolean() }),
  }),
  endpoint({
    id: "templates.create",
    method: "post",
    path: "/v1/templates",
    summary: "Make a template of an agent or an agent file",
    body: createBody,
    response: templateSchema,
    status: 201,
  }),
  endpoint({
    id: "templates.agents.create",
    method: "post",
    path: "/v1/templates/{template_version}/agents",
    summary: "Make agents of a template",
    params: versioned,
    body: deployBody,
    bodyOptional: true,
    response: deployedSchema,
    status: 201,
  }),
  endpoint({
    id: "templates.save",
    method: "post",
    path: "/v1/templates/{template_name}/save",
    summary: "Save the working copy as a new version",
    params: named,
    body: saveBody,
    bodyOptional: true,
    response: templateSchema,
  }),
  endpoint({
    id: "templates.rollback",
    method: "post",
    path: "/v1/templates/{template_name}/rollback",
    summary: "Make the working copy what a version is; what was not saved becomes a version first",
    params: named,
    body: rollbackBody,
    response: successSchema,
  }),
  endpoint({
    id: "templates.update",
    method: "patch",
    path: "/v1/templates/{template_name}",
    summary: "Make the working copy what an agent file says",
    params: named,
    body: updateBody,
    response: successSchema,
  }),
  endpoint({
    id: "templates.delete",
    method: "delete",
    path: "/v1/templates/{template_name}",
    summary: "Delete a template with its versions; its agents stay",
    params: named,
    response: z.object({ success: z.boolean() }),
  }),
  endpoint({
    id: "templates.createInProject",
    method: "post",
    path: "/v1/templates/{project_id}",
    summary: "Make a template of an agent or an agent file",
    params: z.object(inProject),
    body: createBody,
    response: templateSchema,
    status: 201,
  }),
  endpoint({
    id: "templates.agents.createInProject",
    method: "post",
    path: "/v1/templates/{project_id}/{template_version}/agents",
    summary: "Make agents of a template",
    params: versionedInProject,
    body: deployBody,
    bodyOptional: true,
    response: deployedInProjectSchema,
    status: 201,
  }),
  endpoint({
    id: "templates.fork",
    method: "post",
    path: "/v1/templates/{project_id}/{template_version}/fork",
    summary: "Make a template of a version of another",
    params: versionedInProject,
    body: z.object({ name: templateName.nullish() }),
    bodyOptional: true,
    response: templateSchema,
  }),
  endpoint({
    id: "templates.rollbackInProject",
    method: "post",
    path: "/v1/templates/{project_id}/{template_name}/rollback",
    summary: "Make the working copy what a version is; what was not saved becomes a version first",
    params: namedInProject,
    body: rollbackBody,
    response: successSchema,
  }),
  endpoint({
    id: "templates.migrateDeployment",
    method: "post",
    path: "/v1/templates/{project_id}/{template_name}/deployments/{deployment_id}/migrate",
    summary: "Move the agents of a deployment to a version",
    params: z.object({ ...inProject, template_name: segment, deployment_id: shortText }),
    body: migrateBody,
    response: successSchema,
  }),
  endpoint({
    id: "templates.saveInProject",
    method: "post",
    path: "/v1/templates/{project_id}/{template_name}",
    summary: "Save the working copy as a new version",
    params: namedInProject,
    body: saveBody,
    bodyOptional: true,
    response: templateSchema,
  }),
  endpoint({
    id: "templates.deleteInProject",
    method: "delete",
    path: "/v1/templates/{project_id}/{template_name}",
    summary: "Delete a template with its versions; its agents stay",
    params: namedInProject,
    response: z.object({ success: z.boolean() }),
  }),
  endpoint({
    id: "templates.versions",
    method: "get",
    path: "/v1/templates/{project_id}/{template_name}/versions",
    summary: "List the versions of a template, newest first",
    params: namedInProject,
    query: listQuery.pick({ offset: true, limit: true }),
    response: versionsSchema,
  }),
  endpoint({
    id: "templates.snapshot",
    method: "get",
    path: "/v1/templates/{project_id}/{template_version}/snapshot",
    summary: "Retrieve what a version is made of",
    params: versionedInProject,
    response: templateSnapshotSchema,
  }),
  endpoint({
    id: "templates.setSnapshot",
    method: "put",
    path: "/v1/templates/{project_id}/{template_version}/snapshot",
    summary: "Make the working copy what a snapshot says",
    params: versionedInProject,
    body: templateSnapshotSchema,
    response: successSchema,
  }),
  endpoint({
    id: "templates.updateInProject",
    method: "put",
    path: "/v1/templates/{project_id}/{template_name}/agent-file",
    summary: "Make the working copy what an agent file says",
    params: namedInProject,
    body: updateBody,
    response: successSchema,
  }),
  endpoint({
    id: "templates.rename",
    method: "patch",
    path: "/v1/templates/{project_id}/{template_name}/name",
    summary: "Rename a template",
    params: namedInProject,
    body: z.object({ new_name: templateName }),
    response: z.object({ success: z.boolean() }),
  }),
  endpoint({
    id: "templates.describe",
    method: "patch",
    path: "/v1/templates/{project_id}/{template_name}/description",
    summary: "Describe a template",
    params: namedInProject,
    body: z.object({ description: z.string().max(10_000).nullish() }),
    response: z.object({ success: z.boolean() }),
  }),
  endpoint({
    id: "templates.migrateLegacy",
    method: "post",
    path: "/v1/legacy-templates/{template_id}/migrates",
    summary: "Move a template of a project to where templates without one are",
    params: z.object({ template_id: idSchema("template") }),
    body: z.object({}),
    bodyOptional: true,
    response: successSchema,
  }),
] as const;

/** What an agent has to do with templates. The last three are of the older client. */
export const AGENT_TEMPLATE_ENDPOINTS = [
  endpoint({
    id: "agents.variables",
    method: "get",
    path: "/v1/agents/{agent_id}/core-memory/variables",
    summary: "Values of the variables of the template that an agent was made of",
    params: agentParams,
    response: z.object({ variables: z.record(z.string(), z.string()) }),
  }),
  endpoint({
    id: "agents.createTemplate",
    method: "post",
    path: "/v1/agents/{agent_id}/template",
    summary: "Make a template of an agent",
    own: true,
    params: agentParams,
    body: z.object({ project_id: shortText.nullish(), project: shortText.nullish() }),
    bodyOptional: true,
    response: z.object({ templateName: z.string(), templateId: z.string() }),
    status: 201,
  }),
  endpoint({
    id: "agents.versionTemplate",
    method: "post",
    path: "/v1/agents/{agent_id}/version-template",
    summary: "Save what an agent is now as a new version of the template that it was made of",
    own: true,
    params: agentParams,
    query: z.object({ returnAgentState: z.string().nullish(), return_agent_state: z.string().nullish() }),
    body: z.object({
      migrate_deployed_agents: z.boolean().nullish(),
      message: z.string().max(10_000).nullish(),
      return_agent_state: z.boolean().nullish(),
    }),
    bodyOptional: true,
    response: z.unknown(),
    status: 201,
  }),
  endpoint({
    id: "agents.migrate",
    method: "post",
    path: "/v1/agents/{agent_id}/migrate",
    summary: "Move an agent to a version of a template",
    own: true,
    params: agentParams,
    body: z.object({
      to_template: shortText.describe("name:version"),
      preserve_core_memories: z.boolean(),
      preserve_tool_variables: z.boolean().nullish(),
      variables: variables.nullish(),
      memory_variables: variables.nullish(),
    }),
    response: z.object({ success: z.literal(true) }),
  }),
] as const;
