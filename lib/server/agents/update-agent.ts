import type { UpdateAgent } from "@/lib/api/agents";
import { agentName } from "@/lib/api/fields";
import { dedupeRules } from "@/lib/engine/tool-rules";
import type { AgentConfig } from "../agent-config/agent-config";
import { getAgentRow } from "../agent-config/agent-row";
import { changeAgent, lockBlocks, lockTools } from "../agent-config/agent-versions";
import {
  type ModelIndex,
  modelIndex,
  NO_MODEL_PART,
  requestedEmbedding,
  requestedHandle,
  requireContextWindow,
  requireEmbedding,
  widestWindow,
  withModelRequest,
} from "../agent-config/model-choice";
import { setContext } from "../conversations/in-context";
import { apiCause, type Ctx } from "../core/core";
import { conflict, invalid, notFound } from "../core/errors";
import type { Sql } from "../db/database";
import { fileTools, maxFilesOpenOf, openNew, requireFolders, withFolders } from "../folders/agent-folders";
import { closeExcess } from "../folders/files-of-agent";
import { writeAgentIdentities } from "../links/identity-links";
import type { ModelInfo } from "../models/registry";
import { approvalRules, findTools, type KnownTool } from "../tools/agent-tools";
import {
  requestedFolders,
  requireRules,
  requireTimezone,
  summarizerOf,
  withCompaction,
  writeSecrets,
  writeTags,
} from "./create-agent";
import { prepareTender, writeTender } from "./sleeptime-enable";

/**
 * PATCH of the contract: null is "not given", lists replace, all or nothing. What an agent is made of becomes a version;
 * its name, description, metadata and tags are only changed.
 *
 * @throws ApiError for a model, tool, block, message or setting that there is not; `conflict` if `base_version_id` is
 * no longer the head.
 */
export async function updateAgent(ctx: Ctx, id: string, body: UpdateAgent): Promise<void> {
  const { defaultConversationId, name } = await getAgentRow(ctx, id);
  requireName(body.name, name);
  requireTimezone(body.timezone);
  requireRules(body.tool_rules);
  const asked = requestedEmbedding(body);
  const embedding = asked && (await requireEmbedding(ctx, asked));
  const model = requestedHandle(body);
  const newModel = model ? await ctx.models.info(ctx, model) : null;
  // Read before the transaction, which must not be left for another connection.
  const models = await modelIndex(ctx);
  const tools = body.tool_ids ? await findTools(ctx, [], body.tool_ids) : null;
  const blockIds = body.block_ids ? [...new Set(body.block_ids)] : null;
  const folderIds = requestedFolders(body);
  const forFiles = folderIds ? await fileTools(ctx) : [];
  const maxFilesOpen = folderIds?.length ? await maxFilesOpenOf(ctx, id) : 0;
  const tender = await prepareTender(ctx, id, body);
  await changeAgent(ctx, id, {
    operation: "update",
    cause: apiCause(ctx),
    baseVersionId: body.base_version_id ?? null,
    before: async (sql) => {
      await requireFolders(ctx, sql, folderIds ?? []);
      await lockAll(ctx, sql, tools, blockIds);
    },
    change: (config) => {
      const modelled = withModel(config, body, { models, newModel });
      const next = withTools(withRest(modelled, body, { embedding, blockIds }), body, tools);
      return folderIds ? withFolders(next, folderIds, forFiles) : next;
    },
    after: async (sql) => {
      await updateRow(ctx, sql, id, defaultConversationId, body);
      if (body.max_files_open != null) await closeExcess(sql, id, body.max_files_open);
      if (folderIds?.length) await openNew(ctx, sql, id, folderIds, body.max_files_open ?? maxFilesOpen);
      if (tender) await writeTender(ctx, sql, id, tender);
    },
  });
  tender?.publish();
}

/** A name that came with a file and breaks the rule may be sent back as it is. */
function requireName(asked: string | null | undefined, current: string): void {
  if (asked == null || asked === current) return;
  const problem = agentName.safeParse(asked).error?.issues[0];
  if (problem) throw invalid(`name: ${problem.message}`);
}

async function lockAll(ctx: Ctx, sql: Sql, tools: KnownTool[] | null, blockIds: string[] | null): Promise<void> {
  const blocks = await lockBlocks(ctx, sql, blockIds ?? []);
  const missing = blockIds?.find((id) => !blocks.includes(id));
  if (missing) throw notFound("block", missing);
  const toolIds = (tools ?? []).map((tool) => tool.id);
  if ((await lockTools(ctx, sql, toolIds)).length < toolIds.length) {
    throw conflict("CONFLICT: a tool was deleted meanwhile; try again");
  }
}

type Models = { models: ModelIndex; newModel: ModelInfo | null };

/** Another model has settings of its own: of the old ones only the context limit stays, as far as it still fits. */
function withModel(config: AgentConfig, body: UpdateAgent, { models, newModel }: Models): AgentConfig {
  const changes = newModel !== null && newModel.handle !== config.model;
  const before = changes ? { ...config, ...carriedOver(config, newModel) } : config;
  const next: AgentConfig = { ...before, ...withModelRequest(before, body) };
  const info = newModel ?? models.find(config.model);
  const isGiven = body.context_window_limit != null || body.llm_config?.context_window != null;
  if (info && isGiven) requireContextWindow(info, next.llm.contextWindow);
  if (!changes) return next;
  const untouched = [null, summarizerOf(models, config.model)].includes(config.compaction.model);
  const summarizer = untouched ? summarizerOf(models, newModel.handle) : config.compaction.model;
  return { ...next, model: newModel.handle, compaction: { ...next.compaction, model: summarizer } };
}

function carriedOver({ llm }: AgentConfig, model: ModelInfo): Pick<AgentConfig, "modelSettings" | "llm"> {
  const { contextWindow, responseFormat } = llm;
  const capped = contextWindow === null ? null : Math.min(contextWindow, widestWindow(model));
  return { modelSettings: null, llm: { ...NO_MODEL_PART.llm, contextWindow: capped, responseFormat } };
}

function withRest(
  config: AgentConfig,
  body: UpdateAgent,
  given: { embedding: string | null; blockIds: string[] | null },
): AgentConfig {
  return {
    ...config,
    system: body.system ?? config.system,
    embedding: given.embedding ?? config.embedding,
    blockIds: given.blockIds ?? config.blockIds,
    compaction: withCompaction(config.compaction, body.compaction_settings),
    timezone: body.timezone ?? config.timezone,
    messageBufferAutoclear: body.message_buffer_autoclear ?? config.messageBufferAutoclear,
    maxFilesOpen: body.max_files_open ?? config.maxFilesOpen,
    perFileViewWindowCharLimit: body.per_file_view_window_char_limit ?? config.perFileViewWindowCharLimit,
    enableSleeptime: body.enable_sleeptime ?? config.enableSleeptime,
  };
}

/** Tools that come in bring the approvals that they ask for. */
function withTools(config: AgentConfig, body: UpdateAgent, tools: KnownTool[] | null): AgentConfig {
  const rules = body.tool_rules ?? config.toolRules;
  const added = (tools ?? []).filter((tool) => !config.toolIds.includes(tool.id));
  return {
    ...config,
    toolIds: tools?.map((tool) => tool.id) ?? config.toolIds,
    toolRules: dedupeRules([...rules, ...approvalRules(added)]),
  };
}

async function updateRow(ctx: Ctx, sql: Sql, id: string, conversationId: string, body: UpdateAgent): Promise<void> {
  await sql.query(UPDATE_ROW, [
    id,
    JSON.stringify({
      name: body.name ?? null,
      description: body.description ?? null,
      metadata: body.metadata ?? null,
      projectId: body.project_id ?? null,
      templateId: body.template_id ?? null,
      baseTemplateId: body.base_template_id ?? null,
      lastRunCompletion: body.last_run_completion ?? null,
      lastRunDurationMs: body.last_run_duration_ms ?? null,
      lastStopReason: body.last_stop_reason ?? null,
    }),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
  if (body.tags) await writeTags(ctx, sql, id, body.tags);
  if (body.identity_ids) await writeAgentIdentities(ctx, sql, id, body.identity_ids);
  const secrets = body.secrets ?? body.tool_exec_environment_variables;
  if (secrets) await writeSecrets(ctx, sql, id, secrets);
  const unknown = body.message_ids ? await setContext(sql, conversationId, body.message_ids) : null;
  if (unknown) throw notFound("message", unknown);
}

const UPDATE_ROW = `
UPDATE agent SET name = COALESCE(x."name", agent.name), description = COALESCE(x."description", agent.description),
    metadata = COALESCE(x."metadata", agent.metadata), project_id = COALESCE(x."projectId", agent.project_id),
    template_id = COALESCE(x."templateId", agent.template_id),
    base_template_id = COALESCE(x."baseTemplateId", agent.base_template_id),
    last_run_completion = COALESCE(x."lastRunCompletion", agent.last_run_completion),
    last_run_duration_ms = COALESCE(x."lastRunDurationMs", agent.last_run_duration_ms),
    last_stop_reason = COALESCE(x."lastStopReason", agent.last_stop_reason),
    last_updated_by_id = $3, updated_at = $4::timestamptz
  FROM jsonb_to_record($2::jsonb) AS x("name" text, "description" text, "metadata" jsonb, "projectId" text,
    "templateId" text, "baseTemplateId" text, "lastRunCompletion" timestamptz, "lastRunDurationMs" int,
    "lastStopReason" text)
  WHERE agent.id = $1`;
