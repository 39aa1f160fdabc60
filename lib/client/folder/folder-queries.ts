import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import type { WireAgentFile } from "@/lib/api/agent-folders";
import type { WireFile } from "@/lib/api/folders";
import { api, unwrap } from "../api/api";
import { queryKeys } from "../api/query-keys";
import type { Agent } from "../api/wire";
import { isInProgress } from "./files";

export type { WireAgentFile as AgentFile } from "@/lib/api/agent-folders";
export type { WireFolder as Folder } from "@/lib/api/folder-state";
export type { WireFile as File } from "@/lib/api/folders";

/** As many as one request gives. */
export const FILES_LOADED = 1000;
const FOLDERS_LOADED = 1000;
const PASSAGES_LOADED = 200;
/** Should an event get lost, a page still sees that a file is ready. */
const PROGRESS_MS = 3000;

export function foldersQuery() {
  return queryOptions({
    queryKey: queryKeys.folders(),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/folders", { params: { query: { limit: FOLDERS_LOADED, order: "desc" } }, signal })),
  });
}

export type FolderSize = { files: number; bytes: number };

/** How many files each folder has, and how large they are together, by the folder's id. */
export function folderSizesQuery() {
  return queryOptions({
    queryKey: queryKeys.folderSizes(),
    queryFn: async ({ signal }): Promise<Record<string, FolderSize>> => {
      const query = { include_detailed_per_source_metadata: "true" };
      const { sources } = await unwrap(api.GET("/v1/folders/metadata", { params: { query }, signal }));
      return Object.fromEntries(
        sources.map((one) => [one.source_id, { files: one.file_count, bytes: one.total_size }]),
      );
    },
  });
}

export function folderQuery(folderId: string) {
  return queryOptions({
    queryKey: queryKeys.folder(folderId),
    queryFn: ({ signal }) =>
      unwrap(api.GET("/v1/folders/{folder_id}", { params: { path: { folder_id: folderId } }, signal })),
  });
}

/** The newest files of a folder, without their texts. */
export function folderFilesQuery(folderId: string) {
  return queryOptions({
    queryKey: queryKeys.folderFiles(folderId),
    queryFn: ({ signal }): Promise<WireFile[]> =>
      unwrap(
        api.GET("/v1/folders/{folder_id}/files", {
          params: { path: { folder_id: folderId }, query: { limit: FILES_LOADED } },
          signal,
        }),
      ),
    refetchInterval: (query) => (query.state.data?.some(isInProgress) ? PROGRESS_MS : false),
  });
}

/** A file with its text. */
export function fileTextQuery(folderId: string, fileId: string) {
  return queryOptions({
    queryKey: queryKeys.fileText(fileId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/folders/{folder_id}/files/{file_id}", {
          params: { path: { folder_id: folderId, file_id: fileId }, query: { include_content: "true" } },
          signal,
        }),
      ),
  });
}

/** The passages that the files of a folder are searched by, newest first. */
export function folderPassagesQuery(folderId: string) {
  return queryOptions({
    queryKey: queryKeys.folderPassages(folderId),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/folders/{folder_id}/passages", {
          params: { path: { folder_id: folderId }, query: { limit: PASSAGES_LOADED, include_embeddings: "false" } },
          signal,
        }),
      ),
  });
}

/** The agents that have a folder, as `{ id, name }`. */
export function folderAgentsQuery(folderId: string) {
  return queryOptions({
    queryKey: queryKeys.folderAgents(folderId),
    queryFn: async ({ signal }): Promise<Pick<Agent, "id" | "name">[]> => {
      const ids = await unwrap(
        api.GET("/v1/folders/{folder_id}/agents", {
          params: { path: { folder_id: folderId }, query: { limit: 200 } },
          signal,
        }),
      );
      return Promise.all(
        ids.map((id) =>
          unwrap(
            api.GET("/v1/agents/{agent_id}", { params: { path: { agent_id: id }, query: { include: [] } }, signal }),
          ),
        ),
      );
    },
  });
}

export function embeddingModelsQuery() {
  return queryOptions({
    queryKey: queryKeys.embeddingModels(),
    queryFn: ({ signal }) => unwrap(api.GET("/v1/models/embedding", { signal })),
    staleTime: 60_000,
  });
}

/** The folders of an agent, and the files that it has by them. */
export function agentFilesQuery(agentId: string) {
  const params = { path: { agent_id: agentId }, query: { limit: FILES_LOADED } };
  return queryOptions({
    queryKey: queryKeys.agentFiles(agentId),
    queryFn: async ({ signal }) => {
      const [folders, page] = await Promise.all([
        unwrap(api.GET("/v1/agents/{agent_id}/folders", { params, signal })),
        unwrap(api.GET("/v1/agents/{agent_id}/files", { params, signal })),
      ]);
      const files: WireAgentFile[] = page.files;
      return { folders, files, hasMore: page.has_more };
    },
    placeholderData: keepPreviousData,
  });
}
