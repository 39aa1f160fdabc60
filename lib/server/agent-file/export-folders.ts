import type { WrittenAgentFile } from "@/lib/api/agent-file";
import type { ModelIndex } from "../agent-config/model-choice";
import { deriveEmbeddingConfig } from "../agent-config/model-settings";
import type { Ctx } from "../core/core";
import type { LocalIds } from "./local-ids";
import type { AgentRecord } from "./records";

type FilesOfAgent = NonNullable<WrittenAgentFile["agents"][number]["files_agents"]>;

/**
 * The folders of the agents as sources, with the whole text of their files, and what each agent has open of them; or,
 * if `named`, with the ids that they have here instead.
 */
export async function exportFolders(
  ctx: Ctx,
  agents: readonly AgentRecord[],
  { ids, models, named }: { ids: LocalIds; models: ModelIndex; named: boolean },
): Promise<Pick<WrittenAgentFile, "files" | "sources"> & { filesOf: (agent: AgentRecord) => FilesOfAgent }> {
  const folders = new Map(agents.flatMap((agent) => agent.folders.map(({ folder }) => [folder.id, folder] as const)));
  const files = named
    ? []
    : await ctx.db.prisma.file.findMany({
        where: { folderId: { in: [...folders.keys()] } },
        orderBy: [{ createdAt: "asc" }, { id: "asc" }],
        omit: { upload: true },
      });
  const byId = new Map(files.map((file) => [file.id, file]));
  return {
    sources: [...folders.values()].map((folder) => ({
      id: ids.of("source", folder.id),
      ...(named ? { folder_id: folder.id } : {}),
      name: folder.name,
      description: folder.description,
      instructions: folder.instructions,
      metadata: folder.metadata as Record<string, unknown> | null,
      embedding: folder.embedding,
      embedding_chunk_size: folder.embeddingChunkSize,
      embedding_config: folder.embedding
        ? deriveEmbeddingConfig(models.findEmbedding(folder.embedding), folder.embedding)
        : null,
    })),
    files: files.map((file) => ({
      id: ids.of("file", file.id),
      source_id: ids.of("source", file.folderId),
      file_name: file.fileName,
      original_file_name: file.originalFileName,
      file_path: null,
      file_type: file.fileType,
      file_size: file.fileSize,
      file_creation_date: null,
      file_last_modified_date: null,
      processing_status: file.status,
      error_message: file.errorMessage,
      total_chunks: file.totalChunks,
      chunks_embedded: file.chunksEmbedded,
      content: file.content,
    })),
    filesOf: (agent) =>
      agent.files.flatMap((link) => {
        const file = byId.get(link.fileId);
        if (!file) return [];
        return [
          {
            id: ids.of("file_agent", link.id),
            agent_id: ids.of("agent", agent.id),
            file_id: ids.of("file", file.id),
            source_id: ids.of("source", file.folderId),
            file_name: file.fileName,
            is_open: link.isOpen,
            visible_content: null,
            last_accessed_at: link.lastAccessedAt?.toISOString() ?? null,
            start_line: link.startLine,
            end_line: link.endLine,
          },
        ];
      }),
  };
}
