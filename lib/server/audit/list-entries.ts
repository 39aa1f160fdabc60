import type { AUDIT_ENDPOINTS, AuditFilter, WireAuditChange, WireAuditEntry } from "@/lib/api/audit";
import type { Query } from "@/lib/api/endpoint";
import type { Ctx } from "../core/core";
import { DEFAULT_ACTOR } from "../core/core";
import { inListOrder, keyset } from "../core/paging";
import type { Prisma } from "../db/generated/client";
import type { AuditEntryModel } from "../db/generated/models";

type ListQuery = Query<Extract<(typeof AUDIT_ENDPOINTS)[number], { id: "audit.list" }>>;

/** What the actor's organization sees; its first one also what was cut short before anybody was known. */
function visible({ actor: { organizationId } }: Ctx): Prisma.AuditEntryWhereInput {
  if (organizationId !== DEFAULT_ACTOR.organizationId) return { organizationId };
  return { OR: [{ organizationId }, { organizationId: null }] };
}

function found(ctx: Ctx, filter: AuditFilter): Prisma.AuditEntryWhereInput {
  const { actor_id, resource, operation, target_id, outcome, start_date, end_date } = filter;
  return {
    AND: [
      visible(ctx),
      {
        ...(actor_id ? { actorId: actor_id } : {}),
        ...(resource ? { resource } : {}),
        ...(operation ? { operation } : {}),
        ...(target_id ? { targetId: target_id } : {}),
        ...(outcome ? { outcome } : {}),
        createdAt: {
          ...(start_date ? { gte: new Date(start_date) } : {}),
          ...(end_date ? { lte: new Date(end_date) } : {}),
        },
      },
    ],
  };
}

export async function listEntries(ctx: Ctx, query: ListQuery): Promise<WireAuditEntry[]> {
  const page = await keyset({
    paging: query,
    kind: "audit entry",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.auditEntry.findFirst({ where: { AND: [visible(ctx), { id }] } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.auditEntry.findMany({
    where: { AND: [found(ctx, query), page.where] },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map(toWireEntry);
}

const AT_ONCE = 500;

/** All that a filter finds, oldest first, a part at a time. */
export async function* allEntries(ctx: Ctx, filter: AuditFilter): AsyncGenerator<WireAuditEntry[]> {
  let last: AuditEntryModel | undefined;
  for (;;) {
    const beyond = last && {
      OR: [{ createdAt: { gt: last.createdAt } }, { createdAt: last.createdAt, id: { gt: last.id } }],
    };
    const rows = await ctx.db.prisma.auditEntry.findMany({
      where: { AND: [found(ctx, filter), beyond ?? {}] },
      orderBy: [{ createdAt: "asc" }, { id: "asc" }],
      take: AT_ONCE,
    });
    if (rows.length > 0) yield rows.map(toWireEntry);
    if (rows.length < AT_ONCE) return;
    last = rows.at(-1);
  }
}

function toWireEntry(row: AuditEntryModel): WireAuditEntry {
  return {
    id: row.id,
    created_at: row.createdAt.toISOString(),
    operation: row.operation,
    resource: row.resource,
    actor: {
      kind: (row.actorKind ?? "nobody") as WireAuditEntry["actor"]["kind"],
      id: row.actorId,
      name: row.actorName,
      role: row.actorRole as WireAuditEntry["actor"]["role"],
      credential_id: row.credentialId,
      on_behalf_of: row.onBehalfOf,
    },
    address: row.address,
    user_agent: row.userAgent,
    request_id: row.requestId,
    target: { id: row.targetId, name: row.targetName },
    outcome: row.outcome as WireAuditEntry["outcome"],
    problem: row.problem,
    difference: (row.difference ?? []) as WireAuditChange[],
  };
}
