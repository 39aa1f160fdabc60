import { z } from "@hono/zod-openapi";
import { agentStateSchema } from "./agent-state";
import { agentParams } from "./agents";
import { blockFilters, blockSchema, createBlockBody, updateBlockBody } from "./blocks";
import { idSchema, pagingQuery, queryBoolean } from "./common";
import { endpoint } from "./endpoint";
import { includeQuery } from "./fields";

const blockParams = z.object({ block_id: idSchema("block") });

/** The contract's paths for its own console: twins of the public ones, by other names. */
export const INTERNAL_ENDPOINTS = [
  endpoint({
    id: "internalAgents.count",
    method: "get",
    path: "/v1/_internal_agents/count",
    summary: "Count agents",
    query: z.object({ exclude_hidden: queryBoolean.default(true) }),
    response: z.number().int(),
  }),
  endpoint({
    id: "internalAgents.blocks.update",
    method: "patch",
    path: "/v1/_internal_agents/{agent_id}/core-memory/blocks/{block_label}",
    summary: "Change a block of an agent by its label; null is 'not given'",
    params: agentParams.extend({ block_label: z.string().min(1) }),
    body: updateBlockBody,
    response: blockSchema,
  }),
  endpoint({
    id: "internalBlocks.list",
    method: "get",
    path: "/v1/_internal_blocks",
    summary: "List blocks",
    query: z.object({ ...pagingQuery({ limit: 50, order: "asc" }), ...blockFilters }),
    response: z.array(blockSchema),
  }),
  endpoint({
    id: "internalBlocks.create",
    method: "post",
    path: "/v1/_internal_blocks",
    summary: "Create a block",
    body: createBlockBody,
    response: blockSchema,
  }),
  endpoint({
    id: "internalBlocks.delete",
    method: "delete",
    path: "/v1/_internal_blocks/{block_id}",
    summary: "Delete a block, and detach it everywhere",
    params: blockParams,
    response: null,
  }),
  endpoint({
    id: "internalBlocks.agents",
    method: "get",
    path: "/v1/_internal_blocks/{block_id}/agents",
    summary: "List the agents that hold a block",
    params: blockParams,
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      ...includeQuery,
    }),
    response: z.array(agentStateSchema),
  }),
] as const;
