import type { INTERNAL_TEMPLATE_ENDPOINTS } from "@/lib/api/internal-templates";
import type { AGENT_TEMPLATE_ENDPOINTS, TEMPLATE_ENDPOINTS } from "@/lib/api/templates";
import { retrieveAgent } from "../agents/agents";
import type { Ctx } from "../core/core";
import { deployTemplate, variablesOfAgent } from "../templates/deploy";
import {
  createTemplateAgent,
  createTemplateBlocks,
  createTemplateGroup,
  deleteEntities,
  listEntities,
} from "../templates/entities";
import { migrateAll, migrateDeployment } from "../templates/migrate";
import { createTemplateOfAgent, migrateAgent, versionTemplateOfAgent } from "../templates/of-agent";
import { type Place, toWireTemplate } from "../templates/rows";
import { readSnapshot, setSnapshot } from "../templates/snapshots";
import {
  createTemplate,
  deleteTemplate,
  describeTemplate,
  forkTemplate,
  listTemplates,
  listVersions,
  moveToDefaultProject,
  renameTemplate,
  rollbackTemplate,
  saveTemplate,
  updateTemplate,
} from "../templates/templates";
import type { Handlers } from "./bind";

type Named = { project_id?: string; template_name?: string; template_version?: string };

const placeOf = (params: Named): Place => ({
  project: params.project_id ?? null,
  ref: params.template_name ?? params.template_version ?? "",
});

/** The project that a client is set to, by its id or (the older client) its name; without one, none. */
const projectOf = ({ headers }: Request) =>
  (headers.get("x-project-id") || headers.get("x-project"))?.slice(0, 255) || null;

async function save(ctx: Ctx, place: Place, body: Parameters<typeof saveTemplate>[2]) {
  const row = await saveTemplate(ctx, place, body);
  if (body.migrate_agents) await migrateAll(ctx, row);
  return toWireTemplate(row);
}

const DONE = { success: true } as const;

export const TEMPLATE_HANDLERS: Handlers<typeof TEMPLATE_ENDPOINTS> = {
  "templates.list": ({ ctx, query }) => listTemplates(ctx, query),
  "templates.create": ({ ctx, body, request }) => createTemplate(ctx, projectOf(request), body),
  "templates.createInProject": ({ ctx, params, body }) => createTemplate(ctx, params.project_id, body),
  "templates.agents.create": ({ ctx, params, body }) => deployTemplate(ctx, placeOf(params), body),
  "templates.agents.createInProject": async ({ ctx, params, body }) => {
    const deployed = await deployTemplate(ctx, placeOf(params), body);
    return { ...deployed, agents: await Promise.all(deployed.agent_ids.map((id) => retrieveAgent(ctx, id))) };
  },
  "templates.save": ({ ctx, params, body }) => save(ctx, placeOf(params), body),
  "templates.saveInProject": ({ ctx, params, body }) => save(ctx, placeOf(params), body),
  "templates.rollback": async ({ ctx, params, body }) => {
    await rollbackTemplate(ctx, placeOf(params), body.version);
    return DONE;
  },
  "templates.rollbackInProject": async ({ ctx, params, body }) => {
    await rollbackTemplate(ctx, placeOf(params), body.version);
    return DONE;
  },
  "templates.update": async ({ ctx, params, body }) => {
    await updateTemplate(ctx, placeOf(params), body);
    return DONE;
  },
  "templates.updateInProject": async ({ ctx, params, body }) => {
    await updateTemplate(ctx, placeOf(params), body);
    return DONE;
  },
  "templates.delete": async ({ ctx, params }) => {
    await deleteTemplate(ctx, placeOf(params));
    return DONE;
  },
  "templates.deleteInProject": async ({ ctx, params }) => {
    await deleteTemplate(ctx, placeOf(params));
    return DONE;
  },
  "templates.fork": ({ ctx, params, body }) => forkTemplate(ctx, placeOf(params), body.name ?? null),
  "templates.migrateDeployment": async ({ ctx, params, body }) => {
    await migrateDeployment(ctx, placeOf(params), params.deployment_id, body);
    return DONE;
  },
  "templates.versions": ({ ctx, params, query }) => listVersions(ctx, placeOf(params), query),
  "templates.snapshot": ({ ctx, params }) => readSnapshot(ctx, placeOf(params)),
  "templates.setSnapshot": async ({ ctx, params, body }) => {
    await setSnapshot(ctx, placeOf(params), body);
    return DONE;
  },
  "templates.rename": async ({ ctx, params, body }) => {
    await renameTemplate(ctx, placeOf(params), body.new_name);
    return DONE;
  },
  "templates.describe": async ({ ctx, params, body }) => {
    await describeTemplate(ctx, placeOf(params), body.description ?? null);
    return DONE;
  },
  "templates.migrateLegacy": async ({ ctx, params }) => {
    await moveToDefaultProject(ctx, params.template_id);
    return DONE;
  },
};

export const AGENT_TEMPLATE_HANDLERS: Handlers<typeof AGENT_TEMPLATE_ENDPOINTS> = {
  "agents.variables": async ({ ctx, params }) => ({ variables: await variablesOfAgent(ctx, params.agent_id) }),
  "agents.createTemplate": ({ ctx, params, body, request }) =>
    createTemplateOfAgent(ctx, params.agent_id, body.project_id ?? body.project ?? projectOf(request)),
  "agents.versionTemplate": async ({ ctx, params, query, body }) => {
    await versionTemplateOfAgent(ctx, params.agent_id, {
      message: body.message ?? null,
      migrate: body.migrate_deployed_agents ?? false,
    });
    const asked = body.return_agent_state || query.returnAgentState === "true" || query.return_agent_state === "true";
    return asked ? retrieveAgent(ctx, params.agent_id) : DONE;
  },
  "agents.migrate": async ({ ctx, params, body }) => {
    await migrateAgent(ctx, params.agent_id, {
      to: body.to_template,
      kept: {
        preserveMemory: body.preserve_core_memories,
        ...(body.preserve_tool_variables == null ? {} : { preserveSecrets: body.preserve_tool_variables }),
      },
      variables: { ...body.variables, ...body.memory_variables },
    });
    return DONE;
  },
};

export const INTERNAL_TEMPLATE_HANDLERS: Handlers<typeof INTERNAL_TEMPLATE_ENDPOINTS> = {
  "_internal_templates.groups.create": ({ ctx, body }) => createTemplateGroup(ctx, body),
  "_internal_templates.agents.create": ({ ctx, body }) => createTemplateAgent(ctx, body),
  "_internal_templates.blocks.create": async ({ ctx, body }) => (await createTemplateBlocks(ctx, [body]))[0]!,
  "_internal_templates.blocks.createMany": ({ ctx, body }) => createTemplateBlocks(ctx, body),
  "_internal_templates.deployment.list": ({ ctx, params, query }) =>
    listEntities(ctx, params.deployment_id, query.entity_types),
  "_internal_templates.deployment.delete": ({ ctx, params }) => deleteEntities(ctx, params.deployment_id),
};
