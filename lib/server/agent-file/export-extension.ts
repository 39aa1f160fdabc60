import type { WrittenAgentFile } from "@/lib/api/agent-file";
import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import type { LocalIds } from "./local-ids";
import type { AgentRecord, BlockRecord } from "./records";

type Extension = NonNullable<WrittenAgentFile["memoir"]>;

/** Archives with their passages, and every version of every block: four statements, however many there are. */
export async function exportExtension(
  ctx: Ctx,
  agents: readonly AgentRecord[],
  blocks: readonly BlockRecord[],
  ids: LocalIds,
): Promise<Pick<Extension, "archives" | "block_versions">> {
  const [archives, block_versions] = await Promise.all([
    exportArchives(ctx, agents, ids),
    exportVersions(ctx, blocks, ids),
  ]);
  return { archives, block_versions };
}

async function exportVersions(
  ctx: Ctx,
  blocks: readonly BlockRecord[],
  ids: LocalIds,
): Promise<Extension["block_versions"]> {
  const rows = await ctx.db.prisma.blockVersion.findMany({
    where: { blockId: { in: blocks.map((block) => block.id) } },
    orderBy: { number: "asc" },
  });
  return blocks.map((block) => ({
    block_id: ids.of("block", block.id),
    versions: rows
      .filter((row) => row.blockId === block.id)
      .map((row) => ({
        label: row.label,
        value: row.value,
        description: row.description,
        limit: row.limitChars,
        read_only: row.readOnly,
        metadata: row.metadata as Record<string, unknown> | null,
        operation: row.operation,
        cause: causeKind(row.cause as Cause),
        created_at: row.createdAt.toISOString(),
      })),
  }));
}

/** A version that was imported was caused by what caused it there. */
const causeKind = (cause: Cause) => cause.was ?? cause.kind;

async function exportArchives(ctx: Ctx, agents: readonly AgentRecord[], ids: LocalIds): Promise<Extension["archives"]> {
  const links = agents.flatMap((agent) => agent.archives.map((link) => ({ ...link, agentId: agent.id })));
  const archives = new Map(links.map((link) => [link.archiveId, link.archive]));
  const passages = await ctx.db.prisma.passage.findMany({
    where: { archiveId: { in: [...archives.keys()] }, deletedAt: null },
    orderBy: { seq: "asc" },
  });
  return [...archives.values()].map((archive) => ({
    id: ids.of("archive", archive.id),
    name: archive.name,
    description: archive.description,
    metadata: archive.metadata as Record<string, unknown> | null,
    embedding: archive.embedding,
    agents: links
      .filter((link) => link.archiveId === archive.id)
      .map((link) => ({ agent_id: ids.of("agent", link.agentId), is_owner: link.isOwner })),
    passages: passages
      .filter((passage) => passage.archiveId === archive.id)
      .map((passage) => ({
        text: passage.text,
        tags: passage.tags,
        metadata: passage.metadata as Record<string, unknown> | null,
        created_at: passage.createdAt.toISOString(),
      })),
  }));
}
