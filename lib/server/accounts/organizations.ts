import type { WireOrganization } from "@/lib/api/admin";
import type { Paging } from "@/lib/api/common";
import { deleteAgent } from "../agents/delete-agent";
import { eraseArchives } from "../archives/erase-archives";
import { type Ctx, DEFAULT_ACTOR } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import type { OrganizationModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { deleteScope } from "../search/search-index";
import { forgetActors } from "./actors";

export function toWireOrganization(row: OrganizationModel): WireOrganization {
  return { id: row.id, name: row.name, created_at: row.createdAt.toISOString(), privileged_tools: false };
}

/** @throws ApiError `not-found`. */
export async function getOrganization(ctx: Ctx, id: string): Promise<OrganizationModel> {
  const row = await ctx.db.prisma.organization.findUnique({ where: { id } });
  if (!row) throw notFound("organization", id);
  return row;
}

export async function listOrganizations(ctx: Ctx, paging: Paging): Promise<WireOrganization[]> {
  const page = await keyset({
    paging,
    kind: "organization",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.organization.findUnique({ where: { id } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.organization.findMany({
    where: page.where,
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map(toWireOrganization);
}

/** An organization works at once: it has the built-in tools, the environment's providers, and nothing else. */
export async function createOrganization(
  ctx: Ctx,
  body: { name?: string | null | undefined },
): Promise<WireOrganization> {
  const id = newId("org");
  const row = await ctx.db.prisma.organization.create({
    data: { id, name: body.name ?? `Organization ${id.slice(4, 12)}`, createdAt: ctx.now() },
  });
  return toWireOrganization(row);
}

/** @throws ApiError `not-found`. */
export async function updateOrganization(
  ctx: Ctx,
  id: string,
  body: { name?: string | null | undefined },
): Promise<WireOrganization> {
  const row = await getOrganization(ctx, id);
  if (body.name == null) return toWireOrganization(row);
  return toWireOrganization(await ctx.db.prisma.organization.update({ where: { id }, data: { name: body.name } }));
}

/**
 * Deletes an organization with its users and all that it has: first its users, so that nobody adds to it; then agent by
 * agent and archive by archive; then the rest. Cut short, it goes on when it is asked again.
 *
 * @throws ApiError `not-found`; `conflict` for the default organization.
 */
export async function deleteOrganization(ctx: Ctx, id: string): Promise<WireOrganization> {
  if (id === DEFAULT_ACTOR.organizationId) throw conflict("CONFLICT: the default organization can't be deleted");
  const row = await getOrganization(ctx, id);
  await ctx.db.prisma.accessToken.deleteMany({ where: { organizationId: id } });
  await ctx.db.prisma.webSession.deleteMany({ where: { organizationId: id } });
  await transact(ctx, (sql) => leaveOrganization(sql, id));
  await ctx.db.prisma.apiKey.deleteMany({ where: { organizationId: id } });
  forgetActors(ctx);
  const within: Ctx = { ...ctx, actor: { organizationId: id, userId: ctx.actor.userId } };
  for (;;) {
    const [agent] = await ctx.db.prisma.agent.findMany({
      where: { organizationId: id },
      select: { id: true },
      take: 1,
    });
    if (!agent) break;
    await deleteAgent(within, agent.id);
  }
  await transact(ctx, async (sql) => {
    const archives = await sql.query<{ id: string }>("SELECT id FROM archive WHERE organization_id = $1", [id]);
    await eraseArchives(
      sql,
      archives.map((archive) => archive.id),
    );
    const folders = await sql.query<{ id: string }>("SELECT id FROM folder WHERE organization_id = $1", [id]);
    await deleteScope(
      sql,
      folders.map((folder) => folder.id),
    );
    for (const table of OWNED) await sql.query(`DELETE FROM ${table} WHERE organization_id = $1`, [id]);
    await sql.query("DELETE FROM organization WHERE id = $1", [id]);
    // Its audit goes only now: the database lets nobody delete entries of an organization that there is.
    await sql.query("DELETE FROM audit_entry WHERE organization_id = $1", [id]);
  });
  return toWireOrganization(row);
}

/**
 * Nobody is in it any more. Who is in another organization too goes on there; of the others nothing is left.
 */
async function leaveOrganization(sql: Sql, id: string): Promise<void> {
  await sql.query("SELECT id FROM organization WHERE id = $1 FOR UPDATE", [id]);
  await sql.query("DELETE FROM invitation WHERE organization_id = $1", [id]);
  await sql.query("DELETE FROM membership WHERE organization_id = $1", [id]);
  await sql.query(
    `UPDATE app_user u SET organization_id = (SELECT m.organization_id FROM membership m WHERE m.user_id = u.id
       ORDER BY m.created_at, m.id LIMIT 1)
     WHERE u.organization_id = $1 AND EXISTS (SELECT 1 FROM membership m WHERE m.user_id = u.id)`,
    [id],
  );
  const gone = "(SELECT id FROM app_user WHERE organization_id = $1)";
  await sql.query(`DELETE FROM password_reset WHERE user_id IN ${gone}`, [id]);
  await sql.query(`DELETE FROM account WHERE user_id IN ${gone}`, [id]);
  await sql.query("DELETE FROM app_user WHERE organization_id = $1", [id]);
}

/** What an organization has beside agents and archives, in an order that foreign keys allow. */
const OWNED = [
  "agent_group",
  "identity",
  "block",
  "block_version",
  "file_chunk",
  "folder",
  "schedule",
  "batch",
  "suite",
  "deployment",
  "template",
  "tool",
  "mcp_oauth",
  "mcp_server",
  "image",
  "provider",
  "passage_event",
  "resource_event",
  "erasure",
  "run_view",
  // Deleting its agents has marked hours in one of them.
  "usage_stale",
  "usage",
  "tool_usage",
  "usage_progress",
  "fair_limit",
  "fair_use",
  "request_count",
];
