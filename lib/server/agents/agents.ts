import type { WireAgent } from "@/lib/api/agent-state";
import type { AGENT_ENDPOINTS, AgentFilter } from "@/lib/api/agents";
import type { Paging } from "@/lib/api/common";
import type { Query } from "@/lib/api/endpoint";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { inListOrder, keyset } from "../core/paging";
import { contains } from "../core/text-filter";
import type { Prisma } from "../db/generated/client";
import { identityFilter } from "../links/identity-links";
import { AGENT_RELATIONS, type AgentRow, stillThere, toWireAgents } from "./agent-wire";

/** @throws ApiError `not-found`. */
export async function getAgent(ctx: Ctx, id: string): Promise<AgentRow> {
  const row = await ctx.db.prisma.agent.findFirst({
    where: { id, organizationId: ctx.actor.organizationId },
    include: AGENT_RELATIONS,
  });
  const there = row && stillThere(row);
  if (!there) throw notFound("agent", id);
  return there;
}

/** The agent in the contract's words. @throws ApiError `not-found`. */
export async function retrieveAgent(ctx: Ctx, id: string): Promise<WireAgent> {
  const [agent] = await toWireAgents(ctx, [await getAgent(ctx, id)]);
  return agent!;
}

type ListAgentsQuery = Query<Extract<(typeof AGENT_ENDPOINTS)[number], { id: "agents.list" }>>;

export async function listAgents(ctx: Ctx, query: ListAgentsQuery): Promise<WireAgent[]> {
  const order = query.ascending == null ? query.order : query.ascending ? "asc" : "desc";
  const paging = { ...query, order, order_by: query.sort_by ?? query.order_by } as const;
  return pageOfAgents(ctx, agentFilter(ctx, query), await withKnownCursors(ctx, paging));
}

/** Agents that hold a block. @throws ApiError `not-found` for a cursor that is no agent. */
export function listAgentsOfBlock(ctx: Ctx, blockId: string, paging: Paging): Promise<WireAgent[]> {
  return pageOfAgents(ctx, { ...mine(ctx), blocks: { some: { blockId } } }, paging);
}

/** Agents that an archive is attached to. @throws ApiError `not-found` for a cursor that is no agent. */
export function listAgentsOfArchive(ctx: Ctx, archiveId: string, paging: Paging): Promise<WireAgent[]> {
  return pageOfAgents(ctx, { ...mine(ctx), archives: { some: { archiveId } } }, paging);
}

/** Agents of an identity. @throws ApiError `not-found` for a cursor that is no agent. */
export function listAgentsOfIdentity(ctx: Ctx, identityId: string, paging: Paging): Promise<WireAgent[]> {
  return pageOfAgents(ctx, { ...mine(ctx), identities: { some: { identityId } } }, paging);
}

export function countAgents(ctx: Ctx, query: AgentFilter): Promise<number> {
  return ctx.db.prisma.agent.count({ where: agentFilter(ctx, query) });
}

const mine = (ctx: Ctx) => ({ organizationId: ctx.actor.organizationId });

const FIELDS = { created_at: "createdAt", updated_at: "updatedAt", last_run_completion: "lastRunCompletion" } as const;

/** A page of agents of the caller's organization, in the contract's words. @throws ApiError `not-found` for a cursor that is none. */
export async function pageOfAgents(ctx: Ctx, where: Prisma.AgentWhereInput, paging: Paging): Promise<WireAgent[]> {
  const field = FIELDS[paging.order_by as keyof typeof FIELDS];
  const page = await keyset({
    paging,
    kind: "agent",
    field,
    nullable: field === "lastRunCompletion",
    find: async (id) => {
      const row = await ctx.db.prisma.agent.findFirst({ where: { id, ...mine(ctx) } });
      return row && { id, at: row[field] };
    },
  });
  const rows = await ctx.db.prisma.agent.findMany({
    where: { AND: [where, page.where] },
    orderBy: page.orderBy,
    take: page.take,
    include: AGENT_RELATIONS,
  });
  return toWireAgents(
    ctx,
    inListOrder(rows, page).flatMap((row) => stillThere(row) ?? []),
  );
}

/** The contract ignores a cursor of this one list that is no agent. */
async function withKnownCursors(ctx: Ctx, paging: Paging): Promise<Paging> {
  const cursors = [paging.after, paging.before].filter((id) => id != null);
  if (cursors.length === 0) return paging;
  const rows = await ctx.db.prisma.agent.findMany({
    where: { id: { in: cursors }, ...mine(ctx) },
    select: { id: true },
  });
  const known = (id: string | null | undefined) => (rows.some((row) => row.id === id) ? id : null);
  return { ...paging, after: known(paging.after), before: known(paging.before) };
}

function agentFilter(ctx: Ctx, query: AgentFilter): Prisma.AgentWhereInput {
  const tags = query.tags?.length ? query.tags : null;
  const tagged = (tag: string): Prisma.AgentWhereInput => ({ tags: { some: { tag } } });
  return {
    ...mine(ctx),
    suiteRunId: null,
    ...(query.name ? { name: query.name } : {}),
    ...(query.project_id ? { projectId: query.project_id } : {}),
    ...(query.template_id ? { templateId: query.template_id } : {}),
    ...(query.base_template_id ? { baseTemplateId: query.base_template_id } : {}),
    ...(query.last_stop_reason ? { lastStopReason: query.last_stop_reason } : {}),
    ...(query.created_by_id ? { createdById: query.created_by_id } : {}),
    AND: [
      query.query_text ? { name: contains(query.query_text) } : {},
      query.show_hidden_agents ? {} : { OR: [{ hidden: null }, { hidden: false }] },
      tags ? (query.match_all_tags ? { AND: tags.map(tagged) } : { tags: { some: { tag: { in: tags } } } }) : {},
      ...identityFilter(query),
    ],
  };
}
