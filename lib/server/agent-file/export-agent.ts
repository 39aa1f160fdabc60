import type { WrittenAgentFile } from "@/lib/api/agent-file";
import type { Message } from "@/lib/stream/message";
import type { ModelIndex } from "../agent-config/model-choice";
import { deriveEmbeddingConfig, deriveLlmConfig } from "../agent-config/model-settings";
import { toWireConfig } from "../agent-config/wire-config";
import type { LocalIds } from "./local-ids";
import { type CallIndex, indexCalls, isFullySaid, toFileContent } from "./message-form";
import type { AgentRecord, GroupRecord, Said } from "./records";

type WrittenAgent = WrittenAgentFile["agents"][number];
type WrittenMessage = NonNullable<WrittenAgent["messages"]>[number];
type InFull = NonNullable<NonNullable<WrittenAgentFile["memoir"]>["messages"]>;

type Surroundings = {
  ids: LocalIds;
  models: ModelIndex;
  /** Null where messages are left out. */
  said: Said | null;
  groups: readonly GroupRecord[];
};

/** An agent as a request that would make it, with what it has lived; and the messages that this form can't say in full. */
export function toFileAgent(agent: AgentRecord, at: Surroundings): { agent: WrittenAgent; inFull: InFull } {
  const { ids, models, said, groups } = at;
  const { config } = agent;
  const { messages, inFull } = said ? toFileMessages(agent, said, ids) : { messages: [], inFull: [] };
  const secrets = Object.fromEntries(agent.secrets.map(({ key }) => [key, ""]));
  const written: WrittenAgent = {
    ...toWireConfig(config),
    id: ids.of("agent", agent.id),
    name: agent.name,
    description: agent.description,
    metadata: agent.metadata,
    tags: agent.tags.map(({ tag }) => tag),
    hidden: agent.hidden,
    llm_config: deriveLlmConfig(models.find(config.model), config),
    embedding_config: config.embedding
      ? deriveEmbeddingConfig(models.findEmbedding(config.embedding), config.embedding)
      : null,
    memory_blocks: [],
    tools: [],
    tool_ids: agent.tools.map(({ tool }) => ids.of("tool", tool.id)),
    block_ids: agent.blocks
      .filter(({ block }) => block.deletedAt === null)
      .map(({ block }) => ids.of("block", block.id)),
    source_ids: agent.folders.map(({ folderId }) => ids.of("source", folderId)),
    folder_ids: null,
    identity_ids: null,
    include_base_tools: false,
    include_multi_agent_tools: false,
    include_base_tool_rules: false,
    include_default_source: false,
    initial_message_sequence: null,
    tool_exec_environment_variables: secrets,
    secrets,
    memory_variables: null,
    from_template: null,
    template: false,
    project: null,
    project_id: null,
    template_id: null,
    base_template_id: null,
    in_context_message_ids: said ? said.inContext.map((id) => ids.of("message", id)) : [],
    messages,
    group_ids: groups.filter((group) => isIn(group, agent.id)).map((group) => ids.of("group", group.id)),
  };
  return { agent: written, inFull };
}

const isIn = (group: GroupRecord, agentId: string) =>
  group.managerAgentId === agentId || group.agents.some((link) => link.agentId === agentId);

function toFileMessages(agent: AgentRecord, said: Said, ids: LocalIds): { messages: WrittenMessage[]; inFull: InFull } {
  const system: Message = {
    id: said.systemMessageId,
    role: "system",
    parts: [{ type: "text", text: said.system }],
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: said.messages[0]?.createdAt ?? agent.createdAt.toISOString(),
  };
  const messages = [system, ...said.messages].map((message) => toFileMessage(message, agent.id, ids));
  const calls = indexCalls(messages as Parameters<typeof indexCalls>[0]);
  const inFull = said.messages.flatMap((message, index) => inFullWhere(message, messages[index + 1]!, calls));
  return { messages, inFull };
}

function toFileMessage(message: Message, agentId: string, ids: LocalIds): WrittenMessage & { id: string } {
  return {
    type: "message",
    ...toFileContent(message),
    name: message.name,
    otid: message.otid,
    // Who else took part is known by this file alone: ids of others would mean nothing elsewhere.
    sender_id: ids.find("agent", message.senderId),
    batch_item_id: null,
    group_id: ids.find("group", message.groupId),
    id: ids.of("message", message.id),
    model: message.model,
    agent_id: ids.of("agent", agentId),
    created_at: message.createdAt,
    approval_request_id: null,
  };
}

function inFullWhere(message: Message, written: WrittenMessage, calls: CallIndex): InFull {
  const { role, parts, name, isErr } = message;
  if (isFullySaid({ role, parts, name, isErr }, written as Parameters<typeof isFullySaid>[1], calls)) return [];
  return [{ id: written.id ?? "", parts, is_err: isErr }];
}
