import type { WireFolder } from "@/lib/api/folder-state";
import type { WireFile } from "@/lib/api/folders";
import type { WirePassage } from "@/lib/api/passages";
import type { ModelIndex } from "../agent-config/model-choice";
import { deriveEmbeddingConfig } from "../agent-config/model-settings";
import type { FileChunkModel, FileModel, FolderModel } from "../db/generated/models";

export function toWireFolder(row: FolderModel, models: ModelIndex): WireFolder {
  return {
    name: row.name,
    description: row.description,
    instructions: row.instructions,
    metadata: row.metadata as WireFolder["metadata"],
    id: row.id,
    embedding_config: embeddingOf(row, models),
    vector_db_provider: "native",
    created_by_id: row.createdById,
    last_updated_by_id: row.lastUpdatedById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

type EmbeddingPart = Pick<FolderModel, "embedding" | "embeddingChunkSize">;

function embeddingOf({ embedding, embeddingChunkSize }: EmbeddingPart, models: ModelIndex) {
  if (!embedding) return null;
  return {
    ...deriveEmbeddingConfig(models.findEmbedding(embedding), embedding),
    embedding_chunk_size: embeddingChunkSize,
  };
}

/** A file without what was uploaded; with its text only where that is to be shown. */
export type FileRow = Omit<FileModel, "upload" | "content"> & { content?: string | null };

/** A file's name in its folder: how lists and retrievals of a folder call it (contract §2.14). Agents see it after the folder's name. */
export function nameInFolder(fileName: string, folderName: string): string {
  const prefix = `${folderName}/`;
  return fileName.startsWith(prefix) ? fileName.slice(prefix.length) : fileName;
}

/** A file as agents see its name; `nameInFolder` is for those who look at a folder. */
export function toWireFile(row: FileRow): WireFile {
  return {
    source_id: row.folderId,
    file_name: row.fileName,
    original_file_name: row.originalFileName,
    file_path: null,
    file_type: row.fileType,
    file_size: row.fileSize,
    file_creation_date: null,
    file_last_modified_date: null,
    processing_status: row.status as WireFile["processing_status"],
    error_message: row.errorMessage,
    total_chunks: row.totalChunks,
    chunks_embedded: row.chunksEmbedded,
    content: row.content ?? null,
    id: row.id,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
  };
}

export type ChunkRow = FileChunkModel & { file: Pick<FileModel, "fileName"> };

export function toWireChunk(row: ChunkRow, folder: FolderModel, models: ModelIndex): WirePassage {
  return {
    created_by_id: folder.createdById,
    last_updated_by_id: folder.createdById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.createdAt.toISOString(),
    is_deleted: false,
    archive_id: null,
    source_id: row.folderId,
    file_id: row.fileId,
    file_name: row.file.fileName,
    metadata: { start_line: row.startLine, end_line: row.endLine },
    tags: null,
    id: row.id,
    text: row.text,
    embedding: null,
    embedding_config: embeddingOf(folder, models),
  };
}
