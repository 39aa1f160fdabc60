import { z } from "@hono/zod-openapi";
import { agentParams } from "./agents";
import { idSchema, jsonObject, messageReplySchema, queryBoolean, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { dateTime, eraseQuery, shortText } from "./fields";
import { embeddingConfigSchema } from "./model-settings";

/** Memoir's own: vectors are most of what a list weighs. */
export const includeEmbeddings = queryBoolean
  .default(true)
  .describe("Memoir's own: false leaves out the vectors, which are most of what a list weighs");

export const passageSchema = z
  .object({
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    is_deleted: z.boolean(),
    archive_id: z.string().nullable(),
    source_id: z.string().nullable(),
    file_id: z.string().nullable(),
    file_name: z.string().nullable(),
    metadata: jsonObject,
    tags: z.array(z.string()).nullable(),
    id: z.string(),
    text: z.string(),
    embedding: z.array(z.number()).nullable(),
    embedding_config: embeddingConfigSchema.nullable(),
  })
  .openapi("Passage");
export type WirePassage = z.output<typeof passageSchema>;

const text = z.string().min(1);
const tags = z.array(shortText).max(1000).nullish();

const createPassageBody = z
  .object({ text, tags, metadata: jsonObject.nullish(), created_at: dateTime.nullish() })
  .openapi("PassageCreateRequest");
export type CreatePassage = z.output<typeof createPassageBody>;

const MAX_PAGE = 1000;

const archiveParams = z.object({ archive_id: idSchema("archive") });

export const PASSAGE_ENDPOINTS = [
  endpoint({
    id: "archives.passages.create",
    method: "post",
    path: "/v1/archives/{archive_id}/passages",
    summary: "Add a passage to an archive",
    params: archiveParams,
    body: createPassageBody,
    response: passageSchema,
  }),
  endpoint({
    id: "archives.passages.createMany",
    method: "post",
    path: "/v1/archives/{archive_id}/passages/batch",
    summary: "Add passages to an archive: all of them or none",
    params: archiveParams,
    body: z.object({ passages: z.array(createPassageBody) }),
    response: z.array(passageSchema),
  }),
  endpoint({
    id: "archives.passages.delete",
    method: "delete",
    path: "/v1/archives/{archive_id}/passages/{passage_id}",
    summary: "Delete a passage of an archive",
    params: archiveParams.extend({ passage_id: idSchema("passage") }),
    query: eraseQuery,
    response: null,
    status: 204,
  }),
  endpoint({
    id: "agents.passages.create",
    method: "post",
    path: "/v1/agents/{agent_id}/archival-memory",
    summary: "Add a passage to an agent's archival memory; it is not split",
    params: agentParams,
    body: z.object({ text, tags, created_at: dateTime.nullish() }),
    response: z.array(passageSchema),
  }),
  endpoint({
    id: "agents.passages.list",
    method: "get",
    path: "/v1/agents/{agent_id}/archival-memory",
    summary: "List the passages of an agent's archives",
    params: agentParams,
    query: z.object({
      after: z.string().nullish(),
      before: z.string().nullish(),
      limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(100),
      search: z.string().nullish().describe("Part of the text, whatever its case"),
      ascending: queryBoolean.default(true).describe("Oldest first"),
      include_embeddings: includeEmbeddings,
    }),
    response: z.array(passageSchema),
  }),
  endpoint({
    id: "agents.passages.delete",
    method: "delete",
    path: "/v1/agents/{agent_id}/archival-memory/{passage_id}",
    summary: "Delete a passage of an agent's archives",
    params: agentParams.extend({ passage_id: idSchema("passage") }),
    query: eraseQuery,
    response: messageReplySchema,
  }),
] as const;
