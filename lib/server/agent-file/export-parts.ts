import type { WrittenAgentFile } from "@/lib/api/agent-file";
import { toWireBlock } from "../blocks/blocks";
import { toWireTool } from "../tools/tools";
import type { LocalIds } from "./local-ids";
import type { BlockRecord, GroupRecord, ToolRecord } from "./records";

type Written<K extends "blocks" | "tools" | "groups" | "mcp_servers"> = NonNullable<WrittenAgentFile[K]>[number];

/** Where it came from (a template, a deployment, a person) is left out. */
export function toFileBlock(block: BlockRecord, ids: LocalIds): Written<"blocks"> {
  const { created_by_id, last_updated_by_id, head_version_id, ...wire } = toWireBlock(block);
  return {
    ...wire,
    id: ids.of("block", block.id),
    preserve_on_migration: block.preserveOnMigration,
    project_id: null,
    template_id: null,
    base_template_id: null,
    deployment_id: null,
    entity_id: null,
  };
}

export function toFileTool(tool: ToolRecord, ids: LocalIds): Written<"tools"> {
  const { metadata_, ...wire } = toWireTool(tool);
  return {
    ...wire,
    metadata_: tool.mcpServer ? remoteMetadata(tool, tool.mcpServer.serverName) : metadata_,
    id: ids.of("tool", tool.id),
    project_id: null,
    created_by_id: null,
    last_updated_by_id: null,
  };
}

/** Whose tool it is, without an id that means nothing elsewhere. */
const remoteMetadata = (tool: ToolRecord, serverName: string) => ({
  mcp: { server_name: serverName, tool_name: tool.mcpToolName ?? tool.name },
});

export function toFileGroup(group: GroupRecord, ids: LocalIds): Written<"groups"> {
  return {
    id: ids.of("group", group.id),
    agent_ids: group.agents.map((link) => ids.of("agent", link.agentId)),
    description: group.description,
    manager_config: managerConfig(group, ids) as Written<"groups">["manager_config"],
    project_id: null,
    shared_block_ids: group.blocks
      .filter(({ block }) => block.deletedAt === null)
      .map(({ blockId }) => ids.of("block", blockId)),
    hidden: group.hidden,
  };
}

/** The keys that a manager of its type has in the contract. */
function managerConfig(group: GroupRecord, ids: LocalIds): Record<string, unknown> {
  const manager = { manager_type: group.managerType, manager_agent_id: ids.find("agent", group.managerAgentId) };
  switch (group.managerType) {
    case "round_robin":
      return { manager_type: group.managerType, max_turns: group.maxTurns };
    case "dynamic":
      return { ...manager, termination_token: group.terminationToken, max_turns: group.maxTurns };
    case "sleeptime":
      return { ...manager, sleeptime_agent_frequency: group.sleeptimeAgentFrequency };
    case "voice_sleeptime":
      return {
        ...manager,
        max_message_buffer_length: group.maxMessageBufferLength,
        min_message_buffer_length: group.minMessageBufferLength,
      };
    default:
      return manager;
  }
}

/** The MCP servers of the tools: where they are, without what one needs to be let in. */
export function toFileServers(tools: readonly ToolRecord[], ids: LocalIds): Written<"mcp_servers">[] {
  const servers = new Map(tools.flatMap(({ mcpServer }) => (mcpServer ? [[mcpServer.id, mcpServer] as const] : [])));
  return [...servers.values()].map((server) => {
    const config = Object(server.config) as Record<string, unknown>;
    const isStdio = server.serverType === "stdio";
    return {
      id: ids.of("mcp_server", server.id),
      server_type: server.serverType,
      server_name: server.serverName,
      server_url: typeof config.server_url === "string" ? withoutCredentials(config.server_url) : null,
      stdio_config: isStdio
        ? { server_name: server.serverName, type: "stdio", command: config.command ?? null, args: [], env: null }
        : null,
      metadata_: null,
    };
  });
}

/** User, password and query of an address may be keys. */
function withoutCredentials(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  url.username = "";
  url.password = "";
  url.search = "";
  url.hash = "";
  return url.href;
}
