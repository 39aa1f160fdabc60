import type { Query } from "@/lib/api/endpoint";
import type { ERASURE_ENDPOINTS, WireErasure } from "@/lib/api/erasures";
import type { Cause } from "@/lib/engine/cause";
import type { Ctx } from "../core/core";
import { inListOrder, keyset } from "../core/paging";

type ListQuery = Query<Extract<(typeof ERASURE_ENDPOINTS)[number], { id: "erasures.list" }>>;

/** @throws ApiError `not-found` for an unknown cursor. */
export async function listErasures(ctx: Ctx, query: ListQuery): Promise<WireErasure[]> {
  const mine = { organizationId: ctx.actor.organizationId };
  const page = await keyset({
    paging: query,
    kind: "erasure",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.erasure.findFirst({ where: { id, ...mine } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.erasure.findMany({
    where: {
      AND: [
        mine,
        query.agent_id ? { agentIds: { has: query.agent_id } } : {},
        query.record_id ? { records: { some: { recordId: query.record_id } } } : {},
        page.where,
      ],
    },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map((row) => ({
    id: row.id,
    resource: row.resource,
    resource_id: row.resourceId,
    agent_ids: row.agentIds,
    counts: row.counts as WireErasure["counts"],
    cause: row.cause as Cause,
    created_at: row.createdAt.toISOString(),
  }));
}
