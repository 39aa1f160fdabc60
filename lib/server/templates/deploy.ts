import type { FileAgent } from "@/lib/api/agent-file";
import type { DeployTemplate } from "@/lib/api/templates";
import { getAgentRow } from "../agent-config/agent-row";
import { importAgentFile, PLAIN_IMPORT } from "../agent-file/import-file";
import { randomAgentName } from "../agents/random-name";
import { apiCause, type Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Sql } from "../db/database";
import { writeAgentIdentities } from "../links/identity-links";
import { type Content, defaultsOf, fillContent, folderIdOf } from "./content";
import { findTemplate, type Place, readState, type TemplateRow, type TemplateState } from "./rows";

export type Deployed = { agent_ids: string[]; group_id: string | null; deployment_id: string };

/**
 * Makes the agents of a template's version, with its group and blocks, in one transaction. Variables of prompts and
 * blocks are filled in; tools are those that the organization has by the names, or made where there are none.
 *
 * @throws ApiError `not-found` for an unknown template, version or identity.
 */
export async function deployTemplate(ctx: Ctx, place: Place, body: DeployTemplate): Promise<Deployed> {
  const { row, version } = await findTemplate(ctx, place);
  const state = await readState(ctx, row, version);
  const deploymentId = newId("deployment");
  const { content } = state;
  const made = await importAgentFile(ctx, withRequest(fillContent(content, body.memory_variables ?? {}), body), {
    ...PLAIN_IMPORT,
    name: body.agent_name || randomAgentName(),
    begins: true,
    secrets: body.tool_variables ?? {},
    projectId: row.projectId || null,
    overrideTools: false,
    origin: { templateId: state.id, baseTemplateId: row.id, deploymentId },
    cause: { ...apiCause(ctx), target: state.id },
    operation: "template",
    folders: foldersOf(content),
    also: async (sql, { agentIds }) => {
      const variables = { ...defaultsOf(content), ...body.memory_variables };
      await insertDeployment(ctx, sql, { id: deploymentId, row, state, variables, secrets: body.tool_variables ?? {} });
      for (const id of body.identity_ids?.length ? agentIds : []) {
        await writeAgentIdentities(ctx, sql, id, body.identity_ids ?? []);
      }
    },
  });
  return { agent_ids: made.agentIds, group_id: made.groupIds[0] ?? null, deployment_id: deploymentId };
}

export const foldersOf = (content: Content) =>
  new Map(content.sources.flatMap((source) => (folderIdOf(source) ? [[source.id, folderIdOf(source)!] as const] : [])));

/** Tags are all agents'; the first words are the first agent's. */
function withRequest(content: Content, body: DeployTemplate): Content {
  const tagged = (agent: FileAgent): FileAgent => ({
    ...agent,
    tags: [...new Set([...(Array.isArray(agent.tags) ? agent.tags : []), ...(body.tags ?? [])])],
  });
  const said = body.initial_message_sequence ? { initial_message_sequence: body.initial_message_sequence } : {};
  const [first, ...others] = content.agents.map(tagged);
  return { ...content, agents: [{ ...first!, ...said }, ...others] };
}

export type NewDeployment = {
  id: string;
  row: TemplateRow;
  state: TemplateState;
  variables: Record<string, string>;
  /** In clear; they are kept encrypted. */
  secrets: Record<string, string>;
};

export async function insertDeployment(ctx: Ctx, sql: Sql, deployment: NewDeployment): Promise<void> {
  const { id, row, state, variables, secrets } = deployment;
  const sealed = Object.fromEntries(Object.entries(secrets).map(([key, value]) => [key, ctx.vault.encrypt(value)]));
  await sql.query(
    `INSERT INTO deployment (id, organization_id, template_id, template_version, memory_variables, tool_variables, created_at)
     VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb, $7::timestamptz)`,
    [
      id,
      ctx.actor.organizationId,
      row.id,
      state.number,
      JSON.stringify(variables),
      JSON.stringify(sealed),
      ctx.now().toISOString(),
    ],
  );
}

/** Values of the variables with which an agent was made of a template; none where it was made otherwise. */
export async function variablesOfAgent(ctx: Ctx, agentId: string): Promise<Record<string, string>> {
  const { deploymentId } = await getAgentRow(ctx, agentId);
  if (!deploymentId) return {};
  const row = await ctx.db.prisma.deployment.findFirst({
    where: { id: deploymentId, organizationId: ctx.actor.organizationId },
  });
  return (row?.memoryVariables ?? {}) as Record<string, string>;
}
