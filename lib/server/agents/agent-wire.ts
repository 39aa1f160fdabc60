import type { WireAgent, WireSecret } from "@/lib/api/agent-state";
import type { WireGroup } from "@/lib/api/group";
import { COMPACTION_PROMPTS } from "@/lib/engine/compaction/prompts";
import type { AgentConfig } from "../agent-config/agent-config";
import { type ModelIndex, modelIndex } from "../agent-config/model-choice";
import {
  defaultFileLimits,
  deriveEmbeddingConfig,
  deriveLlmConfig,
  effectiveContextWindow,
  effectiveModelSettings,
} from "../agent-config/model-settings";
import { toWireToolRule } from "../agent-config/wire-config";
import { toWireBlock } from "../blocks/blocks";
import { type InContext, readInContext } from "../conversations/in-context";
import { type Ctx, maySeeSecrets } from "../core/core";
import type { Prisma } from "../db/generated/client";
import type { AgentSecretModel } from "../db/generated/models";
import { fileBlocksOf } from "../folders/files-of-agent";
import { toWireFolder } from "../folders/wire";
import { managedGroups } from "../links/group-links";
import { IDENTITY_RELATIONS, toWireIdentity } from "../links/identity-links";
import { toWireTool } from "../tools/tools";
import { readable } from "../vault/vault";

/** All that `toWireAgent` reads of an agent; each relation is one more statement, whatever the number of agents. */
export const AGENT_RELATIONS = {
  version: true,
  tags: { orderBy: { tag: "asc" } },
  secrets: { orderBy: { key: "asc" } },
  tools: { orderBy: { position: "asc" }, include: { tool: true } },
  blocks: { orderBy: { position: "asc" }, include: { block: { include: { head: true } } } },
  folders: { orderBy: [{ createdAt: "asc" }, { folderId: "asc" }], include: { folder: true } },
  identities: { orderBy: { identityId: "asc" }, include: { identity: { include: IDENTITY_RELATIONS } } },
} satisfies Prisma.AgentInclude;

export type AgentRow = Prisma.AgentGetPayload<{ include: typeof AGENT_RELATIONS }>;

/**
 * Relations are read by statements of their own: what is deleted meanwhile leaves null where the schema promises a row.
 *
 * @returns the agent without what is gone; null where it is gone itself.
 */
export function stillThere(row: AgentRow): AgentRow | null {
  if (!row.version) return null;
  return {
    ...row,
    tools: row.tools.filter((link) => link.tool),
    blocks: row.blocks.filter((link) => link.block?.head),
    folders: row.folders.filter((link) => link.folder),
    identities: row.identities.filter((link) => link.identity),
  };
}

/** Rows in the contract's words, in their order: a constant number of statements. */
export async function toWireAgents(ctx: Ctx, rows: readonly AgentRow[]): Promise<WireAgent[]> {
  const models = await modelIndex(ctx);
  const sizes = rows.map((row) => ({ id: row.id, viewWindowChars: fileLimitsOf(row, models).viewWindowChars }));
  const [files, contexts, systemIds, groups] = await Promise.all([
    fileBlocksOf(ctx, sizes),
    readInContext(
      ctx,
      rows.map((row) => row.defaultConversationId),
    ),
    systemMessageIds(
      ctx,
      rows.map((row) => row.defaultConversationId),
    ),
    managedGroups(
      ctx,
      rows.map((row) => row.id),
    ),
  ]);
  return rows.map((row) =>
    toWireAgent(ctx, row, {
      models,
      context: contexts.get(row.defaultConversationId)!,
      systemMessageId: systemIds.get(row.defaultConversationId) ?? null,
      group: groups.get(row.id) ?? null,
      fileBlocks: files.get(row.id) ?? [],
    }),
  );
}

async function systemMessageIds(ctx: Ctx, conversationIds: string[]): Promise<Map<string, string>> {
  const rows = await ctx.db.prisma.conversation.findMany({
    where: { id: { in: conversationIds } },
    select: { id: true, systemMessageId: true },
  });
  return new Map(rows.map((row) => [row.id, row.systemMessageId]));
}

type Surroundings = {
  models: ModelIndex;
  context: InContext;
  systemMessageId: string | null;
  group: WireGroup | null;
  fileBlocks: Record<string, unknown>[];
};

/** What is set, or what fits the agent's context window (contract §2.1). */
function fileLimitsOf(row: AgentRow, models: ModelIndex): { maxFilesOpen: number; viewWindowChars: number } {
  const config = row.version.config as AgentConfig;
  const derived = defaultFileLimits(effectiveContextWindow(models.find(config.model), config));
  return {
    maxFilesOpen: config.maxFilesOpen ?? derived.maxFilesOpen,
    viewWindowChars: config.perFileViewWindowCharLimit ?? derived.viewWindowChars,
  };
}

function toWireAgent(ctx: Ctx, row: AgentRow, surroundings: Surroundings): WireAgent {
  const { models, context, systemMessageId, group, fileBlocks } = surroundings;
  const config = row.version.config as AgentConfig;
  const info = models.find(config.model);
  const files = fileLimitsOf(row, models);
  const blocks = row.blocks.map((link) => toWireBlock(link.block));
  const secrets = row.secrets.map((secret) => toWireSecret(ctx, row, secret));
  return {
    created_by_id: row.createdById,
    last_updated_by_id: row.lastUpdatedById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.updatedAt.toISOString(),
    id: row.id,
    name: row.name,
    tool_rules: config.toolRules.map(toWireToolRule),
    message_ids: [...(systemMessageId ? [systemMessageId] : []), ...context.messageIds],
    system: config.system,
    agent_type: config.agentType,
    llm_config: deriveLlmConfig(info, config),
    embedding_config: config.embedding
      ? deriveEmbeddingConfig(models.findEmbedding(config.embedding), config.embedding)
      : null,
    model: config.model,
    embedding: config.embedding,
    model_settings: effectiveModelSettings(info, config),
    compaction_settings: toWireCompaction(config),
    response_format: config.llm.responseFormat as WireAgent["response_format"],
    description: row.description,
    metadata: row.metadata as WireAgent["metadata"],
    memory: { agent_type: config.agentType, git_enabled: false, blocks, file_blocks: fileBlocks, prompt_template: "" },
    blocks,
    tools: row.tools.map((link) => toWireTool(link.tool)),
    sources: row.folders.map((link) => toWireFolder(link.folder, models)),
    tags: row.tags.map((tag) => tag.tag),
    tool_exec_environment_variables: secrets,
    secrets,
    project_id: row.projectId,
    template_id: row.templateId,
    base_template_id: row.baseTemplateId,
    deployment_id: row.deploymentId,
    entity_id: row.entityId,
    identity_ids: row.identities.map((link) => link.identityId),
    identities: row.identities.map((link) => toWireIdentity(link.identity)),
    pending_approval: context.pendingApproval as WireAgent["pending_approval"],
    message_buffer_autoclear: config.messageBufferAutoclear,
    enable_sleeptime: config.enableSleeptime,
    multi_agent_group: group,
    managed_group: group,
    last_run_completion: row.lastRunCompletion?.toISOString() ?? null,
    last_run_duration_ms: row.lastRunDurationMs,
    last_stop_reason: row.lastStopReason,
    timezone: config.timezone,
    max_files_open: files.maxFilesOpen,
    per_file_view_window_char_limit: files.viewWindowChars,
    hidden: row.suiteRunId === null ? row.hidden : true,
  };
}

/** In clear (or empty, where it can't be read): the contract gives secrets back, so that a client can edit them; but not to a token in a browser. */
function toWireSecret(ctx: Ctx, agent: AgentRow, row: AgentSecretModel): WireSecret {
  return {
    created_by_id: agent.createdById,
    last_updated_by_id: agent.lastUpdatedById,
    created_at: row.createdAt.toISOString(),
    updated_at: row.createdAt.toISOString(),
    id: row.id,
    key: row.key,
    value: maySeeSecrets(ctx.actor) ? (readable(ctx.vault, row.valueEnc) ?? "") : "",
    description: row.description,
    value_enc: null,
    agent_id: row.agentId,
    organization_id: agent.organizationId,
  };
}

function toWireCompaction({ compaction, model }: AgentConfig): WireAgent["compaction_settings"] {
  return {
    model: compaction.model ?? model,
    model_settings: compaction.modelSettings,
    prompt: compaction.prompt ?? COMPACTION_PROMPTS[compaction.mode],
    prompt_acknowledgement: compaction.promptAcknowledgement,
    clip_chars: compaction.clipChars,
    mode: compaction.mode,
    sliding_window_percentage: compaction.slidingWindowPercentage,
  };
}
