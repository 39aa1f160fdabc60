import { z } from "@hono/zod-openapi";
import {
  blockLabel,
  blockValue,
  idSchema,
  jsonObject,
  pagingQuery,
  queryBoolean,
  queryList,
  timestamp,
} from "./common";
import { endpoint } from "./endpoint";
import { count, eraseQuery, queryCount } from "./fields";

/** A block as the contract shows it: no timestamps, and every key present. */
export const blockSchema = z
  .object({
    value: z.string().describe("The text of the block"),
    limit: z.number().int().describe("Characters; advisory: longer values are kept"),
    project_id: z.string().nullable(),
    template_name: z.string().nullable(),
    is_template: z.boolean(),
    template_id: z.string().nullable(),
    base_template_id: z.string().nullable(),
    deployment_id: z.string().nullable(),
    entity_id: z.string().nullable(),
    preserve_on_migration: z.boolean(),
    label: z.string(),
    read_only: z.boolean().describe("Whether the agent's own tools are kept from changing it"),
    description: z.string().nullable().describe("What the block is for; the agent reads it"),
    metadata: jsonObject.nullable(),
    hidden: z.boolean().nullable(),
    id: z.string(),
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    tags: z.array(z.string()),
    head_version_id: z
      .string()
      .describe("Memoir's own: the version that this is; `base_version_id` of the next change"),
  })
  .openapi("Block");
export type WireBlock = z.output<typeof blockSchema>;

const DEFAULT_LIMIT_CHARS = 100_000;

/** What a block was made from, and what becomes of it when its agents are migrated to another version of that. */
const ofTemplate = {
  template_id: z.string().nullish(),
  base_template_id: z.string().nullish(),
  deployment_id: z.string().nullish(),
  entity_id: z.string().nullish(),
  preserve_on_migration: z.boolean().nullish(),
};

export const createBlockBody = z
  .object({
    label: blockLabel,
    value: blockValue,
    limit: count.default(DEFAULT_LIMIT_CHARS),
    description: z.string().nullish(),
    metadata: jsonObject.nullish(),
    read_only: z.boolean().default(false),
    is_template: z.boolean().default(false),
    template_name: z.string().nullish(),
    tags: z.array(z.string()).nullish(),
    hidden: z.boolean().nullish(),
    project_id: z.string().nullish(),
    ...ofTemplate,
  })
  .openapi("CreateBlock");
export type CreateBlock = z.output<typeof createBlockBody>;

export const updateBlockBody = z
  .object({
    label: blockLabel.nullish(),
    value: blockValue.nullish(),
    limit: count.nullish(),
    description: z.string().nullish(),
    metadata: jsonObject.nullish(),
    read_only: z.boolean().nullish(),
    tags: z.array(z.string()).nullish(),
    hidden: z.boolean().nullish(),
    project_id: z.string().nullish(),
    is_template: z.boolean().nullish(),
    template_name: z.string().nullish(),
    ...ofTemplate,
    base_version_id: z
      .string()
      .nullish()
      .describe("Memoir's own: the version that the change was made on; 409 if the block has moved on since"),
  })
  .openapi("UpdateBlock");
export type UpdateBlock = z.output<typeof updateBlockBody>;

const causeKind = z.enum(["agent", "user", "api", "import", "compaction", "sleep-time", "fork", "revert"]);

export const causeSchema = z
  .object({
    kind: causeKind,
    actor: z.string(),
    name: z.string().optional().describe("What the person, or the program's key, was called then"),
    run: z.string().optional(),
    step: z.string().optional(),
    toolCall: z.string().optional(),
    message: z.string().optional(),
    target: z.string().optional(),
    review: z.string().optional().describe("The proposal by whose acceptance it was kept"),
    was: causeKind.optional().describe("What an imported record was caused by, where it was made"),
  })
  .openapi("Cause");

export const blockVersionSchema = z
  .object({
    id: z.string(),
    seq: z.number().describe("Place in the ledger"),
    block_id: z.string(),
    parent_id: z.string().nullable(),
    number: z.number().int().describe("From 1"),
    label: z.string(),
    value: z.string(),
    description: z.string().nullable(),
    limit: z.number().int(),
    read_only: z.boolean(),
    metadata: jsonObject,
    write_policy: z
      .object({
        writes: z.enum(["at-once", "review"]),
        locked_lines: z.array(z.string()),
        expires_after_hours: z.number().int().nullable(),
      })
      .nullable()
      .describe("What became of what tools wrote to it; null where nobody had set that"),
    operation: z.string().describe("What made it: a tool's name, create, update, revert, undo, restore-line, …"),
    cause: causeSchema,
    agent_id: z.string().nullable(),
    run_id: z.string().nullable(),
    step_id: z.string().nullable(),
    created_at: timestamp,
  })
  .openapi("BlockVersion");
export type WireBlockVersion = z.output<typeof blockVersionSchema>;

const carriedSchema = z.object({ version_id: z.string(), number: z.number().int() }).nullable();

export const blameSchema = z
  .object({
    block_id: z.string(),
    version_id: z.string(),
    segments: z.array(
      z.object({
        text: z.string(),
        version_id: z.string(),
        block_id: z.string().describe("Whose version it is: another than the block's where the block is a copy"),
        number: z.number().int(),
        operation: z.string(),
        cause: causeSchema,
        created_at: timestamp,
        moved_by: carriedSchema.describe("The version that put it here from elsewhere in the text"),
        restored_by: carriedSchema.describe("The revert or undo that brought it back"),
      }),
    ),
  })
  .openapi("Blame");

export const undoBody = z
  .object({
    version_id: z.string().describe("The version whose change is taken back; what came after it stays"),
    line: count.nullish().describe("Only this line, from 1, of the version before it"),
  })
  .openapi("UndoBlock");
export type UndoBlock = z.output<typeof undoBody>;

const blockParams = z.object({ block_id: idSchema("block") });

export const blockFilters = {
  label: z.string().nullish(),
  templates_only: queryBoolean.default(false),
  name: z.string().nullish(),
  project_id: z.string().nullish(),
  identity_id: z.string().nullish(),
  identifier_keys: queryList(z.string()),
  tags: queryList(z.string()),
  match_all_tags: queryBoolean.default(false),
  label_search: z.string().nullish(),
  description_search: z.string().nullish(),
  value_search: z.string().nullish(),
  connected_to_agents_count_gt: queryCount.nullish(),
  connected_to_agents_count_lt: queryCount.nullish(),
  connected_to_agents_count_eq: queryList(queryCount),
  show_hidden_blocks: queryBoolean.default(false),
};
const blockFilterQuery = z.object(blockFilters);
export type BlockFilter = z.output<typeof blockFilterQuery>;

export const BLOCK_ENDPOINTS = [
  endpoint({
    id: "blocks.create",
    method: "post",
    path: "/v1/blocks",
    summary: "Create a block",
    body: createBlockBody,
    response: blockSchema,
  }),
  endpoint({
    id: "blocks.list",
    method: "get",
    path: "/v1/blocks",
    summary: "List blocks",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "asc" }),
      ...blockFilters,
    }),
    response: z.array(blockSchema),
  }),
  endpoint({
    id: "blocks.count",
    method: "get",
    path: "/v1/blocks/count",
    summary: "Count blocks",
    query: blockFilterQuery,
    response: z.number().int(),
  }),
  endpoint({
    id: "blocks.retrieve",
    method: "get",
    path: "/v1/blocks/{block_id}",
    summary: "Retrieve a block",
    params: blockParams,
    response: blockSchema,
  }),
  endpoint({
    id: "blocks.update",
    method: "patch",
    path: "/v1/blocks/{block_id}",
    summary: "Change a block; null is 'not given'",
    params: blockParams,
    body: updateBlockBody,
    response: blockSchema,
  }),
  endpoint({
    id: "blocks.delete",
    method: "delete",
    path: "/v1/blocks/{block_id}",
    summary: "Delete a block, and detach it everywhere",
    params: blockParams,
    query: eraseQuery,
    response: null,
  }),
  endpoint({
    id: "blocks.versions",
    method: "get",
    path: "/v1/blocks/{block_id}/versions",
    summary: "Every version of a block, newest first, each with its cause",
    own: true,
    params: blockParams,
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(blockVersionSchema),
  }),
  endpoint({
    id: "blocks.blame",
    method: "get",
    path: "/v1/blocks/{block_id}/blame",
    summary: "Who wrote each part of a block's value",
    own: true,
    params: blockParams,
    query: z.object({ version_id: z.string().nullish().describe("The head if not given") }),
    response: blameSchema,
  }),
  endpoint({
    id: "blocks.revert",
    method: "post",
    path: "/v1/blocks/{block_id}/revert",
    summary: "Add a version that has all that an earlier one had: text, description, limit, metadata",
    own: true,
    params: blockParams,
    body: z.object({ version_id: z.string() }),
    response: blockSchema,
  }),
  endpoint({
    id: "blocks.undo",
    method: "post",
    path: "/v1/blocks/{block_id}/undo",
    summary:
      "Add a version without what one version changed, or with one line that it lost; 409 if later changes are in the way",
    own: true,
    params: blockParams,
    body: undoBody,
    response: blockSchema,
  }),
] as const;
