import { randomUUID } from "node:crypto";
import { z } from "@hono/zod-openapi";
import {
  type AgentFile,
  agentFileSchema,
  type FileAgent,
  type FileBlock,
  type WrittenAgentFile,
} from "@/lib/api/agent-file";

/** What migrations to a version keep of what agents have, where the request doesn't say. */
const optionsSchema = z.object({
  preserveSecrets: z.boolean().default(true),
  preserveMemory: z.boolean().default(false),
  preserveFolders: z.boolean().default(true),
  dropOtherBlocks: z.boolean().default(false),
});
export type MigrationOptions = z.output<typeof optionsSchema>;

/** What a template is made of: an agent file without anything lived. */
export type Content = AgentFile & { template_options?: unknown };

/** Content as it was kept. */
export const readContent = (json: unknown): Content => agentFileSchema.parse(json);

export const optionsOf = (content: Content): MigrationOptions => optionsSchema.parse(content.template_options ?? {});

export function withOptions(content: Content, options: Partial<MigrationOptions>): Content {
  return { ...content, template_options: { ...optionsOf(content), ...options } };
}

/**
 * A file as a template's content: without messages, passages, histories and values of secrets. What its agents and
 * blocks are called within the template is taken over from the content before, so that a migration knows them again:
 * agents by name or else by place, blocks by label and agent.
 */
export function toContent(file: AgentFile, before: Content | null): Content {
  const agentIds = entityIds(file.agents, (agent, index) => sameAgent(before, agent, index)?.entity_id);
  const blockIds = entityIds(file.blocks, (block) => sameBlock(before, file, block)?.entity_id);
  return {
    ...file,
    agents: file.agents.map((agent, index) => ({
      ...agent,
      entity_id: agentIds[index]!,
      messages: [],
      in_context_message_ids: null,
      files_agents: [],
      secrets: blank(agent.secrets),
      tool_exec_environment_variables: blank(agent.tool_exec_environment_variables),
    })),
    blocks: file.blocks.map((block, index) => ({ ...block, entity_id: blockIds[index]! })),
    files: [],
    skills: [],
    ...(before?.template_options ? { template_options: before.template_options } : {}),
    memoir: file.memoir ? { version: 1, block_versions: [], archives: [], messages: [] } : null,
  };
}

/** Each its own: what it brings along, what it is known by, or a new one. */
function entityIds<T extends { entity_id?: string | null | undefined }>(
  items: readonly T[],
  known: (item: T, index: number) => string | null | undefined,
): string[] {
  const taken = new Set<string>();
  return items.map((item, index) => {
    const wanted = item.entity_id ?? known(item, index);
    const id = wanted && !taken.has(wanted) ? wanted : randomUUID();
    taken.add(id);
    return id;
  });
}

function sameAgent(before: Content | null, agent: FileAgent, index: number): FileAgent | undefined {
  return before?.agents.find((one) => one.name === agent.name) ?? before?.agents[index];
}

function sameBlock(before: Content | null, file: AgentFile, block: FileBlock): FileBlock | undefined {
  if (!before) return undefined;
  const place = file.agents.findIndex((agent) => agent.block_ids.includes(block.id));
  const owner = place < 0 ? undefined : sameAgent(before, file.agents[place]!, place);
  return before.blocks.find((one) => one.label === block.label && (!owner || owner.block_ids.includes(one.id)));
}

const blank = (secrets: Record<string, string> | null | undefined) =>
  secrets && Object.fromEntries(Object.keys(secrets).map((key) => [key, ""]));

const VARIABLE = /\{\{\s*([\w.-]{1,255})\s*\}\}/g;

/** Names of the variables in a text, each once, in order. */
export const variablesIn = (text: string): string[] => [
  ...new Set(Array.from(text.matchAll(VARIABLE), (match) => match[1]!)),
];

/** The text with the variables that have a value filled in; the others stay as they are written. */
export function filled(text: string, values: Readonly<Record<string, string>>): string {
  return text.replaceAll(VARIABLE, (written, name: string) => (Object.hasOwn(values, name) ? values[name]! : written));
}

/** The content with variables filled in, in prompts and values of blocks. An agent's own defaults come after `values`. */
export function fillContent(content: Content, values: Readonly<Record<string, string>>): Content {
  const all = { ...defaultsOf(content), ...values };
  return {
    ...content,
    agents: content.agents.map((agent) =>
      typeof agent.system === "string" ? { ...agent, system: filled(agent.system, all) } : agent,
    ),
    blocks: content.blocks.map((block) => ({ ...block, value: filled(block.value, all) })),
  };
}

/** Values that the template itself has for its variables. */
export function defaultsOf(content: Content): Record<string, string> {
  return Object.assign({}, ...content.agents.map((agent) => agent.memory_variables ?? {}));
}

/** Variables of one agent: of its prompt and its blocks. */
export function variablesOf(content: Content, agent: FileAgent): string[] {
  const own = content.blocks.filter((block) => agent.block_ids.includes(block.id));
  const texts = [typeof agent.system === "string" ? agent.system : "", ...own.map((block) => block.value)];
  return [...new Set(texts.flatMap(variablesIn))];
}

/** The folder of a source of a template; a template names folders and does not hold their files. */
export const folderIdOf = (source: AgentFile["sources"][number]) =>
  typeof source.folder_id === "string" ? source.folder_id : null;

export const asWritten = (content: Content) => content as unknown as WrittenAgentFile;
