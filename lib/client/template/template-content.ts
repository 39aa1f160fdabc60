import type { z } from "@hono/zod-openapi";
import type { templateSnapshotSchema } from "@/lib/api/template-snapshot";
import type { Agent } from "../api/wire";

/** As it is sent, both ways. */
export type TemplateSnapshot = z.input<typeof templateSnapshotSchema>;
export type SnapshotAgent = TemplateSnapshot["agents"][number];

export type TemplateVariables = {
  /** `{{name}}` in prompts and blocks, with the value where none is given. */
  memory: { key: string; defaultValue: string }[];
  /** Names of secrets. */
  secrets: string[];
};

/** What a person may fill in when agents are made of a version: each name once. */
export function variablesOf(snapshot: TemplateSnapshot): TemplateVariables {
  const memory = new Map<string, string>();
  const secrets = new Set<string>();
  for (const agent of snapshot.agents) {
    for (const { key, defaultValue } of agent.memoryVariables?.data ?? []) {
      memory.set(key, memory.get(key) || (defaultValue ?? ""));
    }
    for (const { key } of agent.toolVariables?.data ?? []) secrets.add(key);
  }
  return {
    memory: Array.from(memory, ([key, defaultValue]) => ({ key, defaultValue })),
    secrets: [...secrets],
  };
}

const AGENT_PARTS: [name: string, part: (agent: SnapshotAgent) => unknown][] = [
  ["name", (agent) => agent.name],
  ["model", (agent) => agent.model],
  ["prompt", (agent) => agent.systemPrompt],
  ["tools", (agent) => agent.toolIds],
  ["tool rules", (agent) => agent.toolRules],
  ["folders", (agent) => agent.sourceIds],
  ["tags", (agent) => agent.tags],
  ["type", (agent) => agent.agentType],
  ["settings", (agent) => agent.properties],
  ["variables", (agent) => [agent.memoryVariables, agent.toolVariables]],
];

type Block = TemplateSnapshot["blocks"][number];

/** What one version has that another has not, in a few words each; empty for the same. */
export function changesBetween(before: TemplateSnapshot, after: TemplateSnapshot): string[] {
  return [
    ...compared(before.agents, after.agents, {
      idOf: (agent) => agent.entityId,
      nameOf: (agent) => `agent ${agent.name || "without a name"}`,
      partsOf: (a, b) => AGENT_PARTS.flatMap(([name, part]) => (same(part(a), part(b)) ? [] : name)),
    }),
    ...compared(before.blocks, after.blocks, {
      idOf: (block) => block.entityId,
      nameOf: (block) => `block ${block.label}`,
      partsOf: blockParts,
    }),
    ...(same(before.relationships, after.relationships) ? [] : ["which agent has which block"]),
    ...(same([before.type, before.configuration], [after.type, after.configuration]) ? [] : ["how the group works"]),
  ];
}

function blockParts(a: Block, b: Block): string[] {
  const keys = ["label", "value", "limit", "description", "readOnly", "preserveOnMigration"] as const;
  const names = { readOnly: "read-only", preserveOnMigration: "kept when migrated" } as const;
  return keys.flatMap((key) => (a[key] === b[key] ? [] : key in names ? names[key as keyof typeof names] : key));
}

type Comparison<T> = { idOf: (one: T) => string; nameOf: (one: T) => string; partsOf: (a: T, b: T) => string[] };

function compared<T>(before: readonly T[], after: readonly T[], { idOf, nameOf, partsOf }: Comparison<T>): string[] {
  const old = new Map(before.map((one) => [idOf(one), one]));
  const now = new Set(after.map(idOf));
  return [
    ...after.flatMap((one) => {
      const was = old.get(idOf(one));
      if (!was) return `${nameOf(one)} is new`;
      const parts = partsOf(was, one);
      return parts.length > 0 ? `${nameOf(one)}: ${parts.join(", ")}` : [];
    }),
    ...before.filter((one) => !now.has(idOf(one))).map((one) => `${nameOf(one)} is gone`),
  ];
}

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

export type Deployment = { id: string; agents: Agent[]; at: string };

/** Agents by the request that made them, newest first. */
export function deploymentsOf(agents: readonly Agent[]): Deployment[] {
  const made = new Map<string, Agent[]>();
  for (const agent of agents) {
    if (agent.deployment_id) made.set(agent.deployment_id, [...(made.get(agent.deployment_id) ?? []), agent]);
  }
  return Array.from(made, ([id, own]) => ({
    id,
    agents: own,
    at: own.map((one) => one.created_at).toSorted()[0]!,
  })).toSorted((a, b) => b.at.localeCompare(a.at));
}

export type DeployChoice = {
  name: string;
  tags: string;
  memory: Record<string, string>;
  secrets: Record<string, string>;
};

/** The body of a request for agents: what is empty is left to the template. */
export function deployBody({ name, tags, memory, secrets }: DeployChoice) {
  const filled = (values: Record<string, string>) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ""));
  const tagList = tags
    .split(",")
    .map((tag) => tag.trim())
    .filter(Boolean);
  return {
    ...(name.trim() ? { agent_name: name.trim() } : {}),
    ...(tagList.length > 0 ? { tags: tagList } : {}),
    memory_variables: filled(memory),
    tool_variables: filled(secrets),
  };
}

/** A snapshot with another prompt of an agent, or another text of a block, by the entity's id. */
export function withTexts(snapshot: TemplateSnapshot, texts: Readonly<Record<string, string>>): TemplateSnapshot {
  return {
    ...snapshot,
    agents: snapshot.agents.map((agent) => ({ ...agent, systemPrompt: texts[agent.entityId] ?? agent.systemPrompt })),
    blocks: snapshot.blocks.map((block) => ({ ...block, value: texts[block.entityId] ?? block.value })),
  };
}
