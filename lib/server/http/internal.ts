import type { AGENT_SEARCH_ENDPOINTS } from "@/lib/api/agent-search";
import type { INTERNAL_ENDPOINTS } from "@/lib/api/internal";
import { updateAgentBlock } from "../agents/agent-blocks";
import { countAgents, listAgentsOfBlock } from "../agents/agents";
import { countFoundAgents, searchAgents } from "../agents/search-agents";
import { createBlock, getBlock, toWireBlock } from "../blocks/blocks";
import { deleteBlock } from "../blocks/delete-block";
import { listBlocks } from "../blocks/list-blocks";
import type { Handlers } from "./bind";

export const INTERNAL_HANDLERS: Handlers<typeof INTERNAL_ENDPOINTS> = {
  "internalAgents.count": ({ ctx, query }) =>
    countAgents(ctx, { match_all_tags: false, show_hidden_agents: !query.exclude_hidden }),
  "internalAgents.blocks.update": ({ ctx, params, body }) =>
    updateAgentBlock(ctx, params.agent_id, params.block_label, body),
  "internalBlocks.list": ({ ctx, query }) => listBlocks(ctx, query),
  "internalBlocks.create": async ({ ctx, body }) => toWireBlock(await getBlock(ctx, await createBlock(ctx, body))),
  "internalBlocks.delete": async ({ ctx, params }) => {
    await deleteBlock(ctx, params.block_id);
    return null;
  },
  "internalBlocks.agents": async ({ ctx, params, query }) => {
    await getBlock(ctx, params.block_id);
    return listAgentsOfBlock(ctx, params.block_id, query);
  },
};

export const AGENT_SEARCH_HANDLERS: Handlers<typeof AGENT_SEARCH_ENDPOINTS> = {
  "agents.search": ({ ctx, body }) => searchAgents(ctx, body),
  "agents.search.count": ({ ctx, query }) => countFoundAgents(ctx, query),
};
