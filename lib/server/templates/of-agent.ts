import type { AgentFile, FileAgent } from "@/lib/api/agent-file";
import { getAgentRow } from "../agent-config/agent-row";
import type { Ctx } from "../core/core";
import { badRequest, conflict } from "../core/errors";
import { newId } from "../core/ids";
import type { AgentModel } from "../db/generated/models";
import { type Content, fillContent, filled, optionsOf } from "./content";
import { insertDeployment, variablesOfAgent } from "./deploy";
import { type Kept, migrateAll, moveAgents } from "./migrate";
import { findTemplate, readState, type TemplateRow, type TemplateState } from "./rows";
import { contentOfAgent, createTemplate, replaceContent, saveTemplate } from "./templates";

/** Makes a template of an agent. @throws ApiError `not-found`. */
export async function createTemplateOfAgent(ctx: Ctx, agentId: string, project: string | null) {
  await getAgentRow(ctx, agentId);
  const { name, id } = await createTemplate(ctx, project, { type: "agent", agent_id: agentId });
  return { templateName: name, templateId: id };
}

/**
 * Saves what an agent is now as a new version of the template that it was made of. Where its prompt and blocks still say
 * what the template says with the agent's variables filled in, the variables stay.
 *
 * @throws ApiError `conflict` for an agent that was made of no template.
 */
export async function versionTemplateOfAgent(
  ctx: Ctx,
  agentId: string,
  { message, migrate }: { message: string | null; migrate: boolean },
): Promise<void> {
  const agent = await getAgentRow(ctx, agentId);
  const row = await templateOf(ctx, agent);
  const values = await variablesOfAgent(ctx, agentId);
  const { content } = await readState(ctx, row, "current");
  const next = await contentOfAgent(ctx, agentId, content);
  await replaceContent(ctx, row, (before) => withVariables(next, before, values), false);
  const saved = await saveTemplate(ctx, { project: row.projectId || "default", ref: row.name }, { message });
  if (migrate) await migrateAll(ctx, saved);
}

async function templateOf(ctx: Ctx, { baseTemplateId }: AgentModel): Promise<TemplateRow> {
  const row =
    baseTemplateId &&
    (await ctx.db.prisma.template.findFirst({
      where: { id: baseTemplateId, organizationId: ctx.actor.organizationId },
      omit: { content: true },
    }));
  if (!row) throw conflict("CONFLICT: the agent was made of no template, or of one that is gone");
  return row;
}

function withVariables(next: Content, before: Content, values: Record<string, string>): Content {
  const kept = (text: string, old: unknown) => (typeof old === "string" && filled(old, values) === text ? old : text);
  const same = <T extends { entity_id?: string | null | undefined }>(list: readonly T[], one: T) =>
    list.find((other) => other.entity_id === one.entity_id);
  return {
    ...next,
    agents: next.agents.map((agent): FileAgent => {
      const old = same(before.agents, agent);
      const system = typeof agent.system === "string" ? kept(agent.system, old?.system) : agent.system;
      return { ...agent, system, memory_variables: agent.memory_variables ?? old?.memory_variables };
    }),
    blocks: next.blocks.map((block): AgentFile["blocks"][number] => ({
      ...block,
      value: kept(block.value, same(before.blocks, block)?.value),
    })),
  };
}

/**
 * Moves one agent to a version of a template, as a deployment of its own: to what it is in that template already, or to
 * the template's first agent.
 *
 * @throws ApiError `not-found` for an unknown template or version.
 */
export async function migrateAgent(
  ctx: Ctx,
  agentId: string,
  { to, kept, variables }: { to: string; kept: Kept; variables: Record<string, string> },
): Promise<void> {
  const agent = await getAgentRow(ctx, agentId);
  const slash = to.lastIndexOf("/");
  const { row, version } = await findTemplate(ctx, { project: slash > 0 ? to.slice(0, slash) : null, ref: to });
  const state = await readState(ctx, row, version);
  const target = state.content.agents.find((one) => one.entity_id === agent.entityId) ?? state.content.agents[0];
  if (!target) throw badRequest("INVALID_ARGUMENT: the version has no agents");
  const values = { ...(await variablesOfAgent(ctx, agentId)), ...variables };
  await moveAlone(ctx, { row, state, target, agent, values, kept });
}

type Alone = {
  row: TemplateRow;
  state: TemplateState;
  target: FileAgent;
  agent: AgentModel;
  values: Record<string, string>;
  kept: Kept;
};

async function moveAlone(ctx: Ctx, { row, state, target, agent, values, kept }: Alone): Promise<void> {
  const id = newId("deployment");
  const before = agent.deploymentId;
  await moveAgents(ctx, {
    row,
    state,
    content: fillContent(state.content, values),
    targets: new Map([[target.id, agent.id]]),
    options: { ...optionsOf(state.content), ...kept },
    deploymentId: id,
    secrets: {},
    also: async (sql) => {
      // What it was moved out of is gone when it was the last there.
      await sql.query(
        `DELETE FROM deployment WHERE id = $1 AND organization_id = $2
           AND NOT EXISTS (SELECT 1 FROM agent WHERE deployment_id = deployment.id)`,
        [before, ctx.actor.organizationId],
      );
      await insertDeployment(ctx, sql, { id, row, state, variables: values, secrets: {} });
    },
  });
}
