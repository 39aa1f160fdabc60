import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { createAgentBody } from "./agents";
import { blockSchema, createBlockBody } from "./blocks";
import { queryList } from "./common";
import { endpoint } from "./endpoint";
import { shortText } from "./fields";
import { groupSchema } from "./group";
import { createGroupBody } from "./groups";

/** Where a program that keeps templates of its own says that something comes from. Any text will do. */
const origin = { template_id: shortText, base_template_id: shortText, deployment_id: shortText };

const templateAgentBody = createAgentBody
  .extend({ ...origin, entity_id: shortText })
  .openapi("InternalTemplateAgentCreate");
export type TemplateAgent = z.output<typeof templateAgentBody>;
const templateBlockBody = createBlockBody
  .extend({ ...origin, entity_id: shortText })
  .openapi("InternalTemplateBlockCreate");
export type TemplateBlock = z.output<typeof templateBlockBody>;
const templateGroupBody = createGroupBody.extend(origin).openapi("InternalTemplateGroupCreate");
export type TemplateGroup = z.output<typeof templateGroupBody>;

export const ENTITY_TYPES = ["block", "agent", "group"] as const;
export type EntityType = (typeof ENTITY_TYPES)[number];

const entitySchema = z
  .object({
    id: z.string(),
    type: z.string(),
    name: z.string().nullable(),
    description: z.string().nullable(),
    entity_id: z.string().nullable(),
    project_id: z.string().nullable(),
  })
  .openapi("DeploymentEntity");
export type WireEntity = z.output<typeof entitySchema>;

const deploymentParams = z.object({ deployment_id: shortText });

export const INTERNAL_TEMPLATE_ENDPOINTS = [
  endpoint({
    id: "_internal_templates.groups.create",
    method: "post",
    path: "/v1/_internal_templates/groups",
    summary: "Create a group of a deployment",
    body: templateGroupBody,
    response: groupSchema,
  }),
  endpoint({
    id: "_internal_templates.agents.create",
    method: "post",
    path: "/v1/_internal_templates/agents",
    summary: "Create an agent of a deployment",
    body: templateAgentBody,
    response: agentStateSchema,
  }),
  endpoint({
    id: "_internal_templates.blocks.create",
    method: "post",
    path: "/v1/_internal_templates/blocks",
    summary: "Create a block of a deployment",
    body: templateBlockBody,
    response: blockSchema,
  }),
  endpoint({
    id: "_internal_templates.blocks.createMany",
    method: "post",
    path: "/v1/_internal_templates/blocks/batch",
    summary: "Create blocks of a deployment, all or none",
    body: z.array(templateBlockBody).max(1000),
    response: z.array(blockSchema),
  }),
  endpoint({
    id: "_internal_templates.deployment.list",
    method: "get",
    path: "/v1/_internal_templates/deployment/{deployment_id}",
    summary: "List the blocks, agents and groups of a deployment",
    params: deploymentParams,
    query: z.object({ entity_types: queryList(z.enum(ENTITY_TYPES)) }),
    response: z.object({
      entities: z.array(entitySchema),
      total_count: z.number().int(),
      deployment_id: z.string(),
      message: z.string(),
    }),
  }),
  endpoint({
    id: "_internal_templates.deployment.delete",
    method: "delete",
    path: "/v1/_internal_templates/deployment/{deployment_id}",
    summary: "Delete the blocks, agents and groups of a deployment",
    params: deploymentParams,
    response: z.object({
      deleted_blocks: z.array(z.string()),
      deleted_agents: z.array(z.string()),
      deleted_groups: z.array(z.string()),
      message: z.string(),
    }),
  }),
] as const;
