import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, queryBoolean, queryList, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { shortText } from "./fields";

export const TOOL_TYPES = [
  "custom",
  "letta_core",
  "letta_memory_core",
  "letta_multi_agent_core",
  "letta_sleeptime_core",
  "letta_voice_sleeptime_core",
  "letta_builtin",
  "letta_files_core",
  "external_langchain",
  "external_composio",
  "external_mcp",
] as const;
export type ToolType = (typeof TOOL_TYPES)[number];

const requirement = z.object({ name: shortText, version: z.string().max(255).nullish() });

export const toolSchema = z
  .object({
    id: z.string(),
    tool_type: z.enum(TOOL_TYPES),
    description: z.string().nullable(),
    source_type: z.string().nullable(),
    name: z.string(),
    tags: z.array(z.string()),
    source_code: z.string().nullable(),
    json_schema: jsonObject.nullable(),
    args_json_schema: jsonObject.nullable(),
    return_char_limit: z.number().int(),
    pip_requirements: z.array(requirement).nullable(),
    npm_requirements: z.array(requirement).nullable(),
    default_requires_approval: z.boolean().nullable(),
    enable_parallel_execution: z.boolean(),
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    metadata_: jsonObject,
    project_id: z.string().nullable(),
  })
  .openapi("Tool");
export type WireTool = z.output<typeof toolSchema>;

/** What an owner keeps with a tool. These keys say how its code runs; others are the owner's own. */
export const toolMetadataSchema = z
  .looseObject({
    timeout_seconds: z.number().min(0.1).max(3600).optional().describe("Wall clock of one call; 180 if not given"),
    memory_mb: z.number().int().min(16).max(4096).optional().describe("256 if not given"),
    allowed_hosts: z
      .array(z.string().regex(/^(\*\.)?[a-zA-Z0-9.-]+$/, "must be a host name, or one after *."))
      .max(100)
      .optional()
      .describe("Hosts that the code may fetch from; none if not given"),
  })
  .openapi("ToolMetadata");

/** A source as it is kept and run: without the mark that some editors put before a file's first character. */
export const sourceText = z.string().overwrite((text) => text.replace(/^\uFEFF/, ""));
const returnCharLimit = z.number().int().min(1).max(1_000_000);
const sourceType = z.enum(["python", "typescript", "json"]);

export const createToolBody = z
  .object({
    source_code: sourceText.describe(
      "Its last function that does not begin with _ is the tool; may be empty for source_type json",
    ),
    source_type: sourceType.default("python"),
    description: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    json_schema: jsonObject.nullish().describe("name, description and parameters; derived from the source if left out"),
    args_json_schema: jsonObject.nullish(),
    return_char_limit: returnCharLimit.nullish().describe("50000 for a new tool"),
    pip_requirements: z.array(requirement).nullish(),
    npm_requirements: z.array(requirement).nullish(),
    default_requires_approval: z.boolean().nullish(),
    enable_parallel_execution: z.boolean().nullish(),
    metadata_: toolMetadataSchema.nullish().describe("Memoir's own at this place; the contract has it in updates"),
  })
  .openapi("ToolCreate");
export type CreateTool = z.output<typeof createToolBody>;

export const updateToolBody = z
  .object({
    source_code: sourceText.nullish(),
    source_type: sourceType.nullish(),
    description: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    json_schema: jsonObject.nullish(),
    args_json_schema: jsonObject.nullish(),
    return_char_limit: returnCharLimit.nullish(),
    pip_requirements: z.array(requirement).nullish(),
    npm_requirements: z.array(requirement).nullish(),
    default_requires_approval: z.boolean().nullish(),
    enable_parallel_execution: z.boolean().nullish(),
    metadata_: toolMetadataSchema.nullish(),
  })
  .openapi("ToolUpdate");
export type UpdateTool = z.output<typeof updateToolBody>;

const toolFilters = {
  name: z.string().nullish(),
  names: queryList(z.string()).describe("Repeated, or separated by commas"),
  tool_ids: queryList(z.string()).describe("Repeated, or separated by commas"),
  search: z.string().nullish().describe("Part of the name, whatever its case"),
  tool_types: queryList(z.string()).describe("Repeated, or separated by commas"),
  exclude_tool_types: queryList(z.string()).describe("Repeated, or separated by commas"),
  return_only_letta_tools: queryBoolean.nullish(),
};

const toolParams = z.object({ tool_id: idSchema("tool") });

const toolSearchBody = z.object({
  query: z.string().max(10_000).nullish(),
  search_mode: z.enum(["vector", "fts", "hybrid"]).default("hybrid").describe("Tools are found by their words alone"),
  tool_types: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
  limit: z.number().int().min(1).max(100).default(50),
});
export type ToolSearch = z.output<typeof toolSearchBody>;

export const toolSearchResultSchema = z
  .object({
    tool: toolSchema,
    embedded_text: z.string().nullable(),
    fts_rank: z.number().int().nullable(),
    vector_rank: z.number().int().nullable(),
    combined_score: z.number(),
  })
  .openapi("ToolSearchResult");

/** Where a tool comes from: the house, a person's own source, an MCP server, or the program that talks to the agent. */
export const TOOL_ORIGINS = ["built-in", "custom", "mcp", "client"] as const;
export type ToolOrigin = (typeof TOOL_ORIGINS)[number];

const catalogueSearch = z
  .string()
  .max(1000)
  .nullish()
  .describe("Words that all have to be in the name, the description or a tag");
const catalogueQuery = z.object({
  search: catalogueSearch,
  origin: z.enum(TOOL_ORIGINS).nullish(),
  after: idSchema("tool").nullish().describe("Id: only what comes after it"),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type CatalogueQuery = z.output<typeof catalogueQuery>;

const catalogueEntrySchema = toolSchema
  .pick({
    id: true,
    name: true,
    description: true,
    tags: true,
    tool_type: true,
    source_type: true,
    default_requires_approval: true,
  })
  .extend({
    calls: z.number().int().describe("Calls of the last thirty days that have a return"),
    failures: z.number().int().describe("Of these, those that ended with an error or were interrupted"),
    last_used_at: timestamp.nullable().describe("In the last thirty days"),
    agent_count: z.number().int().describe("Agents that it is attached to"),
  })
  .openapi("ToolCatalogueEntry");
export type WireCatalogueEntry = z.output<typeof catalogueEntrySchema>;

const originCountsSchema = z
  .object({ "built-in": z.number().int(), custom: z.number().int(), mcp: z.number().int(), client: z.number().int() })
  .openapi("ToolOriginCounts");
export type WireOriginCounts = z.output<typeof originCountsSchema>;

export const TOOL_ENDPOINTS = [
  endpoint({
    id: "tools.create",
    method: "post",
    path: "/v1/tools",
    summary: "Make a tool, or change the one that has its name",
    body: createToolBody,
    response: toolSchema,
  }),
  endpoint({
    id: "tools.upsert",
    method: "put",
    path: "/v1/tools",
    summary: "Make a tool, or change the one that has its name",
    body: createToolBody,
    response: toolSchema,
  }),
  endpoint({
    id: "tools.list",
    method: "get",
    path: "/v1/tools",
    summary: "List tools; the built-in ones are always there",
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...toolFilters }),
    response: z.array(toolSchema),
  }),
  endpoint({
    id: "tools.count",
    method: "get",
    path: "/v1/tools/count",
    summary: "Count tools",
    query: z.object({ ...toolFilters, exclude_letta_tools: queryBoolean.nullish() }),
    response: z.number().int(),
  }),
  endpoint({
    id: "tools.catalogue",
    method: "get",
    path: "/v1/tools/catalogue",
    summary: "List tools by name, without their source, with their use; with a search, those named so come first",
    own: true,
    query: catalogueQuery,
    response: z.array(catalogueEntrySchema),
  }),
  endpoint({
    id: "tools.origins",
    method: "get",
    path: "/v1/tools/origins",
    summary: "Count the tools of each origin",
    own: true,
    query: z.object({ search: catalogueSearch }),
    response: originCountsSchema,
  }),
  endpoint({
    id: "tools.addBase",
    method: "post",
    path: "/v1/tools/add-base-tools",
    summary: "Bring back built-in tools that were deleted",
    response: z.array(toolSchema),
  }),
  endpoint({
    id: "tools.search",
    method: "post",
    path: "/v1/tools/search",
    summary: "Find tools by the words of their name, description and tags",
    body: toolSearchBody,
    response: z.array(toolSearchResultSchema),
  }),
  endpoint({
    id: "tools.retrieve",
    method: "get",
    path: "/v1/tools/{tool_id}",
    summary: "Retrieve a tool",
    params: toolParams,
    response: toolSchema,
  }),
  endpoint({
    id: "tools.update",
    method: "patch",
    path: "/v1/tools/{tool_id}",
    summary: "Change a tool; null is 'not given'",
    params: toolParams,
    body: updateToolBody,
    response: toolSchema,
  }),
  endpoint({
    id: "tools.delete",
    method: "delete",
    path: "/v1/tools/{tool_id}",
    summary: "Delete a tool, and detach it everywhere",
    params: toolParams,
    response: null,
  }),
] as const;
