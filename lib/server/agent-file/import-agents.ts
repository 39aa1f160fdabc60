import type { AgentFile, FileAgent } from "@/lib/api/agent-file";
import { type CreateAgent, createAgentBody } from "@/lib/api/agents";
import type { Cause } from "@/lib/engine/cause";
import type { AgentConfig } from "../agent-config/agent-config";
import { writeLinks } from "../agent-config/agent-versions";
import { initialConfig, writeSecrets, writeTags } from "../agents/create-agent";
import { randomAgentName } from "../agents/random-name";
import { firstMessages, insertConversation } from "../conversations/first-messages";
import { setContext } from "../conversations/in-context";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import type { Origin } from "./import-blocks";
import { type ImagePlan, linkImages, planImages, withReferences, writeImages } from "./import-images";
import { type IdMaps, type MessagePlan, planMessages, toMessage } from "./import-messages";
import { chooseModels, type ModelWish } from "./import-models";
import type { ImportNote } from "./import-notes";

export type AgentPlan = {
  id: string;
  conversationId: string;
  file: FileAgent;
  name: string;
  body: CreateAgent;
  /** What it was where the file was made, if it can't be that here; and what it becomes. Without tools and blocks. */
  configs: AgentConfig[];
  messages: MessagePlan;
  images: ImagePlan;
  secrets: Record<string, string>;
  projectId: string | null;
  origin: Origin | null;
};

export type AgentOptions = ModelWish & {
  /** In place of the name of the file's first agent. */
  name: string | null;
  /** Put behind the names of agents. */
  nameSuffix: string;
  stripMessages: boolean;
  /** Whether an agent without messages begins with those of its type. */
  begins: boolean;
  /** Values of secrets, for all agents of the file. */
  secrets: Record<string, string>;
  projectId: string | null;
  origin: Origin | null;
};

const MAX_NAME_CHARS = 255;

/** What an agent's own keys in a file are read as: those of a request for a new one. */
const OWN_KEYS = [
  "agent_type",
  "system",
  "description",
  "metadata",
  "tags",
  "hidden",
  "model",
  "model_settings",
  "embedding",
  "context_window_limit",
  "max_tokens",
  "max_reasoning_tokens",
  "parallel_tool_calls",
  "response_format",
  "compaction_settings",
  "tool_rules",
  "message_buffer_autoclear",
  "enable_sleeptime",
  "timezone",
  "max_files_open",
  "per_file_view_window_char_limit",
  "initial_message_sequence",
] as const;
const SWITCHES = ["reasoning", "enable_reasoner"] as const;
const CONFIGS = ["llm_config", "embedding_config"] as const;

/** @throws ApiError `bad-request` naming each key that is wrong; `not-found` for a model that was asked for. */
export async function planAgents(
  ctx: Ctx,
  file: AgentFile,
  maps: IdMaps,
  options: AgentOptions,
): Promise<{ agents: AgentPlan[]; notes: ImportNote[] }> {
  const notes: ImportNote[] = [];
  const agents: AgentPlan[] = [];
  for (const [index, agent] of file.agents.entries()) {
    const id = maps.agents.get(agent.id)!;
    const body = readBody(file, agent);
    const { bodies, found } = await chooseModels(ctx, body, options);
    notes.push(...found.map((note) => ({ ...note, agent_id: id })));
    const configs = await configsOf(ctx, bodies, file);
    const name = (index === 0 && options.name) || withSuffix(agent.name, options.nameSuffix);
    const messages = await messagesOf(ctx, { file, agent, body, config: configs.at(-1)! }, maps, options);
    agents.push({
      id,
      conversationId: newId("conv"),
      file: agent,
      name: name.slice(0, MAX_NAME_CHARS),
      body,
      configs,
      messages,
      images: await planImages(ctx, messages.messages),
      secrets: { ...agent.tool_exec_environment_variables, ...agent.secrets, ...options.secrets },
      projectId: options.projectId,
      origin: options.origin,
    });
  }
  return { agents, notes };
}

const withSuffix = (name: string | null | undefined, suffix: string) =>
  name?.trim() ? name.trim().slice(0, MAX_NAME_CHARS - suffix.length) + suffix : randomAgentName();

function readBody(file: AgentFile, agent: FileAgent): CreateAgent {
  // Memoir's files say by themselves what others only say in these; a file without a handle says nothing beside them.
  const keys = [...OWN_KEYS, ...(file.memoir ? SWITCHES : agent.llm_config ? CONFIGS : [...CONFIGS, ...SWITCHES])];
  const given = Object.fromEntries(keys.flatMap((key) => (agent[key] == null ? [] : [[key, agent[key]]])));
  const parsed = createAgentBody.safeParse({ ...given, include_base_tools: false, include_base_tool_rules: false });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`);
  throw badRequest(`Invalid agent file schema: '${agent.id}': ${issues.join("; ")}`);
}

/** Of the requests for what it was and what it becomes; one if these are the same. */
async function configsOf(ctx: Ctx, bodies: readonly CreateAgent[], file: AgentFile): Promise<AgentConfig[]> {
  const now = bodies.at(-1)!;
  const config = await initialConfig(ctx, now);
  // A server's default embedding is for agents that never had a say.
  const embedding = now.embedding ?? (file.memoir ? null : config.embedding);
  return bodies.map((body) => ({
    ...config,
    ...(body === now ? {} : pastModel(body, config)),
    embedding: body === now ? embedding : (body.embedding ?? embedding),
  }));
}

/** A model that this server doesn't have, with its settings as they were given; or one with a wider context. */
function pastModel(body: CreateAgent, config: AgentConfig): Pick<AgentConfig, "model" | "modelSettings" | "llm"> {
  const { llm } = config;
  const isOther = body.model != null && body.model !== config.model;
  return {
    model: body.model ?? config.model,
    modelSettings: isOther ? (body.model_settings ?? null) : config.modelSettings,
    llm: { ...llm, contextWindow: body.context_window_limit ?? body.llm_config?.context_window ?? llm.contextWindow },
  };
}

type Speaker = { file: AgentFile; agent: FileAgent; body: CreateAgent; config: AgentConfig };

async function messagesOf(
  ctx: Ctx,
  { file, agent, body, config }: Speaker,
  maps: IdMaps,
  options: AgentOptions,
): Promise<MessagePlan> {
  if (agent.messages.length > 0 && !options.stripMessages) return planMessages(ctx, file, agent, maps);
  const begins = options.begins || body.initial_message_sequence;
  const first = begins ? firstMessages(ctx, body, config) : [];
  return { messages: first.map((message) => toMessage(ctx, message)), inContext: null };
}

export type Attached = { toolIds: string[]; blockIds: string[]; folderIds: string[] };
export type Reason = { cause: Cause; operation: string };

/** Makes an agent as it was, then as it becomes, with its conversation and all that hangs on it but archives, folders and groups. */
export async function writeAgent(
  ctx: Ctx,
  sql: Sql,
  plan: AgentPlan,
  attached: Attached,
  reason: Reason,
): Promise<void> {
  const configs = plan.configs.map((config) => ({ ...config, ...attached }));
  const versions = configs.map((config, index) => ({
    id: newId("version"),
    number: index + 1,
    config,
    operation: index === 0 ? reason.operation : `${reason.operation}-model`,
  }));
  await insertAgent(ctx, sql, plan, versions, reason.cause);
  const { id, conversationId, images } = plan;
  const messages = withReferences(plan.messages.messages, images, await writeImages(ctx, sql, images));
  await insertConversation(ctx, sql, { agentId: id, conversationId, isDefault: true, messages });
  await linkImages(ctx, sql, id, messages);
  if (plan.messages.inContext) await setContext(sql, conversationId, plan.messages.inContext);
  await writeLinks(sql, id, configs.at(-1)!);
  if (plan.body.tags?.length) await writeTags(ctx, sql, id, plan.body.tags);
  if (Object.keys(plan.secrets).length > 0) await writeSecrets(ctx, sql, id, plan.secrets);
}

type Version = { id: string; number: number; config: AgentConfig; operation: string };

async function insertAgent(ctx: Ctx, sql: Sql, plan: AgentPlan, versions: Version[], cause: Cause): Promise<void> {
  const { body, origin, file } = plan;
  const chained = versions.map((version, index) => ({ ...version, parentId: versions[index - 1]?.id ?? null }));
  await sql.query(INSERT_AGENT, [
    plan.id,
    ctx.actor.organizationId,
    JSON.stringify(chained),
    JSON.stringify(cause),
    JSON.stringify({
      versionId: versions.at(-1)!.id,
      name: plan.name,
      agentType: body.agent_type,
      description: body.description ?? null,
      metadata: body.metadata ?? null,
      hidden: body.hidden ?? null,
      projectId: plan.projectId,
      conversationId: plan.conversationId,
      suiteRunId: ctx.suiteRunId ?? null,
      entityId: origin ? (file.entity_id ?? null) : null,
      ...(origin ?? { templateId: null, baseTemplateId: null, deploymentId: null }),
    }),
    ctx.actor.userId,
    ctx.now().toISOString(),
  ]);
}

const INSERT_AGENT = `
WITH versions AS (INSERT INTO agent_version (id, organization_id, agent_id, parent_id, number, config, operation, cause,
      created_at)
    SELECT v."id", $2, $1, v."parentId", v."number", v."config", v."operation", $4::jsonb, $7::timestamptz
    FROM jsonb_to_recordset($3::jsonb) AS v("id" text, "parentId" text, "number" int, "config" jsonb, "operation" text)
    ORDER BY v."number")
INSERT INTO agent (id, organization_id, version_id, name, agent_type, description, metadata, hidden, project_id,
    template_id, base_template_id, deployment_id, entity_id, default_conversation_id, created_by_id, last_updated_by_id,
    created_at, updated_at, suite_run_id)
SELECT $1, $2, x."versionId", x."name", x."agentType", x."description", x."metadata", x."hidden", x."projectId",
    x."templateId", x."baseTemplateId", x."deploymentId", x."entityId", x."conversationId", $6, $6, $7::timestamptz,
    $7::timestamptz, x."suiteRunId"
  FROM jsonb_to_record($5::jsonb) AS x("versionId" text, "name" text, "agentType" text, "description" text,
    "metadata" jsonb, "hidden" boolean, "projectId" text, "templateId" text, "baseTemplateId" text, "deploymentId" text,
    "entityId" text, "conversationId" text, "suiteRunId" text)`;
