import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { eraseQuery, shortText } from "./fields";
import { embeddingConfigBody, embeddingConfigSchema } from "./model-settings";

export const archiveSchema = z
  .object({
    created_by_id: z.string().nullable(),
    last_updated_by_id: z.string().nullable(),
    created_at: timestamp,
    updated_at: timestamp,
    name: z.string(),
    description: z.string().nullable(),
    vector_db_provider: z.literal("native"),
    embedding_config: embeddingConfigSchema.nullable(),
    metadata: jsonObject.nullable(),
    id: z.string(),
  })
  .openapi("Archive");
export type WireArchive = z.output<typeof archiveSchema>;

const createArchiveBody = z
  .object({
    name: shortText,
    description: z.string().nullish(),
    embedding: shortText.nullish().describe("Embedding handle; without one, search is by text alone"),
    embedding_config: embeddingConfigBody.nullish().describe("Deprecated: use embedding"),
  })
  .openapi("ArchiveCreateRequest");
export type CreateArchive = z.output<typeof createArchiveBody>;

const updateArchiveBody = z
  .object({ name: shortText.nullish(), description: z.string().nullish() })
  .openapi("ArchiveUpdateRequest");
export type UpdateArchive = z.output<typeof updateArchiveBody>;

const archiveParams = z.object({ archive_id: idSchema("archive") });

export const ARCHIVE_ENDPOINTS = [
  endpoint({
    id: "archives.create",
    method: "post",
    path: "/v1/archives",
    summary: "Create an archive",
    body: createArchiveBody,
    response: archiveSchema,
  }),
  endpoint({
    id: "archives.list",
    method: "get",
    path: "/v1/archives",
    summary: "List archives",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      agent_id: z.string().nullish().describe("Only those attached to this agent"),
      name: z.string().nullish().describe("Exactly"),
    }),
    response: z.array(archiveSchema),
  }),
  endpoint({
    id: "archives.retrieve",
    method: "get",
    path: "/v1/archives/{archive_id}",
    summary: "Retrieve an archive",
    params: archiveParams,
    response: archiveSchema,
  }),
  endpoint({
    id: "archives.update",
    method: "patch",
    path: "/v1/archives/{archive_id}",
    summary: "Change an archive; null is 'not given'",
    params: archiveParams,
    body: updateArchiveBody,
    response: archiveSchema,
  }),
  endpoint({
    id: "archives.delete",
    method: "delete",
    path: "/v1/archives/{archive_id}",
    summary: "Delete an archive with its passages",
    params: archiveParams,
    query: eraseQuery,
    response: null,
    status: 204,
  }),
] as const;
