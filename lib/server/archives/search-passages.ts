import type { Body, Query, Reply } from "@/lib/api/endpoint";
import type { SEARCH_ENDPOINTS } from "@/lib/api/search";
import { formatIso } from "@/lib/engine/time";
import { archivalQuery } from "@/lib/engine/tools/search-tools";
import { getAgentConfig, getAgentRow } from "../agent-config/agent-row";
import { modelIndex } from "../agent-config/model-choice";
import { apiCause, type Ctx } from "../core/core";
import { notFound } from "../core/errors";
import { newId } from "../core/ids";
import { readArguments, readDates } from "../search/dates";
import { archivesOfAgent, type FoundPassage, type PassageQuery, searchPassages } from "../search/search";
import { tellProgress } from "../search/search-index";
import { toWirePassage } from "./passages";

type Row<Id extends string> = Extract<(typeof SEARCH_ENDPOINTS)[number], { id: Id }>;
type AgentSearch = Row<"agents.passages.search">;
type GlobalSearch = Row<"passages.search">;

/**
 * `GET /v1/agents/{agent_id}/archival-memory/search`: what the agent's own tool would find.
 *
 * @throws ApiError `not-found`; `invalid` for a date.
 */
export async function searchAgentPassages(
  ctx: Ctx,
  agentId: string,
  query: Query<AgentSearch>,
): Promise<Reply<AgentSearch>> {
  const { timezone } = await getAgentConfig(ctx, agentId);
  const asked = readArguments(() => archivalQuery(query, timezone));
  const archiveIds = await archivesOfAgent(ctx, agentId);
  const found = await searchForClient(ctx, agentId, { ...asked, mode: "hybrid", archiveIds });
  const results = found.map(({ id, createdAt, text, tags, rank, score }) => {
    return { id, timestamp: formatIso(createdAt, timezone), content: text, tags, rank, score };
  });
  return { results, count: results.length };
}

/** `POST /v1/passages/search`. @throws ApiError `not-found` for the agent or archive; `invalid` for a date. */
export async function searchAllPassages(ctx: Ctx, body: Body<GlobalSearch>): Promise<Reply<GlobalSearch>> {
  const found = await searchForClient(ctx, body.agent_id ?? null, {
    query: body.query ?? null,
    mode: "hybrid",
    archiveIds: await archivesOf(ctx, body),
    tags: body.tags ?? null,
    tagMatchMode: body.tag_match_mode,
    limit: body.limit,
    ...readDates(body),
  });
  const [rows, models] = await Promise.all([
    ctx.db.prisma.passage.findMany({
      where: { id: { in: found.map((one) => one.id) } },
      include: { archive: { select: { embedding: true } } },
    }),
    modelIndex(ctx),
  ]);
  const byId = new Map(rows.map((row) => [row.id, row]));
  return found.flatMap(({ id, score, rank, byText, byVector }) => {
    const row = byId.get(id);
    return row
      ? [{ passage: toWirePassage(row, models), score, metadata: { rank, text: byText, vector: byVector } }]
      : [];
  });
}

async function archivesOf(ctx: Ctx, body: Body<GlobalSearch>): Promise<string[]> {
  const mine = { organizationId: ctx.actor.organizationId, deletedAt: null };
  if (body.agent_id) {
    await getAgentRow(ctx, body.agent_id);
    return archivesOfAgent(ctx, body.agent_id);
  }
  const ofTests = { agents: { some: { agent: { suiteRunId: { not: null } } } } };
  const where = body.archive_id ? { ...mine, id: body.archive_id } : { ...mine, NOT: ofTests };
  const rows = await ctx.db.prisma.archive.findMany({ where, select: { id: true }, orderBy: { id: "asc" } });
  if (body.archive_id && rows.length === 0) throw notFound("archive", body.archive_id);
  return rows.map((row) => row.id);
}

/** Searches, and keeps the search in the ledger. */
async function searchForClient(ctx: Ctx, agentId: string | null, query: PassageQuery): Promise<FoundPassage[]> {
  const { search, partial, found } = await searchPassages(ctx, query);
  tellProgress(ctx, partial);
  const id = newId("event");
  const at = ctx.now().toISOString();
  const { organizationId } = ctx.actor;
  const archiveId = query.archiveIds.length === 1 ? query.archiveIds[0]! : null;
  await ctx.db.query(
    `INSERT INTO passage_event (id, organization_id, archive_id, agent_id, type, search, cause, created_at)
     VALUES ($1, $2, $3, $4, 'search', $5::jsonb, $6::jsonb, $7::timestamptz)`,
    [id, organizationId, archiveId, agentId, JSON.stringify(search), JSON.stringify(apiCause(ctx)), at],
  );
  ctx.events.publish({
    type: "passage",
    organizationId,
    agentId,
    id,
    at,
    detail: { operation: "search", query: search.query },
  });
  return found;
}
