import type { AgentFile } from "@/lib/api/agent-file";
import type { Cause } from "@/lib/engine/cause";
import type { ModelIndex } from "../agent-config/model-choice";
import { insertPassages } from "../archives/passages";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { recordResources } from "../records/resource-events";

/** Makes the archives of a file with their passages, and gives them to its agents. */
export async function writeArchives(
  ctx: Ctx,
  sql: Sql,
  file: AgentFile,
  at: { agentIds: ReadonlyMap<string, string>; models: ModelIndex; cause: Cause },
): Promise<void> {
  for (const archive of file.memoir?.archives ?? []) {
    const id = newId("archive");
    const embedding = archive.embedding && at.models.findEmbedding(archive.embedding) ? archive.embedding : null;
    await sql.query(INSERT_ARCHIVE, [
      id,
      ctx.actor.organizationId,
      archive.name,
      archive.description,
      archive.metadata && JSON.stringify(archive.metadata),
      embedding,
      ctx.actor.userId,
      ctx.now().toISOString(),
    ]);
    const links = archive.agents.flatMap((link) => {
      const agent = at.agentIds.get(link.agent_id);
      return agent ? [{ agent, owner: link.is_owner }] : [];
    });
    await sql.query(
      `INSERT INTO agent_archive (agent_id, archive_id, is_owner)
       SELECT x.agent, $1, x.owner FROM jsonb_to_recordset($2::jsonb) AS x(agent text, owner boolean) ON CONFLICT DO NOTHING`,
      [id, JSON.stringify(links)],
    );
    const agentIds = links.map((link) => link.agent);
    if (agentIds.length > 0) {
      const attached = { resource: "archive", id, name: archive.name, operation: "attach", agentIds } as const;
      await recordResources(ctx, sql, [attached], at.cause);
    }
    if (archive.passages.length === 0) continue;
    const agentId = (links.find((link) => link.owner) ?? links[0])?.agent ?? null;
    await insertPassages(ctx, sql, { archiveId: id, agentId, passages: archive.passages, cause: at.cause });
  }
}

const INSERT_ARCHIVE = `
INSERT INTO archive (id, organization_id, name, description, metadata, embedding, created_by_id, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5::jsonb, $6, $7, $8::timestamptz, $8::timestamptz)`;
