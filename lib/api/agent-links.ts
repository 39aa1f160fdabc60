import { z } from "@hono/zod-openapi";
import { agentSecretSchema, agentStateSchema, memorySchema } from "./agent-state";
import { agentParams } from "./agents";
import { blockSchema, updateBlockBody } from "./blocks";
import { idSchema, pagingQuery, queryBoolean } from "./common";
import { endpoint } from "./endpoint";
import { mcpServerSchema } from "./mcp";
import { toolSchema } from "./tools";

const labelParams = agentParams.extend({
  block_label: z.string().min(1).describe("A slash in a label is written %2F"),
});
const blockParams = agentParams.extend({ block_id: idSchema("block") });
const toolParams = agentParams.extend({ tool_id: idSchema("tool") });
const archiveParams = agentParams.extend({ archive_id: idSchema("archive") });

/** What is attached to an agent: blocks, tools, archives. */
export const AGENT_LINK_ENDPOINTS = [
  endpoint({
    id: "agents.coreMemory",
    method: "get",
    path: "/v1/agents/{agent_id}/core-memory",
    summary: "Retrieve the blocks of an agent as its memory",
    params: agentParams,
    response: memorySchema,
  }),
  endpoint({
    id: "agents.blocks.list",
    method: "get",
    path: "/v1/agents/{agent_id}/core-memory/blocks",
    summary: "List the blocks of an agent",
    params: agentParams,
    query: z.object(pagingQuery({ limit: 100, order: "desc" })),
    response: z.array(blockSchema),
  }),
  endpoint({
    id: "agents.blocks.retrieve",
    method: "get",
    path: "/v1/agents/{agent_id}/core-memory/blocks/{block_label}",
    summary: "Retrieve a block of an agent by its label",
    params: labelParams,
    response: blockSchema,
  }),
  endpoint({
    id: "agents.blocks.update",
    method: "patch",
    path: "/v1/agents/{agent_id}/core-memory/blocks/{block_label}",
    summary: "Change a block of an agent by its label; null is 'not given'",
    params: labelParams,
    body: updateBlockBody,
    response: blockSchema,
  }),
  endpoint({
    id: "agents.blocks.attach",
    method: "patch",
    path: "/v1/agents/{agent_id}/core-memory/blocks/attach/{block_id}",
    summary: "Attach a block to an agent",
    params: blockParams,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.blocks.detach",
    method: "patch",
    path: "/v1/agents/{agent_id}/core-memory/blocks/detach/{block_id}",
    summary: "Detach a block from an agent",
    params: blockParams,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.tools.list",
    method: "get",
    path: "/v1/agents/{agent_id}/tools",
    summary: "List the tools of an agent",
    params: agentParams,
    query: z.object(pagingQuery({ limit: 10, order: "desc" })),
    response: z.array(toolSchema),
  }),
  endpoint({
    id: "agents.secrets.list",
    method: "get",
    path: "/v1/agents/{agent_id}/secrets",
    summary: "List the secrets of an agent; their values are empty for an access token",
    params: agentParams,
    own: true,
    response: z.array(agentSecretSchema),
  }),
  endpoint({
    id: "agents.mcpServers.list",
    method: "get",
    path: "/v1/agents/{agent_id}/mcp-servers",
    summary: "List the MCP servers that an agent's tools run on",
    params: agentParams,
    own: true,
    response: z.array(mcpServerSchema),
  }),
  endpoint({
    id: "agents.tools.attach",
    method: "patch",
    path: "/v1/agents/{agent_id}/tools/attach/{tool_id}",
    summary: "Attach a tool to an agent",
    params: toolParams,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.tools.detach",
    method: "patch",
    path: "/v1/agents/{agent_id}/tools/detach/{tool_id}",
    summary: "Detach a tool from an agent",
    params: toolParams,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.tools.updateApproval",
    method: "patch",
    path: "/v1/agents/{agent_id}/tools/approval/{tool_name}",
    summary: "Say whether calls of a tool wait for an approval",
    params: agentParams.extend({ tool_name: z.string().min(1) }),
    query: z.object({ requires_approval: queryBoolean.nullish().describe("Deprecated: use the body") }),
    body: z.strictObject({
      requires_approval: z.boolean().nullish(),
      body_requires_approval: z.boolean().nullish().describe("What the TypeScript client 1.12.1 sends"),
    }),
    bodyOptional: true,
    response: agentStateSchema,
  }),
  endpoint({
    id: "agents.archives.attach",
    method: "patch",
    path: "/v1/agents/{agent_id}/archives/attach/{archive_id}",
    summary: "Attach an archive to an agent",
    params: archiveParams,
    response: null,
  }),
  endpoint({
    id: "agents.archives.detach",
    method: "patch",
    path: "/v1/agents/{agent_id}/archives/detach/{archive_id}",
    summary: "Detach an archive from an agent",
    params: archiveParams,
    response: null,
  }),
] as const;
