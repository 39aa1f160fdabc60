import type { Access } from "@/lib/api/access-tokens";
import type { Endpoint } from "@/lib/api/endpoint";
import type { ENDPOINTS } from "@/lib/api/endpoints";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";

type EndpointId = (typeof ENDPOINTS)[number]["id"];

/**
 * What an access token needs for each endpoint, on every agent that the request names. What is not here is not for
 * tokens: lists over all agents, what several agents may share (blocks, tools, archives, folders), what is of the
 * organization, and whatever is new.
 */
export const TOKEN_ACCESS: Partial<Record<EndpointId, readonly [Access, ...Access[]]>> = {
  "agents.retrieve": ["read_agent"],
  "agents.coreMemory": ["read_agent"],
  "agents.blocks.list": ["read_agent"],
  "agents.blocks.retrieve": ["read_agent"],
  "agents.tools.list": ["read_agent"],
  "agents.secrets.list": ["read_agent"],
  "agents.passages.list": ["read_agent"],
  "agents.passages.search": ["read_agent"],
  "agents.index.retrieve": ["read_agent"],
  "agents.workspace.retrieve": ["read_agent"],
  "agents.workspace.read": ["read_agent"],
  "agents.workspace.versions": ["read_agent"],
  "agents.update": ["write_agent"],
  "agents.blocks.update": ["write_agent"],
  "agents.passages.create": ["write_agent"],
  "agents.passages.delete": ["write_agent"],
  "agents.messages.reset": ["write_agent"],
  "agents.messages.list": ["read_messages"],
  "conversations.list": ["read_messages"],
  "conversations.retrieve": ["read_messages"],
  "conversations.messages.list": ["read_messages"],
  "conversations.messages.stream": ["read_messages"],
  "messages.retrieve": ["read_messages"],
  "runs.retrieve": ["read_messages"],
  "runs.messages.list": ["read_messages"],
  "runs.messages.stream": ["read_messages"],
  "runs.usage.retrieve": ["read_messages"],
  "runs.replay": ["read_messages"],
  "runs.toolCalls.list": ["read_messages"],
  "agents.context": ["read_agent", "read_messages"],
  "agents.knowledge": ["read_agent", "read_messages"],
  "agents.messages.create": ["write_messages"],
  "agents.messages.stream": ["write_messages"],
  "agents.messages.createAsync": ["write_messages"],
  "agents.messages.cancel": ["write_messages"],
  "runs.toolCalls.cancel": ["write_messages"],
  "conversations.create": ["write_messages"],
  "conversations.cancel": ["write_messages"],
  "conversations.messages.create": ["write_messages"],
};

/** Fields of a body that need more than their endpoint does; null is more than any token may. */
export const FIELD_ACCESS: Record<string, Access | null> = {
  override_system: "write_agent",
  system: "write_agent",
  override_model: "write_agent",
  model: "write_agent",
  model_settings: "write_agent",
  callback_url: null,
  block_ids: null,
  tool_ids: null,
  source_ids: null,
  folder_ids: null,
  identity_ids: null,
  secrets: null,
  tool_exec_environment_variables: null,
  // Another agent is made, which works on its own.
  enable_sleeptime: null,
  project_id: null,
  template_id: null,
  base_template_id: null,
};

/** What these write may be others' too: each needs the same access on every agent that has it. */
const SHARED: Partial<Record<EndpointId, "blocks" | "archives">> = {
  "agents.blocks.update": "blocks",
  "agents.passages.create": "archives",
  "agents.passages.delete": "archives",
};

/** @throws ApiError `forbidden` for an endpoint that is not for access tokens. */
export function requireGrantable({ id }: Pick<Endpoint, "id">): void {
  if (!neededFor(id)) throw forbidden(`An access token can't be used for ${id}`);
}

type Parsed = { params: unknown; query: unknown; body: unknown };

/**
 * Checks a request of an access token against its policy: every agent that it names, by itself or by something of the
 * agent's, and it must name one.
 *
 * @throws ApiError `forbidden`.
 */
export async function requireAccess(ctx: Ctx, row: Pick<Endpoint, "id">, request: Parsed): Promise<void> {
  const needed = [...(neededFor(row.id) ?? [])];
  for (const [field, value] of fieldsOf(request.body)) {
    const more = value == null ? undefined : FIELD_ACCESS[field];
    if (more === null) throw forbidden(`An access token can't set ${field}`);
    if (more) needed.push(more);
  }
  const agentIds = await agentsOf(ctx, [request.params, request.query, request.body].flatMap(fieldsOf));
  if (agentIds.length === 0) throw forbidden("An access token can only be used on an agent that it names");
  requireGrants(ctx, agentIds, needed, "the agent that the request names");
  const shared = SHARED[row.id as EndpointId];
  if (!shared) return;
  const { agent_id: agentId, block_label: label } = request.params as { agent_id: string; block_label?: string };
  const others = shared === "blocks" ? SHARING_BLOCK : SHARING_ARCHIVES;
  const rows = await ctx.db.query<{ id: string }>(others, shared === "blocks" ? [agentId, label] : [agentId]);
  requireGrants(
    ctx,
    rows.map((one) => one.id),
    needed,
    "another agent, which shares what the request writes",
  );
}

/** Agents that hold the block which the agent `$1` has under the label `$2`, or are in a group that shares it. */
const SHARING_BLOCK = `
WITH written AS (SELECT b.id FROM agent_block l JOIN block b ON b.id = l.block_id JOIN block_version v ON v.id = b.head_version_id
  WHERE l.agent_id = $1 AND v.label = $2 AND b.deleted_at IS NULL)
SELECT agent_id AS id FROM agent_block WHERE block_id IN (SELECT id FROM written)
UNION SELECT m.agent_id FROM group_block s JOIN group_agent m ON m.group_id = s.group_id
  WHERE s.block_id IN (SELECT id FROM written)`;

/** Agents that have an archive of the agent `$1`. */
const SHARING_ARCHIVES = `
SELECT other.agent_id AS id FROM agent_archive mine JOIN agent_archive other ON other.archive_id = mine.archive_id
WHERE mine.agent_id = $1`;

function requireGrants(ctx: Ctx, agentIds: readonly string[], needed: readonly Access[], onWhat: string): void {
  const grants = ctx.actor.policy?.data ?? [];
  for (const agentId of agentIds) {
    const access = new Set(grants.filter((grant) => grant.id === agentId).flatMap((grant) => grant.access));
    const missing = needed.find((one) => !access.has(one));
    if (missing) throw forbidden(`This access token has no ${missing} on ${onWhat}`);
  }
}

function neededFor(id: string): readonly Access[] | undefined {
  return TOKEN_ACCESS[id as EndpointId];
}

const forbidden = (detail: string) => new ApiError("forbidden", detail);

/** What names an agent's own, and the table that says whose it is. */
const OWNED: Record<string, string> = {
  conversation_id: "conversation",
  run_id: "run",
  step_id: "step",
  message_id: "message",
};

const fieldsOf = (value: unknown): [string, unknown][] =>
  typeof value === "object" && value !== null ? Object.entries(value) : [];

/** The agents that a request names; an id that belongs to none names one that no policy has. */
async function agentsOf(ctx: Ctx, fields: readonly [string, unknown][]): Promise<string[]> {
  const found: string[] = [];
  for (const [field, value] of fields) {
    if (typeof value !== "string") continue;
    // A conversation may be named by its agent.
    if (field === "agent_id" || (field === "conversation_id" && value.startsWith("agent-"))) found.push(value);
    else if (OWNED[field] && value !== "default") found.push(await ownerOf(ctx, OWNED[field], value));
  }
  return found;
}

async function ownerOf(ctx: Ctx, table: string, id: string): Promise<string> {
  const [row] = await ctx.db.query<{ agent_id: string }>(
    `SELECT agent_id FROM ${table} WHERE id = $1 AND organization_id = $2`,
    [id, ctx.actor.organizationId],
  );
  return row?.agent_id ?? "";
}
