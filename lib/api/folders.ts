import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, queryBoolean, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { count, eraseQuery, shortText } from "./fields";
import { folderSchema } from "./folder-state";
import { embeddingConfigBody } from "./model-settings";
import { includeEmbeddings, passageSchema } from "./passages";
import { twinsOf } from "./twins";
import { fileName, uploadedFile } from "./upload";

const folderName = shortText.refine((name) => !/\p{Cc}/u.test(name) && name.trim() !== "", "must be one line of text");

const createFolderBody = z
  .object({
    name: folderName,
    description: z.string().nullish(),
    instructions: z.string().nullish().describe("How agents should use the folder"),
    metadata: jsonObject.nullish(),
    embedding: shortText.nullish().describe("Embedding handle; without one, search is by text alone"),
    embedding_chunk_size: count.max(8192).nullish().describe("Tokens of a passage, about"),
    embedding_config: embeddingConfigBody.nullish().describe("Deprecated: use embedding"),
  })
  .openapi("FolderCreateRequest");
export type CreateFolder = z.output<typeof createFolderBody>;

const updateFolderBody = z
  .object({
    name: folderName.nullish(),
    description: z.string().nullish(),
    instructions: z.string().nullish(),
    metadata: jsonObject.nullish(),
    embedding_config: embeddingConfigBody.nullish(),
  })
  .openapi("FolderUpdateRequest");
export type UpdateFolder = z.output<typeof updateFolderBody>;

export const FILE_STATUSES = ["pending", "parsing", "embedding", "completed", "error"] as const;

export const fileSchema = z
  .object({
    source_id: z.string().describe("Its folder"),
    file_name: z
      .string()
      .describe("Its name in the folder; in the answer of an upload as agents see it: <folder>/<name>"),
    original_file_name: z.string().describe("As it was uploaded"),
    file_path: z.string().nullable(),
    file_type: z.string().nullable().describe("Media type"),
    file_size: z.number().int().nullable().describe("Bytes"),
    file_creation_date: z.string().nullable(),
    file_last_modified_date: z.string().nullable(),
    processing_status: z.enum(FILE_STATUSES),
    error_message: z.string().nullable(),
    total_chunks: z.number().int().nullable(),
    chunks_embedded: z.number().int().nullable(),
    content: z.string().nullable().describe("The text, if it was asked for and is read"),
    id: z.string(),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi("FileMetadata");
export type WireFile = z.output<typeof fileSchema>;

const folderStatsSchema = z
  .object({
    source_id: z.string(),
    source_name: z.string(),
    file_count: z.number().int(),
    total_size: z.number().int().describe("Bytes"),
    files: z.array(z.object({ file_id: z.string(), file_name: z.string(), file_size: z.number().int().nullable() })),
  })
  .openapi("SourceStats");

export const foldersStatsSchema = z
  .object({
    total_sources: z.number().int(),
    total_files: z.number().int(),
    total_size: z.number().int().describe("Bytes"),
    sources: z.array(folderStatsSchema).describe("Filled if asked for"),
  })
  .openapi("OrganizationSourcesStats");

const folderParams = z.object({ folder_id: idSchema("source") });
const fileParams = folderParams.extend({ file_id: idSchema("file") });
const includeContent = { include_content: queryBoolean.default(false).describe("With the text of the file") };
const DUPLICATES = ["skip", "error", "suffix", "replace"] as const;

const listed = { method: "get", summary: "List folders", response: z.array(folderSchema) } as const;
const byName = { name: z.string().nullish().describe("Exactly") };

const SHARED_ENDPOINTS = [
  endpoint({
    id: "folders.create",
    method: "post",
    path: "/v1/folders",
    summary: "Create a folder",
    body: createFolderBody,
    response: folderSchema,
  }),
  endpoint({
    id: "folders.count",
    method: "get",
    path: "/v1/folders/count",
    summary: "Count folders",
    response: z.number().int(),
  }),
  endpoint({
    id: "folders.metadata",
    method: "get",
    path: "/v1/folders/metadata",
    summary: "How many folders and files there are, and how large",
    query: z.object({ include_detailed_per_source_metadata: queryBoolean.default(false) }),
    response: foldersStatsSchema,
  }),
  endpoint({
    id: "folders.idByName",
    method: "get",
    path: "/v1/folders/name/{folder_name}",
    summary: "The id of the folder with a name",
    params: z.object({ folder_name: z.string().min(1) }),
    response: z.string(),
  }),
  endpoint({
    id: "folders.retrieve",
    method: "get",
    path: "/v1/folders/{folder_id}",
    summary: "Retrieve a folder",
    params: folderParams,
    response: folderSchema,
  }),
  endpoint({
    id: "folders.update",
    method: "patch",
    path: "/v1/folders/{folder_id}",
    summary: "Change a folder; null is 'not given'",
    params: folderParams,
    body: updateFolderBody,
    response: folderSchema,
  }),
  endpoint({
    id: "folders.delete",
    method: "delete",
    path: "/v1/folders/{folder_id}",
    summary: "Delete a folder with its files; agents no longer have it",
    params: folderParams,
    query: eraseQuery,
    response: null,
  }),
  endpoint({
    id: "folders.agents",
    method: "get",
    path: "/v1/folders/{folder_id}/agents",
    summary: "Ids of the agents that a folder is attached to",
    params: folderParams,
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(z.string()),
  }),
  endpoint({
    id: "folders.files.list",
    method: "get",
    path: "/v1/folders/{folder_id}/files",
    summary: "List the files of a folder",
    params: folderParams,
    query: z.object({
      ...pagingQuery({ limit: 1000, order: "desc" }),
      ...includeContent,
      check_status_updates: queryBoolean.default(true).describe("Deprecated: the status is always the newest"),
    }),
    response: z.array(fileSchema),
  }),
  endpoint({
    id: "folders.files.retrieve",
    method: "get",
    path: "/v1/folders/{folder_id}/files/{file_id}",
    summary: "Retrieve a file of a folder",
    params: fileParams,
    query: z.object(includeContent),
    response: fileSchema,
  }),
  endpoint({
    id: "folders.passages.list",
    method: "get",
    path: "/v1/folders/{folder_id}/passages",
    summary: "List the passages that the files of a folder are searched by",
    params: folderParams,
    query: z.object({ ...pagingQuery({ limit: 100, order: "desc" }), include_embeddings: includeEmbeddings }),
    response: z.array(passageSchema),
  }),
  endpoint({
    id: "folders.files.upload",
    method: "post",
    path: "/v1/folders/{folder_id}/upload",
    summary: "Upload a file, which is read and indexed in the background",
    params: folderParams,
    query: z.object({
      name: fileName.nullish().describe("What to call the file; its own name, if not given"),
      duplicate_handling: z
        .enum(DUPLICATES)
        .default("suffix")
        .describe("If there is a file of that name: keep it, refuse, find another name, or take its place"),
    }),
    form: z.object({ file: uploadedFile }),
    response: fileSchema,
  }),
  endpoint({
    id: "folders.files.delete",
    method: "delete",
    path: "/v1/folders/{folder_id}/{file_id}",
    summary: "Delete a file of a folder",
    params: fileParams,
    query: eraseQuery,
    response: null,
    status: 204,
  }),
] as const;

export const FOLDER_ENDPOINTS = [
  endpoint({
    id: "folders.list",
    path: "/v1/folders",
    query: z.object({ ...pagingQuery({ limit: 50, order: "asc" }), ...byName }),
    ...listed,
  }),
  ...SHARED_ENDPOINTS,
] as const;

const MAX_PAGE = 1000;

export const SOURCE_ENDPOINTS = [
  endpoint({
    id: "sources.list",
    path: "/v1/sources",
    // The contract's old list has no pages: what fits into one is sent.
    query: z.object({ ...pagingQuery({ limit: MAX_PAGE, order: "asc" }), ...byName }),
    deprecated: true,
    ...listed,
  }),
  ...twinsOf(SHARED_ENDPOINTS),
] as const;
