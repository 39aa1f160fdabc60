import type { AgentCondition, AgentSearch } from "@/lib/api/agent-search";
import type { WireAgent } from "@/lib/api/agent-state";
import type { Ctx } from "../core/core";
import { contains } from "../core/text-filter";
import type { Prisma } from "../db/generated/client";
import { pageOfAgents } from "./agents";
import { readRef } from "./template-names";

/** A page of the agents for which all conditions hold. @throws ApiError `not-found` for a cursor that is no agent. */
export async function searchAgents(
  ctx: Ctx,
  body: AgentSearch,
): Promise<{ agents: WireAgent[]; nextCursor: string | null }> {
  const agents = await pageOfAgents(ctx, await filterOf(ctx, body), {
    after: body.after,
    limit: body.limit,
    order: body.ascending ? "asc" : "desc",
    order_by: body.sortBy,
  });
  return { agents, nextCursor: agents.length === body.limit ? agents.at(-1)!.id : null };
}

export async function countFoundAgents(ctx: Ctx, query: Conditions): Promise<{ count: number }> {
  return { count: await ctx.db.prisma.agent.count({ where: await filterOf(ctx, query) }) };
}

type Conditions = { search?: AgentCondition[] | undefined; project_id?: string | undefined };

async function filterOf(ctx: Ctx, { search = [], project_id }: Conditions): Promise<Prisma.AgentWhereInput> {
  const conditions = await Promise.all(search.map((condition) => whereOf(ctx, condition)));
  return {
    organizationId: ctx.actor.organizationId,
    suiteRunId: null,
    ...(project_id ? { projectId: project_id } : {}),
    AND: [{ OR: [{ hidden: null }, { hidden: false }] }, ...conditions],
  };
}

async function whereOf(ctx: Ctx, condition: AgentCondition): Promise<Prisma.AgentWhereInput> {
  const { field, value } = condition;
  switch (field) {
    case "name":
      return { name: condition.operator === "contains" ? contains(condition.value) : condition.value };
    case "tags":
      return { AND: condition.value.map((tag) => ({ tags: { some: { tag } } })) };
    case "identity":
      return { identities: { some: { identityId: condition.value } } };
    case "agentId":
      return { id: condition.value };
    case "templateName":
      return { baseTemplateId: { in: (await templatesNamed(ctx, condition.value)).map((row) => row.id) } };
    case "version":
      return { templateId: { in: await versionsOf(ctx, value as string) } };
  }
}

function templatesNamed(ctx: Ctx, name: string): Promise<{ id: string; latestVersion: number }[]> {
  return ctx.db.prisma.template.findMany({
    where: { organizationId: ctx.actor.organizationId, name },
    select: { id: true, latestVersion: true },
  });
}

/** Ids of the versions that a text names: its own, where it is one. @throws ApiError `bad-request` for `name:nonsense`. */
async function versionsOf(ctx: Ctx, text: string): Promise<string[]> {
  if (text.startsWith("version-")) return [text];
  const { name, version } = readRef(text);
  const templates = await templatesNamed(ctx, name);
  // An agent that was made from the working copy is of the template itself.
  if (version === "current") return templates.map((row) => row.id);
  const rows = await ctx.db.prisma.templateVersion.findMany({
    where: {
      OR: templates.map((row) => ({ templateId: row.id, number: version === "latest" ? row.latestVersion : version })),
    },
    select: { id: true },
  });
  return rows.map((row) => row.id);
}
