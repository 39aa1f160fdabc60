import type { AGENT_LINK_ENDPOINTS } from "@/lib/api/agent-links";
import type { AGENT_VERSION_ENDPOINTS } from "@/lib/api/agent-versions";
import type { AGENT_ENDPOINTS } from "@/lib/api/agents";
import { getAgentRow } from "../agent-config/agent-row";
import { listAgentVersions, restoreAgentVersion } from "../agent-config/agent-versions";
import {
  attachBlock,
  detachBlock,
  listAgentBlocks,
  listAgentTools,
  retrieveAgentBlock,
  retrieveMemory,
  updateAgentBlock,
} from "../agents/agent-blocks";
import { countAgents, listAgents, listAgentsOfArchive, listAgentsOfBlock, retrieveAgent } from "../agents/agents";
import { createAgent } from "../agents/create-agent";
import { deleteAgent } from "../agents/delete-agent";
import { updateAgent } from "../agents/update-agent";
import { attachArchive, detachArchive, getArchive } from "../archives/archives";
import { getBlock } from "../blocks/blocks";
import { invalid } from "../core/errors";
import { eraseAgent } from "../erasure/acts";
import { listServersOfAgent } from "../mcp/servers";
import { attachTool, detachTool, setToolApproval } from "../tools/agent-tools";
import type { Handlers } from "./bind";

export const AGENT_HANDLERS: Handlers<typeof AGENT_ENDPOINTS> = {
  "agents.create": async ({ ctx, body }) => retrieveAgent(ctx, await createAgent(ctx, body)),
  "agents.list": ({ ctx, query }) => listAgents(ctx, query),
  "agents.count": ({ ctx, query }) => countAgents(ctx, query),
  "agents.retrieve": ({ ctx, params }) => retrieveAgent(ctx, params.agent_id),
  "agents.update": async ({ ctx, params, body }) => {
    await updateAgent(ctx, params.agent_id, body);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.delete": async ({ ctx, params, query }) => {
    await (query.erase ? eraseAgent : deleteAgent)(ctx, params.agent_id);
    return { message: `Agent id=${params.agent_id} successfully deleted` };
  },
  "blocks.agents": async ({ ctx, params, query }) => {
    await getBlock(ctx, params.block_id);
    return listAgentsOfBlock(ctx, params.block_id, query);
  },
  "archives.agents": async ({ ctx, params, query }) => {
    await getArchive(ctx, params.archive_id);
    return listAgentsOfArchive(ctx, params.archive_id, query);
  },
};

export const AGENT_VERSION_HANDLERS: Handlers<typeof AGENT_VERSION_ENDPOINTS> = {
  "agents.versions": async ({ ctx, params, query }) => {
    await getAgentRow(ctx, params.agent_id);
    return listAgentVersions(ctx, params.agent_id, query);
  },
  "agents.restoreVersion": async ({ ctx, params }) => {
    await getAgentRow(ctx, params.agent_id);
    await restoreAgentVersion(ctx, params.agent_id, params.version_id);
    return retrieveAgent(ctx, params.agent_id);
  },
};

export const AGENT_LINK_HANDLERS: Handlers<typeof AGENT_LINK_ENDPOINTS> = {
  "agents.coreMemory": ({ ctx, params }) => retrieveMemory(ctx, params.agent_id),
  "agents.blocks.list": ({ ctx, params, query }) => listAgentBlocks(ctx, params.agent_id, query),
  "agents.blocks.retrieve": ({ ctx, params }) => retrieveAgentBlock(ctx, params.agent_id, params.block_label),
  "agents.blocks.update": ({ ctx, params, body }) => updateAgentBlock(ctx, params.agent_id, params.block_label, body),
  "agents.blocks.attach": async ({ ctx, params }) => {
    await attachBlock(ctx, params.agent_id, params.block_id);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.blocks.detach": async ({ ctx, params }) => {
    await detachBlock(ctx, params.agent_id, params.block_id);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.tools.list": ({ ctx, params, query }) => listAgentTools(ctx, params.agent_id, query),
  "agents.secrets.list": async ({ ctx, params }) => (await retrieveAgent(ctx, params.agent_id)).secrets,
  "agents.mcpServers.list": async ({ ctx, params }) => {
    await getAgentRow(ctx, params.agent_id);
    return listServersOfAgent(ctx, params.agent_id);
  },
  "agents.tools.attach": async ({ ctx, params }) => {
    await attachTool(ctx, params.agent_id, params.tool_id);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.tools.detach": async ({ ctx, params }) => {
    await detachTool(ctx, params.agent_id, params.tool_id);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.tools.updateApproval": async ({ ctx, params, query, body }) => {
    const required = body.requires_approval ?? body.body_requires_approval ?? query.requires_approval;
    if (required == null) throw invalid("requires_approval: must be given");
    await setToolApproval(ctx, params.agent_id, params.tool_name, required);
    return retrieveAgent(ctx, params.agent_id);
  },
  "agents.archives.attach": async ({ ctx, params }) => {
    await attachArchive(ctx, params.agent_id, params.archive_id);
    return null;
  },
  "agents.archives.detach": async ({ ctx, params }) => {
    await detachArchive(ctx, params.agent_id, params.archive_id);
    return null;
  },
};
