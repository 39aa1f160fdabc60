import type { z } from "@hono/zod-openapi";
import { type AgentFile, agentFileSchema } from "@/lib/api/agent-file";
import { badRequest } from "../core/errors";
import { requireFew } from "../core/json-size";
import { storableJson } from "../db/json";
import { fromLegacyFile, isLegacyFile } from "./legacy";

const MAX_DEPTH = 200;
const MAX_VALUES = 500_000;
/** JSON in a JSON string, as one of the published samples is. */
const MAX_WRAPPINGS = 2;
const ISSUES_SHOWN = 5;

/**
 * An agent file from its text: of the current format or the flat one, JSON or a JSON string that holds it. Characters
 * that no database has a place for are left out.
 *
 * @throws ApiError `bad-request` for what is no agent file, or one with too much in it.
 */
export function readAgentFile(text: string): AgentFile {
  let value: unknown = text;
  for (let layer = 0; typeof value === "string" && layer <= MAX_WRAPPINGS; layer++) value = parseJson(value);
  return checkAgentFile(value);
}

/** As `readAgentFile`, for a file that has been parsed. */
export function checkAgentFile(given: unknown): AgentFile {
  if (typeof given === "string") return readAgentFile(given);
  requireFlat(given);
  const clean: unknown = JSON.parse(storableJson(given ?? null));
  const parsed = agentFileSchema.safeParse(isLegacyFile(clean) ? fromLegacyFile(clean) : clean);
  if (!parsed.success) throw badRequest(`Invalid agent file schema: ${issuesOf(parsed.error)}`);
  requireOwnIds(parsed.data);
  return parsed.data;
}

function parseJson(text: string): unknown {
  requireFew(text, { values: MAX_VALUES, depth: Number.POSITIVE_INFINITY });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw badRequest("Corrupted agent file format.");
  }
}

function issuesOf(error: z.ZodError): string {
  const shown = error.issues
    .slice(0, ISSUES_SHOWN)
    .map((issue) => `${issue.path.map(String).join(".")}: ${issue.message}`);
  const more = error.issues.length - shown.length;
  return shown.join("; ") + (more > 0 ? `; and ${more} more` : "");
}

/** @throws ApiError for nesting without end, before anything walks it. */
function requireFlat(value: unknown, depth = 0): void {
  if (!value || typeof value !== "object") return;
  if (depth > MAX_DEPTH) throw badRequest(`Invalid agent file schema: nested more than ${MAX_DEPTH} deep`);
  for (const item of Object.values(value)) requireFlat(item, depth + 1);
}

/** @throws ApiError for an id that is there twice, or that an agent names and the file doesn't have. */
function requireOwnIds(file: AgentFile): void {
  const { agents, blocks, tools, sources, files, groups } = file;
  for (const [kind, list] of Object.entries({ agents, blocks, tools, sources, files, groups })) {
    const ids = new Set<string>();
    for (const { id } of list) {
      if (ids.has(id)) throw badRequest(`Invalid agent file schema: ${kind}: '${id}' is there twice`);
      ids.add(id);
    }
  }
  const known = { block: idsOf(blocks), tool: idsOf(tools), source: idsOf(sources), file: idsOf(files) };
  for (const agent of agents) {
    requireKnown(known.block, agent.block_ids, agent.id);
    requireKnown(known.tool, agent.tool_ids, agent.id);
    requireKnown(known.source, sourceIdsOf(agent), agent.id);
    requireKnown(
      known.file,
      agent.files_agents.map((one) => one.file_id),
      agent.id,
    );
  }
  const agentIds = idsOf(agents);
  for (const group of groups) {
    const manager = group.manager_config.manager_agent_id;
    requireKnown(agentIds, [...group.agent_ids, ...(manager ? [manager] : [])], group.id);
    requireKnown(known.block, group.shared_block_ids, group.id);
  }
  for (const one of files) requireKnown(known.source, [one.source_id], one.id);
}

export function sourceIdsOf(agent: AgentFile["agents"][number]): string[] {
  return [...new Set(agent.folder_ids.length > 0 ? agent.folder_ids : agent.source_ids)];
}

const idsOf = (list: readonly { id: string }[]) => new Set(list.map((one) => one.id));

function requireKnown(known: ReadonlySet<string>, ids: readonly string[], owner: string): void {
  const unknown = ids.find((id) => !known.has(id));
  if (unknown !== undefined)
    throw badRequest(`Invalid agent file schema: '${owner}' names '${unknown}', which the file doesn't have`);
}

declare module "../threads/threads" {
  interface Tasks {
    readAgentFile: { input: string; value: AgentFile };
  }
}
