import type { Paging } from "@/lib/api/common";
import type { Query } from "@/lib/api/endpoint";
import type { WireGroup } from "@/lib/api/group";
import type { CreateGroup, GROUP_ENDPOINTS, ManagerConfig, UpdateGroup } from "@/lib/api/groups";
import { getAgentRow } from "../agent-config/agent-row";
import { changeAgentIn, lockBlocks } from "../agent-config/agent-versions";
import { getBlock } from "../blocks/blocks";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { Sql } from "../db/database";
import type { Prisma } from "../db/generated/client";
import { transact } from "../db/transact";
import { GROUP_RELATIONS, type GroupRow, toWireGroup } from "../links/group-links";

const mine = (ctx: Ctx) => ({ organizationId: ctx.actor.organizationId });

/** @throws ApiError `not-found`. */
export async function getGroup(ctx: Ctx, id: string): Promise<GroupRow> {
  const row = await ctx.db.prisma.group.findFirst({ where: { id, ...mine(ctx) }, include: GROUP_RELATIONS });
  if (!row) throw notFound("group", id);
  return row;
}

export async function retrieveGroup(ctx: Ctx, id: string): Promise<WireGroup> {
  return toWireGroup(await getGroup(ctx, id));
}

type ListQuery = Query<Extract<(typeof GROUP_ENDPOINTS)[number], { id: "groups.list" }>>;
type Filter = Query<Extract<(typeof GROUP_ENDPOINTS)[number], { id: "groups.count" }>>;

export function listGroups(ctx: Ctx, query: ListQuery): Promise<WireGroup[]> {
  return pageOfGroups(ctx, filterOf(ctx, query), query);
}

export function countGroups(ctx: Ctx, query: Filter): Promise<number> {
  return ctx.db.prisma.group.count({ where: filterOf(ctx, query) });
}

/** Groups that an agent is in, or manages. @throws ApiError `not-found`. */
export async function listGroupsOfAgent(
  ctx: Ctx,
  agentId: string,
  query: Paging & { manager_type?: string | null | undefined },
): Promise<WireGroup[]> {
  await getAgentRow(ctx, agentId);
  const where: Prisma.GroupWhereInput = {
    ...mine(ctx),
    ...(query.manager_type ? { managerType: query.manager_type } : {}),
    OR: [{ managerAgentId: agentId }, { agents: { some: { agentId } } }],
  };
  return pageOfGroups(ctx, where, query);
}

function filterOf(ctx: Ctx, query: Filter): Prisma.GroupWhereInput {
  return {
    ...mine(ctx),
    ...(query.manager_type ? { managerType: query.manager_type } : {}),
    ...(query.project_id ? { projectId: query.project_id } : {}),
    ...(query.show_hidden_groups ? {} : { OR: [{ hidden: null }, { hidden: false }] }),
  };
}

async function pageOfGroups(ctx: Ctx, where: Prisma.GroupWhereInput, paging: Paging): Promise<WireGroup[]> {
  const page = await keyset({
    paging,
    kind: "group",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.group.findFirst({ where: { id, ...mine(ctx) } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.group.findMany({
    where: { AND: [where, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: GROUP_RELATIONS,
  });
  return inListOrder(rows, page).map(toWireGroup);
}

/** The columns of a manager; what is undefined is not given. */
function columnsOf(config: ManagerConfig | NonNullable<UpdateGroup["manager_config"]>) {
  const min = "min_message_buffer_length" in config ? config.min_message_buffer_length : null;
  const max = "max_message_buffer_length" in config ? config.max_message_buffer_length : null;
  if (min != null && max != null && min >= max) {
    throw badRequest("INVALID_ARGUMENT: min_message_buffer_length must be less than max_message_buffer_length");
  }
  return {
    managerAgentId: "manager_agent_id" in config ? (config.manager_agent_id ?? null) : null,
    terminationToken: "termination_token" in config ? (config.termination_token ?? null) : null,
    maxTurns: "max_turns" in config ? (config.max_turns ?? null) : null,
    sleeptimeAgentFrequency: "sleeptime_agent_frequency" in config ? (config.sleeptime_agent_frequency ?? null) : null,
    maxMessageBufferLength: max ?? null,
    minMessageBufferLength: min ?? null,
  };
}

const DEFAULT_TERMINATION_TOKEN = "DONE!";
/** One turn before the first, on which sleep-time agents work. */
const BEFORE_FIRST_TURN = -1;

/** @throws ApiError `not-found` for an agent or block that there is not; `conflict` for two blocks with one label. */
export async function createGroup(ctx: Ctx, body: CreateGroup): Promise<WireGroup> {
  const id = newId("group");
  await transact(ctx, (sql) => insertGroup(ctx, sql, id, body));
  return retrieveGroup(ctx, id);
}

/** As `createGroup`, in a caller's transaction. */
export async function insertGroup(ctx: Ctx, sql: Sql, id: string, body: CreateGroup): Promise<void> {
  const { manager_config: config } = body;
  const columns = columnsOf(config);
  await lockAgents(ctx, sql, [...body.agent_ids, ...(columns.managerAgentId ? [columns.managerAgentId] : [])]);
  await sql.query(
    `INSERT INTO agent_group (id, organization_id, manager_type, description, manager_agent_id, termination_token, max_turns,
       sleeptime_agent_frequency, turns_counter, max_message_buffer_length, min_message_buffer_length, hidden, project_id,
       created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14::timestamptz, $14::timestamptz)`,
    [
      id,
      ctx.actor.organizationId,
      config.manager_type,
      body.description,
      columns.managerAgentId,
      columns.terminationToken ?? (config.manager_type === "dynamic" ? DEFAULT_TERMINATION_TOKEN : null),
      columns.maxTurns,
      columns.sleeptimeAgentFrequency,
      config.manager_type === "sleeptime" ? BEFORE_FIRST_TURN : null,
      columns.maxMessageBufferLength,
      columns.minMessageBufferLength,
      body.hidden ?? null,
      body.project_id ?? null,
      ctx.now().toISOString(),
    ],
  );
  await writeMembers(sql, id, body.agent_ids);
  await replaceSharedBlocks(ctx, sql, id, body.shared_block_ids);
}

/** They can't be deleted before the transaction ends. @throws ApiError `not-found` for one that there is not. */
async function lockAgents(ctx: Ctx, sql: Sql, ids: readonly string[]): Promise<void> {
  const wanted = [...new Set(ids)];
  const found = await sql.query<{ id: string }>(
    "SELECT id FROM agent WHERE id = ANY($1::text[]) AND organization_id = $2 ORDER BY id FOR SHARE",
    [wanted, ctx.actor.organizationId],
  );
  const missing = wanted.find((id) => !found.some((row) => row.id === id));
  if (missing) throw notFound("agent", missing);
}

async function writeMembers(sql: Sql, groupId: string, agentIds: readonly string[]): Promise<void> {
  const ids = [...new Set(agentIds)];
  await sql.query("DELETE FROM group_agent WHERE group_id = $1 AND agent_id <> ALL($2::text[])", [groupId, ids]);
  await sql.query(
    `INSERT INTO group_agent (group_id, agent_id, position)
       SELECT $1, x.id, x.n FROM unnest($2::text[]) WITH ORDINALITY AS x(id, n)
     ON CONFLICT (group_id, agent_id) DO UPDATE SET position = EXCLUDED.position`,
    [groupId, ids],
  );
}

/**
 * Null is "not given"; lists replace. How the group works stays as it is, with other settings.
 *
 * @throws ApiError `not-found`; `bad-request` for another manager type.
 */
export async function updateGroup(ctx: Ctx, id: string, body: UpdateGroup): Promise<WireGroup> {
  await transact(ctx, async (sql) => {
    const group = await lockGroup(ctx, sql, id);
    const config = body.manager_config;
    if (config && config.manager_type !== group.manager_type) {
      throw badRequest("INVALID_ARGUMENT: Cannot change group pattern after creation");
    }
    const columns = config ? columnsOf(config) : null;
    await lockAgents(ctx, sql, [
      ...(body.agent_ids ?? []),
      ...(columns?.managerAgentId ? [columns.managerAgentId] : []),
    ]);
    await sql.query(UPDATE_GROUP, [
      id,
      JSON.stringify({ ...columns, description: body.description ?? null, projectId: body.project_id ?? null }),
      BEFORE_FIRST_TURN,
      ctx.now().toISOString(),
    ]);
    if (body.agent_ids) await writeMembers(sql, id, body.agent_ids);
    if (body.shared_block_ids) await replaceSharedBlocks(ctx, sql, id, body.shared_block_ids);
  });
  return retrieveGroup(ctx, id);
}

// Another frequency counts from its beginning.
const UPDATE_GROUP = `
UPDATE agent_group g SET description = COALESCE(x."description", g.description),
    project_id = COALESCE(x."projectId", g.project_id),
    manager_agent_id = COALESCE(x."managerAgentId", g.manager_agent_id),
    termination_token = COALESCE(x."terminationToken", g.termination_token),
    max_turns = COALESCE(x."maxTurns", g.max_turns),
    turns_counter = CASE WHEN x."sleeptimeAgentFrequency" <> g.sleeptime_agent_frequency THEN $3 ELSE g.turns_counter END,
    sleeptime_agent_frequency = COALESCE(x."sleeptimeAgentFrequency", g.sleeptime_agent_frequency),
    max_message_buffer_length = COALESCE(x."maxMessageBufferLength", g.max_message_buffer_length),
    min_message_buffer_length = COALESCE(x."minMessageBufferLength", g.min_message_buffer_length),
    updated_at = $4::timestamptz
  FROM jsonb_to_record($2::jsonb) AS x("description" text, "projectId" text, "managerAgentId" text,
    "terminationToken" text, "maxTurns" int, "sleeptimeAgentFrequency" int, "maxMessageBufferLength" int,
    "minMessageBufferLength" int)
  WHERE g.id = $1`;

async function lockGroup(ctx: Ctx, sql: Sql, id: string): Promise<{ manager_type: string }> {
  const [group] = await sql.query<{ manager_type: string }>(
    "SELECT manager_type FROM agent_group WHERE id = $1 AND organization_id = $2 FOR UPDATE",
    [id, ctx.actor.organizationId],
  );
  if (!group) throw notFound("group", id);
  return group;
}

/** @throws ApiError `not-found`. */
export async function deleteGroup(ctx: Ctx, id: string): Promise<void> {
  const { count } = await ctx.db.prisma.group.deleteMany({ where: { id, ...mine(ctx) } });
  if (count === 0) throw notFound("group", id);
}

/** Shares a block with the agents of a group; one that is shared stays so. @throws as `createGroup`. */
export async function attachGroupBlock(ctx: Ctx, id: string, blockId: string): Promise<void> {
  await changeSharedBlocks(ctx, id, blockId, (ids) => [...ids, blockId]);
}

/** @throws ApiError `not-found`. */
export async function detachGroupBlock(ctx: Ctx, id: string, blockId: string): Promise<void> {
  await changeSharedBlocks(ctx, id, blockId, (ids) => ids.filter((one) => one !== blockId));
}

async function changeSharedBlocks(
  ctx: Ctx,
  id: string,
  blockId: string,
  change: (ids: string[]) => string[],
): Promise<void> {
  await getBlock(ctx, blockId);
  await transact(ctx, async (sql) => {
    await lockGroup(ctx, sql, id);
    await replaceSharedBlocks(ctx, sql, id, change(await sharedBlocks(sql, id)));
  });
}

async function sharedBlocks(sql: Sql, groupId: string): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    "SELECT block_id AS id FROM group_block WHERE group_id = $1 ORDER BY block_id",
    [groupId],
  );
  return rows.map((row) => row.id);
}

/** The agents of the group have the blocks that it shares, and no longer those that it shares no more. */
async function replaceSharedBlocks(ctx: Ctx, sql: Sql, groupId: string, given: readonly string[]): Promise<void> {
  const ids = [...new Set(given)];
  const before = await sharedBlocks(sql, groupId);
  const found = await lockBlocks(ctx, sql, ids);
  const missing = ids.find((id) => !found.includes(id));
  if (missing) throw notFound("block", missing);
  await sql.query("DELETE FROM group_block WHERE group_id = $1 AND block_id <> ALL($2::text[])", [groupId, ids]);
  await sql.query("INSERT INTO group_block (group_id, block_id) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING", [
    groupId,
    ids,
  ]);
  const gone = before.filter((id) => !ids.includes(id));
  if (ids.length === 0 && gone.length === 0) return;
  const members = await sql.query<{ id: string }>(
    "SELECT agent_id AS id FROM group_agent WHERE group_id = $1 ORDER BY agent_id",
    [groupId],
  );
  for (const member of members) {
    await changeAgentIn(ctx, sql, member.id, {
      operation: "share-blocks",
      cause: apiCause(ctx),
      change: (config) => ({
        ...config,
        blockIds: [...new Set([...config.blockIds.filter((id) => !gone.includes(id)), ...ids])],
      }),
    });
  }
}
