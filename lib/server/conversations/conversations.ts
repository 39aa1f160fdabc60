import type {
  CONVERSATION_ENDPOINTS,
  CreateConversation,
  UpdateConversation,
  WireConversation,
} from "@/lib/api/conversations";
import type { Query } from "@/lib/api/endpoint";
import type { Cause } from "@/lib/engine/cause";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentRow } from "../agent-config/agent-row";
import { type ModelIndex, modelIndex, requireContextWindow } from "../agent-config/model-choice";
import { effectiveModelSettings } from "../agent-config/model-settings";
import { copyBlocksAt } from "../blocks/copy-blocks";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import { contains } from "../core/text-filter";
import type { Sql } from "../db/database";
import type { BlockVersionModel, ConversationModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { recordResources } from "../records/resource-events";
import { compileConversation } from "./compile";
import { insertConversation } from "./first-messages";
import { readInContext } from "./in-context";

export type ConversationRow = ConversationModel & { agent: { version: { config: unknown } } };

const WITH_CONFIG = { agent: { select: { version: { select: { config: true } } } } } as const;

/** Rows in the contract's words, in their order: a constant number of statements. */
export async function toWireConversations(ctx: Ctx, rows: readonly ConversationRow[]): Promise<WireConversation[]> {
  const [models, contexts] = await Promise.all([
    modelIndex(ctx),
    readInContext(
      ctx,
      rows.map((row) => row.id),
    ),
  ]);
  return rows.map((row) => toWireConversation(row, contexts.get(row.id)!.messageIds, models));
}

function toWireConversation(row: ConversationRow, messageIds: string[], models: ModelIndex): WireConversation {
  const modelSettings = row.modelSettings as Record<string, unknown> | null;
  const model = row.model ?? (row.agent.version.config as AgentConfig).model;
  return {
    created_by_id: row.createdById,
    last_updated_by_id: row.lastUpdatedById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    id: row.id,
    agent_id: row.agentId,
    summary: row.summary,
    description: row.description,
    in_context_message_ids: [row.systemMessageId, ...messageIds],
    isolated_block_ids: row.isolatedBlockIds,
    model: row.model,
    model_settings: modelSettings && effectiveModelSettings(models.find(model), { model, modelSettings, llm: {} }),
    context_window_limit: row.contextWindowLimit,
    last_message_at: row.lastMessageAt?.toISOString() ?? null,
    archived: row.archivedAt !== null,
    archived_at: row.archivedAt?.toISOString() ?? null,
  };
}

/**
 * The conversation of a path: by its id; the default one of `agentId` for `default`; or (deprecated) the default one of
 * the agent whose id stands there.
 *
 * @throws ApiError `not-found`; `bad-request` for `default` without an agent.
 */
export async function resolveConversation(
  ctx: Ctx,
  idOrDefault: string,
  agentId?: string | null,
): Promise<ConversationRow> {
  if (idOrDefault.startsWith("conv-")) return getConversation(ctx, idOrDefault);
  const ownerId = idOrDefault.startsWith("agent-") ? idOrDefault : agentId;
  if (!ownerId) throw badRequest("INVALID_ARGUMENT: agent_id is required for the conversation 'default'");
  return getConversation(ctx, (await getAgentRow(ctx, ownerId)).defaultConversationId);
}

/** @throws ApiError `not-found` also for one that was deleted. */
export async function getConversation(ctx: Ctx, id: string): Promise<ConversationRow> {
  const row = await ctx.db.prisma.conversation.findFirst({
    where: { id, organizationId: ctx.actor.organizationId, deletedAt: null },
    include: WITH_CONFIG,
  });
  if (!row?.agent?.version) throw notFound("conversation", id);
  return row;
}

export async function retrieveConversation(
  ctx: Ctx,
  idOrDefault: string,
  agentId?: string | null,
): Promise<WireConversation> {
  const [wire] = await toWireConversations(ctx, [await resolveConversation(ctx, idOrDefault, agentId)]);
  return wire!;
}

/** @throws ApiError `not-found` for an unknown agent or model; `bad-request` for a window or label that can't be. */
export async function createConversation(ctx: Ctx, agentId: string, body: CreateConversation): Promise<string> {
  const agent = await ctx.db.prisma.agent.findFirst({
    where: { id: agentId, organizationId: ctx.actor.organizationId },
    include: {
      version: true,
      blocks: { orderBy: { position: "asc" }, include: { block: { include: { head: true } } } },
    },
  });
  if (!agent) throw notFound("agent", agentId);
  const config = agent.version.config as AgentConfig;
  const model = await requireModel(ctx, body.model ?? null, config.model, body.context_window_limit);
  const heads = agent.blocks.map((link) => link.block.head);
  const isolated = [...new Set(body.isolated_block_labels ?? [])].map((label) => {
    const head = heads.find((one) => one.label === label);
    if (!head) throw badRequest(`INVALID_ARGUMENT: the agent has no block with the label '${label}' to isolate`);
    return head;
  });
  const id = newId("conv");
  await transact(ctx, async (sql) => {
    const cause = apiCause(ctx);
    const isolatedBlockIds = await copyBlocks(ctx, sql, { agentId, heads: isolated, cause });
    await insertConversation(ctx, sql, {
      agentId,
      conversationId: id,
      isDefault: false,
      messages: [],
      columns: {
        summary: body.summary ?? null,
        description: body.description ?? null,
        model,
        modelSettings: body.model_settings ?? null,
        contextWindowLimit: body.context_window_limit ?? null,
        hidden: body.hidden ?? null,
        isolatedBlockIds,
      },
    });
  });
  // What it shows from now on is what its first run starts with, whatever is edited elsewhere in between.
  await compileConversation(ctx, id, apiCause(ctx));
  return id;
}

/** The handle that a request means. Registries may read the database, so that this is never called within a transaction. */
async function requireModel(
  ctx: Ctx,
  model: string | null,
  agentModel: string,
  contextWindow: number | null | undefined,
): Promise<string | null> {
  const info = model === null ? (await modelIndex(ctx)).find(agentModel) : await ctx.models.info(ctx, model);
  if (info) requireContextWindow(info, contextWindow);
  return model === null ? null : (info?.handle ?? model);
}

type Copy = { agentId: string; heads: readonly BlockVersionModel[]; cause: Cause };

/** Blocks of a conversation's own, with the content of others; they go with the agent. */
export async function copyBlocks(ctx: Ctx, sql: Sql, { agentId, heads, cause }: Copy): Promise<string[]> {
  const copying = { agentId, heads, shown: [], values: {}, operation: "create" as const, cause };
  return (await copyBlocksAt(ctx, sql, copying)).blockIds;
}

type ListQuery = Query<Extract<(typeof CONVERSATION_ENDPOINTS)[number], { id: "conversations.list" }>>;

const FIELDS = {
  created_at: "createdAt",
  last_run_completion: "lastRunCompletion",
  last_message_at: "lastMessageAt",
} as const;

const ARCHIVED = { unarchived: { archivedAt: null }, archived: { archivedAt: { not: null } }, all: {} } as const;

/** Conversations that were started, without default, hidden and deleted ones. */
export async function listConversations(ctx: Ctx, query: ListQuery): Promise<WireConversation[]> {
  const mine = { organizationId: ctx.actor.organizationId };
  const field = FIELDS[query.order_by as keyof typeof FIELDS];
  const page = await keyset({
    paging: query,
    kind: "conversation",
    field,
    nullable: field !== "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.conversation.findFirst({ where: { id, ...mine } });
      return row && { id, at: row[field] };
    },
  });
  const rows = await ctx.db.prisma.conversation.findMany({
    where: {
      AND: [
        { ...mine, isDefault: false, deletedAt: null, OR: [{ hidden: null }, { hidden: false }] },
        query.agent_id ? { agentId: query.agent_id } : { agent: { suiteRunId: null } },
        query.summary_search ? { summary: contains(query.summary_search) } : {},
        ARCHIVED[query.archive_status],
        page.where,
      ],
    },
    orderBy: page.orderBy,
    take: page.take,
    include: WITH_CONFIG,
  });
  // Those of an agent that is deleted while they are read have none any more.
  return toWireConversations(
    ctx,
    inListOrder(rows, page).filter((row) => row.agent?.version),
  );
}

/** PATCH of the contract: null is "not given". @throws ApiError as `createConversation`. */
export async function updateConversation(ctx: Ctx, id: string, body: UpdateConversation): Promise<void> {
  const row = await getConversation(ctx, id);
  const agentModel = (row.agent.version.config as AgentConfig).model;
  const model = await requireModel(ctx, body.model ?? row.model, agentModel, body.context_window_limit);
  await ctx.db.query(UPDATE_CONVERSATION, [
    id,
    JSON.stringify({
      summary: body.summary ?? null,
      description: body.description ?? null,
      model: body.model ? model : null,
      modelSettings: body.model_settings ?? null,
      contextWindowLimit: body.context_window_limit ?? null,
      lastMessageAt: body.last_message_at ?? null,
      archived: body.archived ?? null,
    }),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
}

const UPDATE_CONVERSATION = `
UPDATE conversation c SET summary = COALESCE(x."summary", c.summary),
    description = COALESCE(x."description", c.description), model = COALESCE(x."model", c.model),
    model_settings = COALESCE(x."modelSettings", c.model_settings),
    context_window_limit = COALESCE(x."contextWindowLimit", c.context_window_limit),
    last_message_at = COALESCE(x."lastMessageAt", c.last_message_at),
    archived_at = CASE x."archived" WHEN true THEN COALESCE(c.archived_at, $4::timestamptz) WHEN false THEN NULL
      ELSE c.archived_at END,
    last_updated_by_id = $3, updated_at = $4::timestamptz
  FROM jsonb_to_record($2::jsonb) AS x("summary" text, "description" text, "model" text, "modelSettings" jsonb,
    "contextWindowLimit" int, "lastMessageAt" timestamptz, "archived" boolean)
  WHERE c.id = $1`;

/**
 * Hides a conversation for good; its messages stay in the agent's history.
 *
 * @throws ApiError `not-found`; `conflict` for an agent's default conversation.
 */
export async function deleteConversation(ctx: Ctx, id: string): Promise<void> {
  const row = await getConversation(ctx, id);
  if (row.isDefault) throw conflict("CONFLICT: the default conversation of an agent goes with the agent");
  await transact(ctx, async (sql) => {
    // Its name is free again.
    const gone = await sql.query(
      `UPDATE conversation SET deleted_at = $2::timestamptz, external_key = NULL WHERE id = $1 AND deleted_at IS NULL
       RETURNING id`,
      [id, ctx.now().toISOString()],
    );
    if (gone.length === 0) return;
    const name = row.summary ?? "";
    await recordResources(ctx, sql, [
      { resource: "conversation", id, name, operation: "delete", agentIds: [row.agentId] },
    ]);
  });
}
