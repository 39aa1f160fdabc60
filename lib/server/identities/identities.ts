import type { Query } from "@/lib/api/endpoint";
import type { CreateIdentity, IDENTITY_ENDPOINTS, UpdateIdentity } from "@/lib/api/identities";
import type { WireIdentity, WireProperty } from "@/lib/api/identity";
import { getAgentRow } from "../agent-config/agent-row";
import { getBlock } from "../blocks/blocks";
import type { Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import { contains } from "../core/text-filter";
import type { Sql } from "../db/database";
import type { Prisma } from "../db/generated/client";
import { storableJson } from "../db/json";
import { transact } from "../db/transact";
import { IDENTITY_RELATIONS, type IdentityRow, toWireIdentity } from "../links/identity-links";
import { recordResources } from "../records/resource-events";

const mine = (ctx: Ctx) => ({ organizationId: ctx.actor.organizationId });

/** @throws ApiError `not-found`. */
export async function getIdentity(ctx: Ctx, id: string): Promise<IdentityRow> {
  const row = await ctx.db.prisma.identity.findFirst({ where: { id, ...mine(ctx) }, include: IDENTITY_RELATIONS });
  if (!row) throw notFound("identity", id);
  return row;
}

export async function retrieveIdentity(ctx: Ctx, id: string): Promise<WireIdentity> {
  return toWireIdentity(await getIdentity(ctx, id));
}

type ListQuery = Query<Extract<(typeof IDENTITY_ENDPOINTS)[number], { id: "identities.list" }>>;
type Filter = Query<Extract<(typeof IDENTITY_ENDPOINTS)[number], { id: "identities.count" }>>;

export async function listIdentities(ctx: Ctx, query: ListQuery): Promise<WireIdentity[]> {
  const page = await keyset({
    paging: query,
    kind: "identity",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.identity.findFirst({ where: { id, ...mine(ctx) } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.identity.findMany({
    where: { AND: [filterOf(ctx, query), page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: IDENTITY_RELATIONS,
  });
  return inListOrder(rows, page).map(toWireIdentity);
}

export function countIdentities(ctx: Ctx, query: Filter): Promise<number> {
  return ctx.db.prisma.identity.count({ where: filterOf(ctx, query) });
}

function filterOf(ctx: Ctx, query: Filter): Prisma.IdentityWhereInput {
  return {
    ...mine(ctx),
    ...(query.name ? { name: contains(query.name) } : {}),
    ...(query.project_id ? { projectId: query.project_id } : {}),
    ...(query.identifier_key ? { identifierKey: query.identifier_key } : {}),
    ...(query.identity_type ? { identityType: query.identity_type } : {}),
  };
}

/** @throws ApiError `conflict` for a key that is taken; `not-found` for an agent or block that there is not. */
export async function createIdentity(ctx: Ctx, body: CreateIdentity): Promise<WireIdentity> {
  const id = newId("identity");
  await transact(ctx, async (sql) => {
    const made = await sql.query(INSERT_IDENTITY, rowOf(ctx, id, body));
    if (made.length === 0) throw keyTaken(body.identifier_key);
    await replaceLinks(ctx, sql, id, body);
  });
  return retrieveIdentity(ctx, id);
}

/** Makes an identity, or changes the one that has its key as `updateIdentity` does. */
export async function upsertIdentity(ctx: Ctx, body: CreateIdentity): Promise<WireIdentity> {
  const id = await transact(ctx, async (sql) => {
    const [made] = await sql.query<{ id: string }>(INSERT_IDENTITY, rowOf(ctx, newId("identity"), body));
    const known = made?.id ?? (await lockByKey(ctx, sql, body));
    if (!made) await applyUpdate(ctx, sql, known, { ...body, identifier_key: null });
    else await replaceLinks(ctx, sql, known, body);
    return known;
  });
  return retrieveIdentity(ctx, id);
}

const INSERT_IDENTITY = `
INSERT INTO identity (id, organization_id, identifier_key, name, identity_type, project_id, properties, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::timestamptz, $8::timestamptz)
ON CONFLICT (organization_id, project_id, identifier_key) DO NOTHING RETURNING id`;

function rowOf(ctx: Ctx, id: string, body: CreateIdentity): unknown[] {
  return [
    id,
    ctx.actor.organizationId,
    body.identifier_key,
    body.name,
    body.identity_type,
    body.project_id ?? "",
    storableJson(withProperties([], body.properties ?? [])),
    ctx.now().toISOString(),
  ];
}

async function lockByKey(ctx: Ctx, sql: Sql, body: CreateIdentity): Promise<string> {
  const [row] = await sql.query<{ id: string }>(
    "SELECT id FROM identity WHERE organization_id = $1 AND project_id = $2 AND identifier_key = $3 FOR UPDATE",
    [ctx.actor.organizationId, body.project_id ?? "", body.identifier_key],
  );
  if (!row) throw conflict("CONFLICT: the identity was deleted meanwhile; try again");
  return row.id;
}

const keyTaken = (key: string) => conflict(`CONFLICT: an identity has the identifier_key '${key}' already`);

/** Null is "not given"; lists replace. @throws ApiError `not-found`; `conflict` for a key that is taken. */
export async function updateIdentity(ctx: Ctx, id: string, body: UpdateIdentity): Promise<WireIdentity> {
  await transact(ctx, (sql) => applyUpdate(ctx, sql, id, body));
  return retrieveIdentity(ctx, id);
}

async function applyUpdate(ctx: Ctx, sql: Sql, id: string, body: UpdateIdentity): Promise<void> {
  const current = await lockIdentity(ctx, sql, id);
  const { identifier_key: key } = body;
  const taken = key
    ? await sql.query(
        "SELECT 1 FROM identity WHERE organization_id = $1 AND project_id = $2 AND identifier_key = $3 AND id <> $4",
        [ctx.actor.organizationId, current.project_id, key, id],
      )
    : [];
  if (key && taken.length > 0) throw keyTaken(key);
  await sql.query(
    `UPDATE identity SET identifier_key = COALESCE($2, identifier_key), name = COALESCE($3, name),
       identity_type = COALESCE($4, identity_type), properties = COALESCE($5::jsonb, properties), updated_at = $6::timestamptz
     WHERE id = $1`,
    [
      id,
      key ?? null,
      body.name ?? null,
      body.identity_type ?? null,
      body.properties ? storableJson(withProperties([], body.properties)) : null,
      ctx.now().toISOString(),
    ],
  );
  await replaceLinks(ctx, sql, id, body);
}

type Locked = { project_id: string; properties: WireProperty[] };

async function lockIdentity(ctx: Ctx, sql: Sql, id: string): Promise<Locked> {
  const [row] = await sql.query<Locked>(
    "SELECT project_id, properties FROM identity WHERE id = $1 AND organization_id = $2 FOR UPDATE",
    [id, ctx.actor.organizationId],
  );
  if (!row) throw notFound("identity", id);
  return row;
}

/** Sets properties by their keys; the others stay. @throws ApiError `not-found`. */
export async function upsertProperties(
  ctx: Ctx,
  id: string,
  properties: readonly WireProperty[],
): Promise<WireIdentity> {
  await transact(ctx, async (sql) => {
    const current = await lockIdentity(ctx, sql, id);
    await sql.query("UPDATE identity SET properties = $2::jsonb, updated_at = $3::timestamptz WHERE id = $1", [
      id,
      storableJson(withProperties(current.properties, properties)),
      ctx.now().toISOString(),
    ]);
  });
  return retrieveIdentity(ctx, id);
}

/** Each key once, in the order in which they came, with the last of its values. */
function withProperties(before: readonly WireProperty[], given: readonly WireProperty[]): WireProperty[] {
  return [...new Map([...before, ...given].map((property) => [property.key, property])).values()];
}

type Links = { agent_ids?: string[] | null | undefined; block_ids?: string[] | null | undefined };

/** @throws ApiError `not-found` for one that there is not. */
async function replaceLinks(ctx: Ctx, sql: Sql, identityId: string, links: Links): Promise<void> {
  // Blocks before agents, as everybody who changes a block locks them.
  if (links.block_ids) await replaceLinksOf(ctx, sql, "block", identityId, links.block_ids);
  if (links.agent_ids) await replaceLinksOf(ctx, sql, "agent", identityId, links.agent_ids);
}

async function replaceLinksOf(
  ctx: Ctx,
  sql: Sql,
  kind: "agent" | "block",
  identityId: string,
  given: readonly string[],
): Promise<void> {
  const ids = [...new Set(given)];
  const alive = kind === "block" ? "AND deleted_at IS NULL" : "";
  const found = await sql.query<{ id: string }>(
    `SELECT id FROM ${kind} WHERE id = ANY($1::text[]) AND organization_id = $2 ${alive} ORDER BY id FOR SHARE`,
    [ids, ctx.actor.organizationId],
  );
  const known = new Set(found.map((row) => row.id));
  const missing = ids.find((id) => !known.has(id));
  if (missing) throw notFound(kind, missing);
  const gone = await sql.query<{ id: string }>(
    `DELETE FROM ${kind}_identity WHERE identity_id = $1 AND ${kind}_id <> ALL($2::text[]) RETURNING ${kind}_id AS id`,
    [identityId, ids],
  );
  const made = await sql.query<{ id: string }>(
    `INSERT INTO ${kind}_identity (${kind}_id, identity_id) SELECT unnest($2::text[]), $1 ON CONFLICT DO NOTHING
     RETURNING ${kind}_id AS id`,
    [identityId, ids],
  );
  const [identity] = await sql.query<{ name: string }>("SELECT name FROM identity WHERE id = $1", [identityId]);
  const link = { kind, identityId, name: identity?.name ?? "" };
  for (const { id } of gone) await recordIdentity(ctx, sql, { ...link, id, operation: "detach" });
  for (const { id } of made) await recordIdentity(ctx, sql, { ...link, id, operation: "attach" });
}

/** @throws ApiError `not-found`. */
export async function deleteIdentity(ctx: Ctx, id: string): Promise<void> {
  await transact(ctx, async (sql) => {
    const [found] = await sql.query<{ name: string }>(
      "SELECT name FROM identity WHERE id = $1 AND organization_id = $2 FOR UPDATE",
      [id, ctx.actor.organizationId],
    );
    if (!found) throw notFound("identity", id);
    const holders = await sql.query<{ id: string }>(
      "SELECT agent_id AS id FROM agent_identity WHERE identity_id = $1",
      [id],
    );
    const agentIds = holders.map((holder) => holder.id);
    await recordResources(ctx, sql, [{ resource: "identity", id, name: found.name, operation: "delete", agentIds }]);
    await sql.query("DELETE FROM identity WHERE id = $1", [id]);
  });
}

/** Attaches an identity; one that is attached stays so. @throws ApiError `not-found`. */
export async function attachIdentity(ctx: Ctx, kind: "agent" | "block", id: string, identityId: string): Promise<void> {
  const { name } = await requireBoth(ctx, kind, id, identityId);
  await transact(ctx, async (sql) => {
    const made = await sql.query(
      `INSERT INTO ${kind}_identity (${kind}_id, identity_id)
         SELECT o.id, i.id FROM ${kind} o, identity i WHERE o.id = $1 AND i.id = $2 ON CONFLICT DO NOTHING RETURNING 1`,
      [id, identityId],
    );
    if (made.length > 0) await recordIdentity(ctx, sql, { kind, id, identityId, name, operation: "attach" });
  });
}

/** Detaches an identity, which stays. @throws ApiError `not-found`. */
export async function detachIdentity(ctx: Ctx, kind: "agent" | "block", id: string, identityId: string): Promise<void> {
  const { name } = await requireBoth(ctx, kind, id, identityId);
  await transact(ctx, async (sql) => {
    const gone = await sql.query(
      `DELETE FROM ${kind}_identity WHERE ${kind}_id = $1 AND identity_id = $2 RETURNING 1`,
      [id, identityId],
    );
    if (gone.length > 0) await recordIdentity(ctx, sql, { kind, id, identityId, name, operation: "detach" });
  });
}

type IdentityLink = {
  kind: "agent" | "block";
  id: string;
  identityId: string;
  name: string;
  operation: "attach" | "detach";
};

/** Only what an agent has is part of a history: a block's identities change nothing that a model is shown. */
async function recordIdentity(ctx: Ctx, sql: Sql, { kind, id, identityId, name, operation }: IdentityLink) {
  if (kind !== "agent") return;
  await recordResources(ctx, sql, [{ resource: "identity", id: identityId, name, operation, agentIds: [id] }]);
}

async function requireBoth(ctx: Ctx, kind: "agent" | "block", id: string, identityId: string) {
  if (kind === "agent") await getAgentRow(ctx, id);
  else await getBlock(ctx, id);
  return getIdentity(ctx, identityId);
}
