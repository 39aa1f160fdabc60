import { randomUUID } from "node:crypto";
import type { FileAgent, FileBlock, FileGroup, FileTool } from "@/lib/api/agent-file";
import type { SnapshotAgent, TemplateSnapshot } from "@/lib/api/template-snapshot";
import { AGENT_TYPES } from "@/lib/engine/agent-types";
import { MEMGPT } from "@/lib/engine/dialect";
import { checkAgentFile } from "../agent-file/read-file";
import { badRequest } from "../core/errors";
import { type Content, folderIdOf, variablesOf } from "./content";

/** The tools and folders that a snapshot names, under the ids that they have here. */
export type Known = { tools: readonly FileTool[]; folders: readonly { id: string; name: string }[] };

const FORMAT = "1";
const DEFAULT_LIMIT_CHARS = 100_000;

/**
 * A version of a template in the form of Letta's editor. `version` is its number, or `current`; tools are named by the
 * ids that the organization's tools of their names have.
 */
export function toSnapshot(content: Content, version: string, toolIdOf: ReadonlyMap<string, string>): TemplateSnapshot {
  const [group] = content.groups;
  const entityOf = (id: string | null | undefined) => content.agents.find((agent) => agent.id === id)?.entity_id;
  const config = group?.manager_config;
  const given = <K extends string, T>(key: K, value: T | null | undefined) => (value == null ? {} : { [key]: value });
  return {
    agents: content.agents.map((agent) => toSnapshotAgent(content, agent, toolIdOf)),
    blocks: content.blocks.map((block) => ({
      entityId: block.entity_id ?? block.id,
      label: block.label,
      value: block.value,
      limit: block.limit ?? DEFAULT_LIMIT_CHARS,
      description: block.description ?? "",
      preserveOnMigration: block.preserve_on_migration ?? false,
      readOnly: block.read_only ?? false,
    })),
    relationships: content.agents.flatMap((agent) =>
      agent.block_ids.map((id) => ({
        agentEntityId: agent.entity_id ?? agent.id,
        blockEntityId: content.blocks.find((block) => block.id === id)?.entity_id ?? id,
      })),
    ),
    configuration: {
      ...given("managerType", config?.manager_type),
      ...given("managerAgentEntityId", entityOf(config?.manager_agent_id)),
      ...given("terminationToken", config?.termination_token),
      ...given("maxTurns", config?.max_turns),
      ...given("sleeptimeAgentFrequency", config?.sleeptime_agent_frequency),
      ...given("maxMessageBufferLength", config?.max_message_buffer_length),
      ...given("minMessageBufferLength", config?.min_message_buffer_length),
    },
    type: config?.manager_type ?? (content.agents.length > 1 ? "cluster" : "classic"),
    version,
  };
}

function toSnapshotAgent(content: Content, agent: FileAgent, toolIdOf: ReadonlyMap<string, string>): SnapshotAgent {
  const names = new Map(content.tools.map((tool) => [tool.id, tool.name]));
  const tools = [...agent.tool_ids.map((id) => names.get(id)!), ...agent.tools];
  const folders = content.sources.filter((source) => agent.source_ids.includes(source.id));
  const llm = objectOf(agent.llm_config);
  const type = agentTypeOf(agent);
  const secrets = Object.keys({ ...agent.tool_exec_environment_variables, ...agent.secrets });
  return {
    model: textOf(agent.model) ?? textOf(llm.handle) ?? "",
    systemPrompt: textOf(agent.system) ?? AGENT_TYPES[type].systemPrompt ?? "",
    toolIds: tools.flatMap((name) => toolIdOf.get(name) ?? []),
    sourceIds: folders.flatMap((source) => folderIdOf(source) ?? []),
    memoryVariables: {
      version: FORMAT,
      data: variablesOf(content, agent).map((key) => variable(key, agent.memory_variables?.[key])),
    },
    toolVariables: { version: FORMAT, data: secrets.map((key) => variable(key, undefined)) },
    tags: Array.isArray(agent.tags) ? agent.tags : [],
    identityIds: null,
    toolRules: Array.isArray(agent.tool_rules) ? agent.tool_rules : [],
    agentType: type,
    properties: propertiesOf(agent, type),
    entityId: agent.entity_id ?? agent.id,
    name: agent.name ?? "",
  };
}

const variable = (key: string, value: string | undefined) => ({ key, defaultValue: value ?? null, type: "string" });

function propertiesOf(agent: FileAgent, type: SnapshotAgent["agentType"]): SnapshotAgent["properties"] {
  const llm = objectOf(agent.llm_config);
  const settings = objectOf(agent.model_settings);
  const number = (...values: unknown[]) => values.find((value) => typeof value === "number") as number | undefined;
  const flag = (...values: unknown[]) => values.find((value) => typeof value === "boolean") as boolean | undefined;
  return {
    enable_reasoner: flag(agent.enable_reasoner, llm.enable_reasoner) ?? null,
    put_inner_thoughts_in_kwargs: AGENT_TYPES[type].dialect === MEMGPT,
    context_window_limit: number(agent.context_window_limit, llm.context_window) ?? null,
    max_tokens: number(agent.max_tokens, settings.max_output_tokens, llm.max_tokens) ?? null,
    max_reasoning_tokens: number(agent.max_reasoning_tokens, llm.max_reasoning_tokens) ?? null,
    max_files_open: number(agent.max_files_open) ?? null,
    message_buffer_autoclear: flag(agent.message_buffer_autoclear) ?? null,
    verbosity_level: oneOf(["low", "medium", "high"], settings.verbosity ?? llm.verbosity),
    reasoning_effort: oneOf(
      ["none", "minimal", "low", "medium", "high", "xhigh"],
      objectOf(settings.reasoning).reasoning_effort ?? llm.reasoning_effort,
    ),
    per_file_view_window_char_limit: number(agent.per_file_view_window_char_limit) ?? null,
    parallel_tool_calls: flag(agent.parallel_tool_calls, settings.parallel_tool_calls, llm.parallel_tool_calls) ?? null,
    temperature: number(settings.temperature, llm.temperature) ?? null,
  };
}

const objectOf = (value: unknown) => (value && typeof value === "object" ? value : {}) as Record<string, unknown>;
const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
const oneOf = <const T extends string>(words: readonly T[], value: unknown): T | null =>
  words.find((word) => word === value) ?? null;

function agentTypeOf(agent: FileAgent): SnapshotAgent["agentType"] {
  const type = agent.agent_type ?? "letta_v1_agent";
  if (typeof type === "string" && Object.hasOwn(AGENT_TYPES, type)) return type as SnapshotAgent["agentType"];
  throw badRequest(`INVALID_ARGUMENT: the template has an agent of an unknown type`);
}

/**
 * A snapshot as a template's content. What it has no place for is taken over from the content before.
 *
 * @throws ApiError `bad-request` for a relationship with what the snapshot doesn't have.
 */
export function fromSnapshot(snapshot: TemplateSnapshot, before: Content, known: Known): Content {
  const agentIds = new Map(snapshot.agents.map((agent, index) => [agent.entityId, `agent-${index}`]));
  const blockIds = new Map(snapshot.blocks.map((block, index) => [block.entityId, `block-${index}`]));
  const toolIds = new Map(known.tools.map((tool, index) => [tool.id, `tool-${index}`]));
  const sourceIds = new Map(known.folders.map((folder, index) => [folder.id, `source-${index}`]));
  for (const link of snapshot.relationships) {
    if (agentIds.has(link.agentEntityId) && blockIds.has(link.blockEntityId)) continue;
    throw badRequest("INVALID_ARGUMENT: a relationship names an agent or a block that the snapshot doesn't have");
  }
  const file = {
    agents: snapshot.agents.map((agent) => ({
      ...fromSnapshotAgent(
        agent,
        before.agents.find((one) => one.entity_id === agent.entityId),
      ),
      id: agentIds.get(agent.entityId)!,
      tool_ids: (agent.toolIds ?? []).map((id) => toolIds.get(id)!),
      source_ids: (agent.sourceIds ?? []).map((id) => sourceIds.get(id)!),
      block_ids: snapshot.relationships
        .filter((link) => link.agentEntityId === agent.entityId)
        .map((link) => blockIds.get(link.blockEntityId)!),
    })),
    blocks: snapshot.blocks.map(
      (block): FileBlock => ({
        ...before.blocks.find((one) => one.entity_id === block.entityId),
        id: blockIds.get(block.entityId)!,
        entity_id: block.entityId,
        label: block.label,
        value: block.value,
        limit: block.limit,
        description: block.description || null,
        preserve_on_migration: block.preserveOnMigration,
        read_only: block.readOnly,
      }),
    ),
    tools: known.tools.map((tool) => ({ ...tool, id: toolIds.get(tool.id)! })),
    sources: known.folders.map((folder) => ({
      id: sourceIds.get(folder.id)!,
      name: folder.name,
      folder_id: folder.id,
    })),
    groups: groupsOf(snapshot, agentIds, before.groups[0]),
    ...(before.template_options ? { template_options: before.template_options } : {}),
    memoir: { version: 1 },
  };
  return checkAgentFile(file);
}

function fromSnapshotAgent(agent: SnapshotAgent, before: FileAgent | undefined) {
  const { temperature, reasoning_effort, verbosity_level, put_inner_thoughts_in_kwargs, ...own } = agent.properties ?? {
    temperature: null,
    reasoning_effort: null,
    verbosity_level: null,
  };
  const settings = {
    ...objectOf(before?.model_settings),
    ...(temperature === null ? {} : { temperature }),
    ...(reasoning_effort === null ? {} : { reasoning: { reasoning_effort } }),
    ...(verbosity_level === null ? {} : { verbosity: verbosity_level }),
  };
  const defaults = (agent.memoryVariables?.data ?? []).flatMap(({ key, defaultValue }) =>
    defaultValue == null ? [] : [[key, defaultValue]],
  );
  return {
    ...before,
    ...own,
    entity_id: agent.entityId,
    name: agent.name || null,
    model: agent.model || null,
    llm_config: null,
    model_settings: Object.keys(settings).length > 0 ? settings : null,
    system: agent.systemPrompt,
    agent_type: agent.agentType,
    tools: [],
    folder_ids: [],
    group_ids: [],
    tags: agent.tags ?? [],
    tool_rules: agent.toolRules ?? [],
    memory_variables: Object.fromEntries(defaults),
    secrets: Object.fromEntries((agent.toolVariables?.data ?? []).map(({ key }) => [key, ""])),
    tool_exec_environment_variables: null,
  };
}

const GROUPED = ["sleeptime", "round_robin", "supervisor", "dynamic", "voice_sleeptime"] as const;

function groupsOf(
  snapshot: TemplateSnapshot,
  agentIds: ReadonlyMap<string, string>,
  before: FileGroup | undefined,
): unknown[] {
  const type = GROUPED.find((one) => one === snapshot.type);
  if (!type) return [];
  const { configuration } = snapshot;
  const manager = configuration.managerAgentEntityId ? agentIds.get(configuration.managerAgentEntityId) : undefined;
  return [
    {
      id: before?.id ?? `group-${randomUUID()}`,
      description: before?.description ?? "",
      agent_ids: [...agentIds.values()].filter((id) => id !== manager),
      manager_config: {
        manager_type: type,
        manager_agent_id: manager ?? null,
        max_turns: configuration.maxTurns,
        termination_token: configuration.terminationToken,
        sleeptime_agent_frequency: configuration.sleeptimeAgentFrequency,
        max_message_buffer_length: configuration.maxMessageBufferLength,
        min_message_buffer_length: configuration.minMessageBufferLength,
      },
    },
  ];
}
