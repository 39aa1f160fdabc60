import { LEAST_AUDIT_DAYS } from "@/lib/api/audit";
import type { Core, Ctx } from "../core/core";
import { notFound } from "../core/errors";

export async function auditSettings(ctx: Ctx): Promise<{ retention_days: number | null }> {
  const id = ctx.actor.organizationId;
  const row = await ctx.db.prisma.organization.findUnique({ where: { id }, select: { auditDays: true } });
  if (!row) throw notFound("organization", id);
  return { retention_days: row.auditDays };
}

export async function setAuditSettings(ctx: Ctx, body: { retention_days: number | null }) {
  const { organizationId: id } = ctx.actor;
  await ctx.db.prisma.organization.updateMany({ where: { id }, data: { auditDays: body.retention_days } });
  return auditSettings(ctx);
}

const DAY_MS = 24 * 60 * 60_000;

/** Removes entries that are older than their organizations keep them, `atOnce` at most of each. @returns how many. */
export async function dropOldEntries(core: Core, atOnce: number): Promise<number> {
  const keeping = await core.db.prisma.organization.findMany({
    where: { auditDays: { not: null } },
    select: { id: true, auditDays: true },
  });
  let count = 0;
  for (const { id, auditDays } of keeping) {
    // A minute more: the database, whose clock may be another, judges by itself.
    const before = new Date(core.now().getTime() - Math.max(auditDays!, LEAST_AUDIT_DAYS) * DAY_MS - 60_000);
    const gone = await core.db.query(
      `DELETE FROM audit_entry WHERE id IN (SELECT id FROM audit_entry WHERE organization_id = $1 AND created_at < $2
         ORDER BY created_at LIMIT $3) RETURNING id`,
      [id, before, atOnce],
    );
    count += gone.length;
  }
  return count;
}
