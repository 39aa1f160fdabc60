import type { MigrateDeployment } from "@/lib/api/templates";
import type { Cause } from "@/lib/engine/cause";
import { changeAgentIn } from "../agent-config/agent-versions";
import { type AgentPlan, planAgents } from "../agent-file/import-agents";
import { PLAIN_IMPORT } from "../agent-file/import-file";
import { planServers, writeServers } from "../agent-file/import-servers";
import { planTools, writeTools } from "../agent-file/import-tools";
import { writeSecrets } from "../agents/create-agent";
import { readVersion } from "../agents/template-names";
import { apiCause, type Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import type { DeploymentModel } from "../db/generated/models";
import { transact } from "../db/transact";
import { lockFolders } from "../links/folder-links";
import { ensureBuiltinTools } from "../tools/builtin-tools";
import { openNamed } from "../vault/vault";
import { type Content, fillContent, type MigrationOptions, optionsOf } from "./content";
import { foldersOf } from "./deploy";
import { migrateBlocks } from "./migrate-blocks";
import { findTemplate, type Place, readState, type TemplateRow, type TemplateState } from "./rows";

/** What a request says of what is kept; what it leaves out is as the version says. */
export type Kept = Partial<Pick<MigrationOptions, "preserveSecrets" | "preserveMemory" | "preserveFolders">>;

/**
 * Moves the agents of a deployment to a version of its template, all or none: prompt, model, settings, tools, rules and
 * blocks become what the version says, each as a further version of its agent or block. Messages stay.
 *
 * @throws ApiError `not-found` for an unknown template, version or deployment.
 */
export async function migrateDeployment(ctx: Ctx, place: Place, id: string, body: MigrateDeployment): Promise<void> {
  const { row } = await findTemplate(ctx, place);
  const state = await readState(ctx, row, readVersion(body.version));
  const deployment = await ctx.db.prisma.deployment.findFirst({
    where: { id, templateId: row.id, organizationId: ctx.actor.organizationId },
  });
  if (!deployment) throw notFound("deployment", id);
  await moveDeployment(ctx, { row, state, deployment }, keptOf(body), body.memory_variables ?? {});
}

function keptOf(body: Omit<MigrateDeployment, "version">): Kept {
  return {
    ...(body.preserve_tool_variables == null ? {} : { preserveSecrets: body.preserve_tool_variables }),
    ...(body.preserve_core_memories == null ? {} : { preserveMemory: body.preserve_core_memories }),
    ...(body.preserve_sources == null ? {} : { preserveFolders: body.preserve_sources }),
  };
}

/** Moves every deployment of a template to its newest version, one transaction each. */
export async function migrateAll(ctx: Ctx, row: TemplateRow): Promise<void> {
  const state = await readState(ctx, row, "latest");
  const deployments = await ctx.db.prisma.deployment.findMany({
    where: { templateId: row.id, organizationId: ctx.actor.organizationId },
    orderBy: { createdAt: "asc" },
  });
  for (const deployment of deployments) await moveDeployment(ctx, { row, state, deployment }, {}, {});
}

export type Move = { row: TemplateRow; state: TemplateState; deployment: DeploymentModel };

async function moveDeployment(ctx: Ctx, move: Move, kept: Kept, values: Record<string, string>): Promise<void> {
  const { row, state, deployment } = move;
  const variables = { ...(deployment.memoryVariables as Record<string, string>), ...values };
  const agents = await ctx.db.prisma.agent.findMany({
    where: { deploymentId: deployment.id, organizationId: ctx.actor.organizationId },
    select: { id: true, entityId: true },
    orderBy: { id: "asc" },
  });
  const entities = new Map(state.content.agents.map((agent) => [agent.entity_id, agent.id]));
  const targets = new Map(
    agents.flatMap((one) => (entities.has(one.entityId) ? [[entities.get(one.entityId)!, one.id]] : [])),
  );
  await moveAgents(ctx, {
    row,
    state,
    content: fillContent(state.content, variables),
    targets,
    options: { ...optionsOf(state.content), ...kept },
    deploymentId: deployment.id,
    secrets: opened(ctx, deployment),
    also: async (sql) => {
      await sql.query("UPDATE deployment SET template_version = $2, memory_variables = $3::jsonb WHERE id = $1", [
        deployment.id,
        state.number,
        JSON.stringify(variables),
      ]);
    },
  });
}

function opened(ctx: Ctx, deployment: DeploymentModel): Record<string, string> {
  const sealed = Object.entries(deployment.toolVariables as Record<string, string>);
  return Object.fromEntries(
    sealed.map(([key, value]) => [key, openNamed(ctx.vault, value, `The tool variable ${key}`)]),
  );
}

export type AgentsMove = {
  row: TemplateRow;
  state: TemplateState;
  /** With variables filled in. */
  content: Content;
  /** The agents that move, by the ids that they have in the content. */
  targets: ReadonlyMap<string, string>;
  options: MigrationOptions;
  deploymentId: string;
  /** Values of secrets, where these are not kept. */
  secrets: Record<string, string>;
  also: (sql: Sql) => Promise<void>;
};

/** Moves agents to a template's content, all or none. */
export async function moveAgents(ctx: Ctx, move: AgentsMove): Promise<void> {
  const { content, targets, row, state } = move;
  await ensureBuiltinTools(ctx);
  const agents = content.agents.filter((agent) => targets.has(agent.id));
  if (agents.length === 0 && targets.size > 0) throw badRequest("INVALID_ARGUMENT: the version has no such agents");
  const groups: ReadonlyMap<string, string> = new Map();
  const { agents: plans } = await planAgents(ctx, { ...content, agents }, { agents: targets, groups }, PLAIN_IMPORT);
  const tools = planTools(content);
  const servers = await planServers(ctx, content);
  const cause: Cause = { ...apiCause(ctx), target: state.id };
  const origin = { templateId: state.id, baseTemplateId: row.id, deploymentId: move.deploymentId };
  await transact(ctx, async (sql) => {
    const toolIds = await writeTools(ctx, sql, tools, {
      override: false,
      servers: await writeServers(ctx, sql, servers),
    });
    const folderIds = await lockFolders(ctx, sql, [...foldersOf(content).values()]);
    const blockIds = await migrateBlocks(ctx, sql, { content, agents, targets, options: move.options, origin, cause });
    for (const plan of plans.toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      await moveAgent(ctx, sql, { plan, move, toolIds, folderIds, blockIds: blockIds.get(plan.id)!, cause });
    }
    await move.also(sql);
  });
  for (const { id } of plans) {
    ctx.events.publish({
      type: "agent",
      organizationId: ctx.actor.organizationId,
      agentId: id,
      id,
      at: ctx.now().toISOString(),
      detail: { operation: OPERATION, cause },
    });
  }
}

const OPERATION = "migrate-template";

type Moving = {
  plan: AgentPlan;
  move: AgentsMove;
  toolIds: ReadonlyMap<string, string>;
  folderIds: readonly string[];
  blockIds: string[];
  cause: Cause;
};

async function moveAgent(
  ctx: Ctx,
  sql: Sql,
  { plan, move, toolIds, folderIds, blockIds, cause }: Moving,
): Promise<void> {
  const { content, options } = move;
  const names = new Map(content.tools.map((tool) => [tool.id, tool.name]));
  const tools = [...plan.file.tool_ids.map((id) => names.get(id)!), ...plan.file.tools];
  const known = foldersOf(content);
  const own = plan.file.source_ids.flatMap((id) => known.get(id) ?? []).filter((id) => folderIds.includes(id));
  await changeAgentIn(ctx, sql, plan.id, {
    operation: OPERATION,
    cause,
    change: (config) => ({
      ...plan.configs.at(-1)!,
      toolIds: [...new Set(tools.flatMap((name) => toolIds.get(name) ?? []))],
      blockIds,
      folderIds: options.preserveFolders ? [...new Set([...(config.folderIds ?? []), ...own])] : own,
    }),
    after: async () => {
      await sql.query(
        `UPDATE agent SET template_id = $2, base_template_id = $3, deployment_id = $4, entity_id = $5, agent_type = $6
         WHERE id = $1`,
        [plan.id, move.state.id, move.row.id, move.deploymentId, plan.file.entity_id ?? null, plan.body.agent_type],
      );
      await moveSecrets(ctx, sql, plan, move);
    },
  });
}

/** Secrets that are kept get company by those that the version names; the others are what the deployment was given. */
async function moveSecrets(ctx: Ctx, sql: Sql, plan: AgentPlan, move: AgentsMove): Promise<void> {
  if (!move.options.preserveSecrets) return writeSecrets(ctx, sql, plan.id, { ...plan.secrets, ...move.secrets });
  const blank = ctx.vault.encrypt("");
  const rows = Object.keys(plan.secrets).map((key) => ({ id: newId("agent-env"), key }));
  await sql.query(
    `INSERT INTO agent_secret (id, agent_id, key, value_enc, created_at)
     SELECT x.id, $1, x.key, $3, $4::timestamptz FROM jsonb_to_recordset($2::jsonb) AS x(id text, key text)
     ON CONFLICT (agent_id, key) DO NOTHING`,
    [plan.id, JSON.stringify(rows), blank, ctx.now().toISOString()],
  );
}
