import type { z } from "@hono/zod-openapi";
import type { AGENT_FILE_ENDPOINTS } from "@/lib/api/agent-files";

type ImportRow = Extract<(typeof AGENT_FILE_ENDPOINTS)[number], { id: "agents.importFile" }>;
export type Imported = z.output<ImportRow["response"]>;
export type ImportNote = Imported["notes"][number];

/** What an agent file says of itself, as far as a person chooses by it. */
export type AgentFileHead = { name: string; model: string | null; agents: number; messages: number };

/** Reads no more than a dialog shows; the server reads the rest. Null for what is no agent file. */
export function agentFileHead(text: string): AgentFileHead | null {
  const file = parsed(text);
  if (!isObject(file)) return null;
  // The older format is one agent, flat.
  const agents = Array.isArray(file.agents) ? file.agents.filter(isObject) : "llm_config" in file ? [file] : [];
  const [first] = agents;
  if (!first) return null;
  const config = isObject(first.llm_config) ? first.llm_config : {};
  return {
    name: textOf(first.name) ?? "",
    model: textOf(first.model) ?? textOf(config.handle) ?? textOf(config.model),
    agents: agents.length,
    messages: agents.reduce((sum, agent) => sum + (Array.isArray(agent.messages) ? agent.messages.length : 0), 0),
  };
}

const MAX_WRAPPINGS = 2;

/** Some files are JSON in a JSON string. */
function parsed(text: string): unknown {
  let value: unknown = text.replace(/^\uFEFF/, "");
  try {
    for (let layer = 0; typeof value === "string" && layer <= MAX_WRAPPINGS; layer++) value = JSON.parse(value);
    return value;
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);

const NOUNS: Record<ImportNote["kind"], string> = {
  model: "model",
  embedding: "embedding model",
  context_window: "context window",
  tool: "tool",
  mcp_server: "MCP server",
  folder: "folder",
  file: "file",
};

/** What could not be had as the file wants it, in a sentence. */
export function noteText({ kind, wanted, used }: ImportNote): string {
  if (kind === "context_window") return `The context window is ${used} tokens: ${wanted} are more than the model has.`;
  if (kind === "embedding" && used === null) {
    return `The embedding model ${wanted} is not here: archives and folders are searched by words.`;
  }
  if (used !== null) return `The ${NOUNS[kind]} ${wanted} is not here: ${used} is taken instead.`;
  if (kind === "mcp_server") return `The MCP server ${wanted} was left out: this server may not reach it.`;
  if (kind === "file") return `The file ${wanted} has no text in the agent file: upload it again.`;
  return `The ${NOUNS[kind]} ${wanted} could not be made.`;
}

/** Without those about the model, where the person chose another: that was no surprise. */
export function surprises(notes: readonly ImportNote[], chosenModel: string): ImportNote[] {
  return notes.filter((note) => note.kind !== "model" || note.used !== chosenModel);
}

/** A name for a file on any disk: `Ada the 2nd` → `Ada_the_2nd.af`. */
export function agentFileName(name: string): string {
  const plain = name
    .replaceAll(/[^\p{L}\p{N}.-]+/gu, "_")
    .replaceAll(/^[_.]+|_+$/g, "")
    .slice(0, 100);
  return `${plain || "agent"}.af`;
}

export type ImportChoice = { file: File; name: string; model: string; stripMessages: boolean };

/** The form of `POST /v1/agents/import`. What is empty stays as the file says. */
export function importForm({ file, name, model, stripMessages }: ImportChoice): FormData {
  const form = new FormData();
  form.set("file", file, file.name);
  if (name.trim()) form.set("name", name.trim());
  if (model) form.set("model", model);
  form.set("strip_messages", String(stripMessages));
  form.set("append_copy_suffix", "false");
  return form;
}
