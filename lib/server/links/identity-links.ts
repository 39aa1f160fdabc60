import type { WireIdentity } from "@/lib/api/identity";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { Sql } from "../db/database";
import type { Prisma } from "../db/generated/client";
import { recordResources } from "../records/resource-events";

/** What `toWireIdentity` reads of an identity: one statement each for its agents and blocks. */
export const IDENTITY_RELATIONS = {
  agents: { select: { agentId: true }, orderBy: { agentId: "asc" } },
  blocks: { select: { blockId: true }, where: { block: { deletedAt: null } }, orderBy: { blockId: "asc" } },
} satisfies Prisma.IdentityInclude;

export type IdentityRow = Prisma.IdentityGetPayload<{ include: typeof IDENTITY_RELATIONS }>;

export function toWireIdentity(row: IdentityRow): WireIdentity {
  return {
    id: row.id,
    identifier_key: row.identifierKey,
    name: row.name,
    identity_type: row.identityType as WireIdentity["identity_type"],
    project_id: row.projectId || null,
    agent_ids: row.agents.map((link) => link.agentId),
    block_ids: row.blocks.map((link) => link.blockId),
    properties: row.properties as WireIdentity["properties"],
  };
}

/** What lists find by an identity, or by identities' own keys. */
export function identityFilter(query: {
  identity_id?: string | null | undefined;
  identifier_keys?: string[] | undefined;
}): { identities?: { some: Prisma.AgentIdentityWhereInput & Prisma.BlockIdentityWhereInput } }[] {
  return [
    query.identity_id ? { identities: { some: { identityId: query.identity_id } } } : {},
    query.identifier_keys?.length
      ? { identities: { some: { identity: { identifierKey: { in: query.identifier_keys } } } } }
      : {},
  ];
}

type Named = { id: string; name: string };

/**
 * Replaces an agent's identities; they can't be deleted before the transaction ends.
 *
 * @throws ApiError `not-found` for an identity that there is not.
 */
export async function writeAgentIdentities(
  ctx: Ctx,
  sql: Sql,
  agentId: string,
  identityIds: readonly string[],
): Promise<void> {
  const ids = [...new Set(identityIds)];
  const found = await sql.query<{ id: string }>(
    "SELECT id FROM identity WHERE id = ANY($1::text[]) AND organization_id = $2 ORDER BY id FOR SHARE",
    [ids, ctx.actor.organizationId],
  );
  const missing = ids.find((id) => !found.some((row) => row.id === id));
  if (missing) throw notFound("identity", missing);
  const gone = await sql.query<Named>(
    `WITH gone AS (DELETE FROM agent_identity WHERE agent_id = $1 AND identity_id <> ALL($2::text[]) RETURNING identity_id)
     SELECT i.id, i.name FROM gone JOIN identity i ON i.id = gone.identity_id ORDER BY i.id`,
    [agentId, ids],
  );
  const made = await sql.query<Named>(
    `WITH made AS (INSERT INTO agent_identity (agent_id, identity_id) SELECT $1, unnest($2::text[])
       ON CONFLICT DO NOTHING RETURNING identity_id)
     SELECT i.id, i.name FROM made JOIN identity i ON i.id = made.identity_id ORDER BY i.id`,
    [agentId, ids],
  );
  const told = { resource: "identity", agentIds: [agentId] } as const;
  await recordResources(ctx, sql, [
    ...gone.map((one) => ({ ...told, ...one, operation: "detach" as const })),
    ...made.map((one) => ({ ...told, ...one, operation: "attach" as const })),
  ]);
}
