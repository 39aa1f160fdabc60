import type { CreateAgent } from "@/lib/api/agents";
import type { CompactionSettingsBody } from "@/lib/api/model-settings";
import { AGENT_TYPES } from "@/lib/engine/agent-types";
import type { Cause } from "@/lib/engine/cause";
import { isTimezone } from "@/lib/engine/time";
import { validateRules } from "@/lib/engine/tool-rules";
import type { AgentConfig, CompactionSettings } from "../agent-config/agent-config";
import { lockBlocks, lockTools, writeLinks } from "../agent-config/agent-versions";
import {
  type ModelIndex,
  modelIndex,
  NO_MODEL_PART,
  requestedEmbedding,
  requestedHandle,
  requireContextWindow,
  requireEmbedding,
  withModelRequest,
} from "../agent-config/model-choice";
import { defaultSummarizer } from "../agent-config/model-settings";
import { createBlock } from "../blocks/blocks";
import { firstMessages, insertConversation, type NewMessage } from "../conversations/first-messages";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, conflict, invalid, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { transact } from "../db/transact";
import { fileTools, openNew, requireFolders, withFolders } from "../folders/agent-folders";
import { fileLimitsOf } from "../folders/directories";
import { insertGroup } from "../groups/groups";
import { writeFolderLinks } from "../links/folder-links";
import { writeAgentIdentities } from "../links/identity-links";
import { findTools, initialRules, requestedToolNames } from "../tools/agent-tools";
import { ensureBuiltinTools } from "../tools/builtin-tools";
import { randomAgentName } from "./random-name";
import { sleeptimeBody, sleeptimeGroup, wantsSleeptime } from "./sleeptime-agent";

export type CreateAgentOptions = {
  cause?: Cause;
  /** What stands in the default conversation after the system message, in place of what the request and type say. */
  messages?: NewMessage[];
  /** Which deployment of a template it belongs to, and what it is in that template. */
  deployment?: Deployment;
};

type Deployment = { deploymentId: string; entityId: string };

/**
 * Makes an agent with its first version, its default conversation and what it begins with, all or nothing. The system
 * message has no text: it is compiled when it is first needed. An agent that wants one gets its sleep-time agent.
 *
 * @returns the agent's id.
 * @throws ApiError for a model, tool, block or setting that there is not.
 */
export async function createAgent(ctx: Ctx, body: CreateAgent, options: CreateAgentOptions = {}): Promise<string> {
  await ensureBuiltinTools(ctx);
  const cause = options.cause ?? apiCause(ctx);
  const agent = await prepareAgent(ctx, body, { ...options, cause });
  const sleeptime = wantsSleeptime(body) ? await prepareAgent(ctx, sleeptimeBody(agent.body), { cause }) : null;
  await transact(ctx, async (sql) => {
    const blockIds = await agent.write(sql);
    if (!sleeptime) return;
    await sleeptime.write(sql, blockIds);
    await insertGroup(ctx, sql, newId("group"), sleeptimeGroup(body.agent_type, agent.id, sleeptime.id));
  });
  agent.publish();
  sleeptime?.publish();
  return agent.id;
}

/** A new agent, all of whose requirements are known to be met, before its transaction. */
export type PreparedAgent = {
  id: string;
  /** The request, with the name that the agent will have. */
  body: CreateAgent;
  /** Writes it, with more blocks to share than it asked for; answers the ids of its blocks, in order. */
  write(sql: Sql, moreBlockIds?: readonly string[]): Promise<string[]>;
  /** Tells those who watch. */
  publish(): void;
};

/** The first half of `createAgent`: all that must be read, or asked of a model's provider, outside of the transaction. */
export async function prepareAgent(ctx: Ctx, asked: CreateAgent, options: CreateAgentOptions): Promise<PreparedAgent> {
  const body = { ...asked, name: asked.name ?? randomAgentName() };
  const folderIds = requestedFolders(body) ?? [];
  const plain = await initialConfig(ctx, body);
  const config = folderIds.length > 0 ? withFolders(plain, folderIds, await fileTools(ctx)) : plain;
  const { maxFilesOpen } = await fileLimitsOf(ctx, config);
  const messages = options.messages ?? firstMessages(ctx, body, config);
  const cause = options.cause ?? apiCause(ctx);
  const id = newId("agent");
  const conversationId = newId("conv");
  return {
    id,
    body,
    async write(sql, moreBlockIds = []) {
      const asking = { ...body, block_ids: [...(body.block_ids ?? []), ...moreBlockIds] };
      const shared = await lockAll(ctx, sql, asking, config);
      const made: string[] = [];
      for (const block of body.memory_blocks ?? []) {
        made.push(await createBlock(ctx, { ...block, cause, madeForAgentId: id }, sql));
      }
      const complete = { ...config, blockIds: [...made, ...shared] };
      const { deployment } = options;
      await insertAgent(ctx, sql, { id, conversationId, body, config: complete, cause, deployment });
      await insertConversation(ctx, sql, { agentId: id, conversationId, isDefault: true, messages });
      await writeLinks(sql, id, complete);
      if (folderIds.length > 0) {
        await writeFolderLinks(ctx, sql, id, folderIds);
        await openNew(ctx, sql, id, folderIds, maxFilesOpen);
      }
      if (body.tags?.length) await writeTags(ctx, sql, id, body.tags);
      if (body.identity_ids?.length) await writeAgentIdentities(ctx, sql, id, body.identity_ids);
      const secrets = body.secrets ?? body.tool_exec_environment_variables;
      if (secrets) await writeSecrets(ctx, sql, id, secrets);
      return complete.blockIds;
    },
    publish: () =>
      ctx.events.publish({
        type: "agent",
        organizationId: ctx.actor.organizationId,
        agentId: id,
        id,
        at: ctx.now().toISOString(),
        detail: { operation: "create", cause },
      }),
  };
}

/** Ids of the blocks to share, once each; neither they nor tools nor folders can be deleted before the transaction ends. */
async function lockAll(ctx: Ctx, sql: Sql, body: CreateAgent, config: AgentConfig): Promise<string[]> {
  await requireFolders(ctx, sql, config.folderIds ?? []);
  const wanted = [...new Set(body.block_ids ?? [])];
  const shared = await lockBlocks(ctx, sql, wanted);
  const missing = wanted.find((id) => !shared.includes(id));
  if (missing) throw notFound("block", missing);
  const tools = await lockTools(ctx, sql, config.toolIds);
  if (tools.length < config.toolIds.length) throw conflict("CONFLICT: a tool was deleted meanwhile; try again");
  return shared;
}

/** Folders that a request asks for, by either of their names, once each; null if it does not say. */
export function requestedFolders(body: Pick<CreateAgent, "source_ids" | "folder_ids">): string[] | null {
  const ids = body.folder_ids ?? body.source_ids;
  return ids ? [...new Set(ids)] : null;
}

/** What an agent that is asked for is made of, without its blocks. @throws ApiError for a model, tool or setting that there is not. */
export async function initialConfig(ctx: Ctx, body: CreateAgent): Promise<AgentConfig> {
  const type = AGENT_TYPES[body.agent_type];
  const system = body.system ?? type.systemPrompt;
  if (system === null) throw badRequest(`Invalid agent type: ${body.agent_type} needs a system prompt`);
  const info = await ctx.models.info(ctx, requestedHandle(body) ?? (await ctx.models.defaultHandle(ctx)));
  const model = info.handle;
  const modelPart = withModelRequest(NO_MODEL_PART, body);
  requireContextWindow(info, modelPart.llm.contextWindow);
  const asked = requestedEmbedding(body);
  const embedding = asked && (await requireEmbedding(ctx, asked));
  requireTimezone(body.timezone);
  requireRules(body.tool_rules);
  const tools = await findTools(ctx, requestedToolNames(type, body), body.tool_ids ?? []);
  return {
    agentType: body.agent_type,
    system,
    model,
    embedding: embedding ?? ctx.config.defaultEmbedding,
    ...modelPart,
    compaction: withCompaction(defaultCompaction(await modelIndex(ctx), model), body.compaction_settings),
    toolIds: tools.map((tool) => tool.id),
    toolRules: initialRules(body, model, tools),
    blockIds: [],
    timezone: body.timezone ?? "UTC",
    messageBufferAutoclear: type.clearsBuffer || body.message_buffer_autoclear === true,
    maxFilesOpen: body.max_files_open ?? null,
    perFileViewWindowCharLimit: body.per_file_view_window_char_limit ?? null,
    enableSleeptime: body.enable_sleeptime ?? null,
  };
}

export function requireTimezone(name: string | null | undefined): void {
  if (name != null && !isTimezone(name)) throw invalid(`timezone: '${name}' is not the name of a timezone`);
}

export function requireRules(rules: CreateAgent["tool_rules"]): void {
  const wrong = rules && validateRules(rules);
  if (wrong) throw invalid(`tool_rules: ${wrong}`);
}

const CLIP_CHARS = 50_000;
const SLIDING_WINDOW_PERCENTAGE = 0.3;

function defaultCompaction(models: ModelIndex, handle: string): CompactionSettings {
  return {
    model: summarizerOf(models, handle),
    modelSettings: null,
    prompt: null,
    promptAcknowledgement: false,
    clipChars: CLIP_CHARS,
    mode: "sliding_window",
    slidingWindowPercentage: SLIDING_WINDOW_PERCENTAGE,
  };
}

/** The summarizer that agents with this model have unless they choose one; null is the model itself. */
export function summarizerOf(models: ModelIndex, handle: string): string | null {
  const sibling = defaultSummarizer(handle);
  return sibling && models.find(sibling) ? sibling : null;
}

/** Only what is given changes; another mode without a prompt has that mode's own. */
export function withCompaction(
  before: CompactionSettings,
  body: CompactionSettingsBody | null | undefined,
): CompactionSettings {
  if (!body) return before;
  const mode = body.mode ?? before.mode;
  const prompt = mode === before.mode ? before.prompt : null;
  return {
    model: body.model === undefined ? before.model : body.model,
    modelSettings: body.model_settings === undefined ? before.modelSettings : body.model_settings,
    prompt: body.prompt === undefined ? prompt : body.prompt,
    promptAcknowledgement: body.prompt_acknowledgement ?? before.promptAcknowledgement,
    clipChars: body.clip_chars === undefined ? before.clipChars : body.clip_chars,
    mode,
    slidingWindowPercentage: body.sliding_window_percentage ?? before.slidingWindowPercentage,
  };
}

const SUBAGENT_TAG = "role:subagent";

type NewAgent = {
  id: string;
  conversationId: string;
  body: CreateAgent;
  config: AgentConfig;
  cause: Cause;
  deployment?: Deployment | undefined;
};

async function insertAgent(ctx: Ctx, sql: Sql, agent: NewAgent): Promise<void> {
  const { id, conversationId, body, config, cause, deployment } = agent;
  await sql.query(INSERT_AGENT, [
    id,
    newId("version"),
    ctx.actor.organizationId,
    JSON.stringify(config),
    JSON.stringify(cause),
    conversationId,
    JSON.stringify({
      name: body.name ?? randomAgentName(),
      agentType: config.agentType,
      description: body.description ?? null,
      metadata: body.metadata ?? null,
      hidden: body.tags?.includes(SUBAGENT_TAG) ? true : (body.hidden ?? null),
      suiteRunId: ctx.suiteRunId ?? null,
      projectId: body.project_id ?? null,
      templateId: body.template_id ?? null,
      baseTemplateId: body.base_template_id ?? null,
      ...deployment,
    }),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
}

const INSERT_AGENT = `
WITH version AS (INSERT INTO agent_version (id, organization_id, agent_id, number, config, operation, cause, created_at)
    VALUES ($2, $3, $1, 1, $4::jsonb, 'create', $5::jsonb, $9::timestamptz))
INSERT INTO agent (id, organization_id, version_id, name, agent_type, description, metadata, hidden, project_id,
    template_id, base_template_id, deployment_id, entity_id, suite_run_id, default_conversation_id, created_by_id, last_updated_by_id, created_at, updated_at)
SELECT $1, $3, $2, x."name", x."agentType", x."description", x."metadata", x."hidden", x."projectId", x."templateId",
    x."baseTemplateId", x."deploymentId", x."entityId", x."suiteRunId", $6, $8, $8, $9::timestamptz, $9::timestamptz
  FROM jsonb_to_record($7::jsonb) AS x("name" text, "agentType" text, "description" text, "metadata" jsonb,
    "hidden" boolean, "projectId" text, "templateId" text, "baseTemplateId" text, "deploymentId" text, "entityId" text,
    "suiteRunId" text)`;

/** Replaces the agent's tags. */
export async function writeTags(ctx: Ctx, sql: Sql, agentId: string, tags: readonly string[]): Promise<void> {
  await sql.query("DELETE FROM agent_tag WHERE agent_id = $1 AND tag <> ALL($2::text[])", [agentId, tags]);
  await sql.query(
    "INSERT INTO agent_tag (agent_id, organization_id, tag) SELECT $1, $2, unnest($3::text[]) ON CONFLICT DO NOTHING",
    [agentId, ctx.actor.organizationId, [...new Set(tags)]],
  );
}

/** Replaces the agent's secrets; one whose key stays keeps its id. Values are sealed before they leave this process. */
export async function writeSecrets(
  ctx: Ctx,
  sql: Sql,
  agentId: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  const rows = Object.entries(secrets).map(([key, value]) => ({
    id: newId("agent-env"),
    key,
    value: ctx.vault.encrypt(value),
  }));
  await sql.query("DELETE FROM agent_secret WHERE agent_id = $1 AND key <> ALL($2::text[])", [
    agentId,
    rows.map((row) => row.key),
  ]);
  await sql.query(
    `INSERT INTO agent_secret (id, agent_id, key, value_enc, created_at)
     SELECT x.id, $1, x.key, x.value, $3::timestamptz FROM jsonb_to_recordset($2::jsonb) AS x(id text, key text, value text)
     ON CONFLICT (agent_id, key) DO UPDATE SET value_enc = EXCLUDED.value_enc`,
    [agentId, JSON.stringify(rows), ctx.now().toISOString()],
  );
}
