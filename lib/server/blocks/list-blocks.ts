import type { BLOCK_ENDPOINTS, BlockFilter, WireBlock } from "@/lib/api/blocks";
import type { Paging } from "@/lib/api/common";
import type { Query } from "@/lib/api/endpoint";
import type { Ctx } from "../core/core";
import { inListOrder, keyset } from "../core/paging";
import { contains } from "../core/text-filter";
import type { Prisma } from "../db/generated/client";
import { identityFilter } from "../links/identity-links";
import { toWireBlock } from "./blocks";

type ListBlocksQuery = Query<Extract<(typeof BLOCK_ENDPOINTS)[number], { id: "blocks.list" }>>;

export async function listBlocks(ctx: Ctx, query: ListBlocksQuery): Promise<WireBlock[]> {
  return pageOfBlocks(ctx, await filterOf(ctx, query), query);
}

/** Blocks of an identity. @throws ApiError `not-found` for a cursor that is no block. */
export function listBlocksOfIdentity(ctx: Ctx, identityId: string, paging: Paging): Promise<WireBlock[]> {
  const mine = { organizationId: ctx.actor.organizationId, deletedAt: null };
  return pageOfBlocks(ctx, { ...mine, identities: { some: { identityId } } }, paging);
}

export async function countBlocks(ctx: Ctx, query: BlockFilter): Promise<number> {
  return ctx.db.prisma.block.count({ where: await filterOf(ctx, query) });
}

async function filterOf(ctx: Ctx, query: BlockFilter): Promise<Prisma.BlockWhereInput> {
  return { AND: [blockFilter(ctx, query), await valueFilter(ctx, query), await connectedFilter(ctx, query)] };
}

async function pageOfBlocks(ctx: Ctx, where: Prisma.BlockWhereInput, paging: Paging): Promise<WireBlock[]> {
  const page = await keyset({
    paging,
    kind: "block",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.block.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.block.findMany({
    where: { AND: [where, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: { head: true },
  });
  // One that is deleted while they are read has no version any more.
  return inListOrder(rows, page)
    .filter((row) => row.head)
    .map(toWireBlock);
}

function blockFilter(ctx: Ctx, query: BlockFilter): Prisma.BlockWhereInput {
  return {
    organizationId: ctx.actor.organizationId,
    deletedAt: null,
    agents: { none: { agent: { suiteRunId: { not: null } } } },
    isTemplate: query.templates_only,
    ...(query.show_hidden_blocks ? {} : { OR: [{ hidden: null }, { hidden: false }] }),
    ...(query.name ? { templateName: query.name } : {}),
    ...(query.project_id ? { projectId: query.project_id } : {}),
    ...(query.tags?.length ? { tags: query.match_all_tags ? { hasEvery: query.tags } : { hasSome: query.tags } } : {}),
    AND: identityFilter(query),
    head: {
      ...(query.label ? { label: query.label } : {}),
      AND: [
        query.label_search ? { label: contains(query.label_search) } : {},
        query.description_search ? { description: contains(query.description_search) } : {},
      ],
    },
  };
}

/** More blocks with a text than this are found soonest by reading on from where a page begins. */
const RARE = 5000;

/**
 * Blocks whose value has a text, in either case. Every value may have to be read for one that is rare, which the order of
 * plain bytes does in a third of the time; it knows the cases of ASCII alone.
 */
async function valueFilter(ctx: Ctx, { value_search: text }: BlockFilter): Promise<Prisma.BlockWhereInput> {
  if (!text) return {};
  const plain = { head: { value: contains(text) } };
  if (/[^\x20-\x7e]/.test(text)) return plain;
  const rows = await ctx.db.query<{ id: string }>(
    `SELECT b.id FROM block b JOIN block_version v ON v.id = b.head_version_id
     WHERE b.organization_id = $1 AND b.deleted_at IS NULL AND position($2 IN lower(v.value COLLATE "C")) > 0
     LIMIT ${RARE + 1}`,
    [ctx.actor.organizationId, text.toLowerCase()],
  );
  return rows.length > RARE ? plain : { id: { in: rows.map(({ id }) => id) } };
}

async function connectedFilter(ctx: Ctx, query: BlockFilter): Promise<Prisma.BlockWhereInput> {
  const {
    connected_to_agents_count_gt: gt,
    connected_to_agents_count_lt: lt,
    connected_to_agents_count_eq: eq,
  } = query;
  if (gt == null && lt == null && !eq?.length) return {};
  const rows = await ctx.db.query<{ id: string }>(
    `SELECT b.id FROM block b LEFT JOIN agent_block ab ON ab.block_id = b.id
     WHERE b.organization_id = $1 AND b.deleted_at IS NULL GROUP BY b.id
     HAVING ($2::int IS NULL OR count(ab.agent_id) > $2) AND ($3::int IS NULL OR count(ab.agent_id) < $3)
        AND ($4::int[] IS NULL OR count(ab.agent_id) = ANY($4))`,
    [ctx.actor.organizationId, gt ?? null, lt ?? null, eq?.length ? eq : null],
  );
  return { id: { in: rows.map((row) => row.id) } };
}
