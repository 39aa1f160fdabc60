import type { AGENT_FOLDER_ENDPOINTS, AGENT_SOURCE_ENDPOINTS } from "@/lib/api/agent-folders";
import type { EMBEDDING_ENDPOINTS } from "@/lib/api/embeddings";
import { STORAGE_UNITS } from "@/lib/api/embeddings";
import type { FOLDER_ENDPOINTS, SOURCE_ENDPOINTS } from "@/lib/api/folders";
import { asSource } from "@/lib/api/twins";
import { getAgentRow } from "../agent-config/agent-row";
import { retrieveAgent } from "../agents/agents";
import { invalid } from "../core/errors";
import { eraseFile, eraseFolder } from "../erasure/acts";
import { attachFolder, deleteFolder, detachFolder } from "../folders/agent-folders";
import { deleteFile, listChunks, listFiles, retrieveFile } from "../folders/files";
import { closeAgentFile, closeAllFiles, listAgentFiles, openAgentFile } from "../folders/files-of-agent";
import {
  countFolders,
  createFolder,
  folderIdByName,
  folderStats,
  listAgentIdsOfFolder,
  listFolders,
  listFoldersOfAgent,
  retrieveFolder,
  updateFolder,
} from "../folders/folders";
import { uploadFile } from "../folders/upload";
import { vectorBytes } from "../search/vector-bytes";
import type { Handlers } from "./bind";

export const FOLDER_HANDLERS: Handlers<typeof FOLDER_ENDPOINTS> = {
  "folders.list": ({ ctx, query }) => listFolders(ctx, query),
  "folders.create": ({ ctx, body }) => createFolder(ctx, body),
  "folders.count": ({ ctx }) => countFolders(ctx),
  "folders.metadata": ({ ctx, query }) => folderStats(ctx, query.include_detailed_per_source_metadata),
  "folders.idByName": ({ ctx, params }) => folderIdByName(ctx, params.folder_name),
  "folders.retrieve": ({ ctx, params }) => retrieveFolder(ctx, params.folder_id),
  "folders.update": ({ ctx, params, body }) => updateFolder(ctx, params.folder_id, body),
  "folders.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseFolder : deleteFolder)(ctx, params.folder_id);
    return null;
  },
  "folders.agents": ({ ctx, params, query }) => listAgentIdsOfFolder(ctx, params.folder_id, query),
  "folders.files.list": ({ ctx, params, query }) => listFiles(ctx, params.folder_id, query),
  "folders.files.retrieve": ({ ctx, params, query }) =>
    retrieveFile(ctx, params.folder_id, params.file_id, query.include_content),
  "folders.passages.list": ({ ctx, params, query }) => listChunks(ctx, params.folder_id, query),
  "folders.files.upload": ({ ctx, params, query, form }) => uploadFile(ctx, params.folder_id, form.file, query),
  "folders.files.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseFile : deleteFile)(ctx, params.folder_id, params.file_id);
    return null;
  },
};

export const AGENT_FOLDER_HANDLERS: Handlers<typeof AGENT_FOLDER_ENDPOINTS> = {
  "agents.folders.list": async ({ ctx, params, query }) => {
    await getAgentRow(ctx, params.agent_id);
    return listFoldersOfAgent(ctx, params.agent_id, query);
  },
  "agents.folders.attach": async ({ ctx, params }) => {
    await attachFolder(ctx, params.agent_id, params.folder_id);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.folders.detach": async ({ ctx, params }) => {
    await detachFolder(ctx, params.agent_id, params.folder_id);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.files.list": ({ ctx, params, query }) => listAgentFiles(ctx, params.agent_id, query),
  "agents.files.closeAll": ({ ctx, params }) => closeAllFiles(ctx, params.agent_id),
  "agents.files.open": ({ ctx, params }) => openAgentFile(ctx, params.agent_id, params.file_id),
  "agents.files.close": async ({ ctx, params }) => {
    await closeAgentFile(ctx, params.agent_id, params.file_id);
    return null;
  },
};

/** What the twins of rows do: the same. */
function twinHandlers(handlers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(handlers).map(([id, handler]) => [asSource(id), handler]));
}

// The keys are made of texts, which types can't follow; a row without its handler fails the first test that calls it.
export const SOURCE_HANDLERS = twinHandlers(FOLDER_HANDLERS) as Handlers<typeof SOURCE_ENDPOINTS>;
export const AGENT_SOURCE_HANDLERS = twinHandlers(AGENT_FOLDER_HANDLERS) as Handlers<typeof AGENT_SOURCE_ENDPOINTS>;

export const EMBEDDING_HANDLERS: Handlers<typeof EMBEDDING_ENDPOINTS> = {
  "embeddings.storage": async ({ ctx, request }) => {
    const unit = (request.headers.get("storage-unit") ?? "GB").toUpperCase();
    const bytes = STORAGE_UNITS[unit];
    if (!bytes) throw invalid(`storage-unit: must be one of ${Object.keys(STORAGE_UNITS).join(", ")}`);
    return (await vectorBytes(ctx)) / bytes;
  },
};
