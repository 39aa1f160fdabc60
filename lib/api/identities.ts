import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { agentParams } from "./agents";
import { blockSchema } from "./blocks";
import { idSchema, pagingQuery } from "./common";
import { endpoint } from "./endpoint";
import { eraseQuery, includeQuery, shortText } from "./fields";
import { identitySchema, identityType, propertySchema } from "./identity";

const MAX_LINKS = 10_000;
const MAX_PROPERTIES = 1000;
const properties = z.array(propertySchema).max(MAX_PROPERTIES);
const agentIds = z.array(idSchema("agent")).max(MAX_LINKS);
const blockIds = z.array(idSchema("block")).max(MAX_LINKS);

const createIdentityBody = z
  .object({
    identifier_key: shortText.describe("The client's own key, unique in the organization and project"),
    name: shortText,
    identity_type: identityType,
    project_id: shortText.nullish(),
    agent_ids: agentIds.nullish(),
    block_ids: blockIds.nullish(),
    properties: properties.nullish(),
  })
  .openapi("IdentityCreate");
export type CreateIdentity = z.output<typeof createIdentityBody>;

const updateIdentityBody = z
  .object({
    identifier_key: shortText.nullish(),
    name: shortText.nullish(),
    identity_type: identityType.nullish(),
    agent_ids: agentIds.nullish(),
    block_ids: blockIds.nullish(),
    properties: properties.nullish(),
  })
  .openapi("IdentityUpdate");
export type UpdateIdentity = z.output<typeof updateIdentityBody>;

const identityParams = z.object({ identity_id: idSchema("identity") });
const agentLink = agentParams.extend({ identity_id: idSchema("identity") });
const blockLink = z.object({ block_id: idSchema("block"), identity_id: idSchema("identity") });

export const identityFilters = {
  name: z.string().nullish().describe("Part of it, whatever its case"),
  project_id: z.string().nullish(),
  identifier_key: z.string().nullish().describe("Exactly"),
  identity_type: identityType.nullish(),
};

export const IDENTITY_ENDPOINTS = [
  endpoint({
    id: "identities.create",
    method: "post",
    path: "/v1/identities",
    summary: "Create an identity",
    body: createIdentityBody,
    response: identitySchema,
  }),
  endpoint({
    id: "identities.upsert",
    method: "put",
    path: "/v1/identities",
    summary: "Create an identity, or change the one that has its key; what is not given stays",
    body: createIdentityBody,
    response: identitySchema,
  }),
  endpoint({
    id: "identities.list",
    method: "get",
    path: "/v1/identities",
    summary: "List identities",
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...identityFilters }),
    response: z.array(identitySchema),
  }),
  endpoint({
    id: "identities.count",
    method: "get",
    path: "/v1/identities/count",
    summary: "Count identities",
    query: z.object(identityFilters),
    response: z.number().int(),
  }),
  endpoint({
    id: "identities.retrieve",
    method: "get",
    path: "/v1/identities/{identity_id}",
    summary: "Retrieve an identity",
    params: identityParams,
    response: identitySchema,
  }),
  endpoint({
    id: "identities.update",
    method: "patch",
    path: "/v1/identities/{identity_id}",
    summary: "Change an identity; null is 'not given', lists replace",
    params: identityParams,
    body: updateIdentityBody,
    response: identitySchema,
  }),
  endpoint({
    id: "identities.delete",
    method: "delete",
    path: "/v1/identities/{identity_id}",
    summary: "Delete an identity; its agents and blocks stay",
    params: identityParams,
    query: eraseQuery,
    response: null,
  }),
  endpoint({
    id: "identities.properties.upsert",
    method: "put",
    path: "/v1/identities/{identity_id}/properties",
    summary: "Set properties of an identity by their keys; the others stay",
    params: identityParams,
    body: properties,
    response: identitySchema,
  }),
  endpoint({
    id: "identities.agents",
    method: "get",
    path: "/v1/identities/{identity_id}/agents",
    summary: "List the agents of an identity",
    params: identityParams,
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), ...includeQuery }),
    response: z.array(agentStateSchema),
  }),
  endpoint({
    id: "identities.blocks",
    method: "get",
    path: "/v1/identities/{identity_id}/blocks",
    summary: "List the blocks of an identity",
    params: identityParams,
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(blockSchema),
  }),
  endpoint({
    id: "agents.identities.attach",
    method: "patch",
    path: "/v1/agents/{agent_id}/identities/attach/{identity_id}",
    summary: "Attach an identity to an agent",
    params: agentLink,
    response: null,
  }),
  endpoint({
    id: "agents.identities.detach",
    method: "patch",
    path: "/v1/agents/{agent_id}/identities/detach/{identity_id}",
    summary: "Detach an identity from an agent",
    params: agentLink,
    response: null,
  }),
  endpoint({
    id: "blocks.identities.attach",
    method: "patch",
    path: "/v1/blocks/{block_id}/identities/attach/{identity_id}",
    summary: "Attach an identity to a block",
    params: blockLink,
    response: blockSchema,
  }),
  endpoint({
    id: "blocks.identities.detach",
    method: "patch",
    path: "/v1/blocks/{block_id}/identities/detach/{identity_id}",
    summary: "Detach an identity from a block",
    params: blockLink,
    response: blockSchema,
  }),
] as const;
