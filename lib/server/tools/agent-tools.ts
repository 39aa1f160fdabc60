import type { CreateAgent } from "@/lib/api/agents";
import { AGENT_TYPES, type AgentType } from "@/lib/engine/agent-types";
import { NATIVE } from "@/lib/engine/dialect";
import { dedupeRules, type ToolRule } from "@/lib/engine/tool-rules";
import { changeAgent, lockTools } from "../agent-config/agent-versions";
import type { Ctx } from "../core/core";
import { apiCause } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { BUILTIN_TOOLS, MULTI_AGENT_NAMES } from "./builtin-tools";
import { getTool } from "./tools";

/** A tool as far as an agent's configuration depends on it. */
export type KnownTool = { id: string; name: string; needsApproval: boolean };

/** What an agent calls whose memory is kept by another, that works while it sleeps (contract §3.1). */
const SLEEPTIME_PRIMARY_TOOLS = ["send_message", "conversation_search", "archival_memory_search"];

/** Names of the tools that a request for a new agent asks for, each once: base tools, others, in this order. */
export function requestedToolNames(type: AgentType, body: CreateAgent): string[] {
  const movesMemory = body.enable_sleeptime === true && type.baseTools.includes("conversation_search");
  const base = movesMemory ? SLEEPTIME_PRIMARY_TOOLS : type.baseTools;
  return [
    ...new Set([
      ...(body.include_base_tools === false ? [] : base),
      ...(body.include_multi_agent_tools ? MULTI_AGENT_NAMES : []),
      ...(body.tools ?? []),
    ]),
  ];
}

/** Tools by name and by id, those by name first, each once. @throws ApiError `bad-request` for one that there is not. */
export async function findTools(ctx: Ctx, names: readonly string[], ids: readonly string[]): Promise<KnownTool[]> {
  const rows = await ctx.db.prisma.tool.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      OR: [{ name: { in: [...names] } }, { id: { in: [...ids] } }],
    },
    select: { id: true, name: true, defaultRequiresApproval: true },
  });
  const byName = new Map(rows.map((row) => [row.name, row]));
  const byId = new Map(rows.map((row) => [row.id, row]));
  requireAll("name", names, byName);
  requireAll("id", ids, byId);
  const found = new Set([...names.map((name) => byName.get(name)!), ...ids.map((id) => byId.get(id)!)]);
  return [...found].map(({ id, name, defaultRequiresApproval }) => ({
    id,
    name,
    needsApproval: defaultRequiresApproval === true,
  }));
}

/** The contract shows the missing ones as Python shows a set. */
function requireAll(by: "name" | "id", wanted: readonly string[], found: ReadonlyMap<string, unknown>): void {
  const missing = wanted.filter((one) => !found.has(one));
  if (missing.length === 0) return;
  const set = `{${[...new Set(missing)].map((one) => `'${one}'`).join(", ")}}`;
  throw badRequest(by === "name" ? `Tools not found by name: ${set}` : `Tools not found by id:   ${set}`);
}

const RULED_TYPES = new Set(["letta_core", "letta_memory_core", "letta_sleeptime_core"]);
const CONTINUING = new Set(BUILTIN_TOOLS.filter((tool) => RULED_TYPES.has(tool.toolType)).map((tool) => tool.name));
const ENDING = new Set([
  "send_message",
  "send_message_to_agent_async",
  "memory_finish_edits",
  "finish_rethinking_memory",
]);

/** Models that keep to the order of calls without being held to it. */
const CAPABLE_MODEL = /claude-4-sonnet|claude-3-5-sonnet|gpt-5|gemini-2\.5-pro/;

/** The rules of a new agent: what it was given, rules of its base tools, and approvals that tools ask for. */
export function initialRules(body: CreateAgent, model: string, tools: readonly KnownTool[]): ToolRule[] {
  const type = AGENT_TYPES[body.agent_type];
  const capable = CAPABLE_MODEL.test(model) && !model.includes("mini");
  const byDefault = type.baseToolRules && (type.dialect === NATIVE || !capable);
  const base = (body.include_base_tool_rules ?? byDefault) ? tools.flatMap(({ name }) => baseRule(name)) : [];
  return dedupeRules([...(body.tool_rules ?? []), ...base, ...approvalRules(tools)]);
}

function baseRule(tool_name: string): ToolRule[] {
  if (ENDING.has(tool_name)) return [{ tool_name, type: "exit_loop" }];
  return CONTINUING.has(tool_name) ? [{ tool_name, type: "continue_loop" }] : [];
}

export function approvalRules(tools: readonly KnownTool[]): ToolRule[] {
  return tools.filter((tool) => tool.needsApproval).map(({ name }) => ({ tool_name: name, type: "requires_approval" }));
}

/** Attaches a tool; one that is attached stays as it is. @throws ApiError `not-found`. */
export async function attachTool(ctx: Ctx, agentId: string, toolId: string): Promise<void> {
  const tool = await getTool(ctx, toolId);
  const known = { id: tool.id, name: tool.name, needsApproval: tool.defaultRequiresApproval === true };
  let found: string[] = [];
  await changeAgent(ctx, agentId, {
    operation: "attach-tool",
    cause: apiCause(ctx),
    before: async (sql) => {
      found = await lockTools(ctx, sql, [toolId]);
    },
    change: (config) => {
      if (config.toolIds.includes(toolId)) return config;
      const toolRules = dedupeRules([...config.toolRules, ...approvalRules([known])]);
      return { ...config, toolIds: [...config.toolIds, ...found], toolRules };
    },
  });
}

/** Detaches a tool; its rules stay, for when it comes back. @throws ApiError `not-found`. */
export async function detachTool(ctx: Ctx, agentId: string, toolId: string): Promise<void> {
  await getTool(ctx, toolId);
  await changeAgent(ctx, agentId, {
    operation: "detach-tool",
    cause: apiCause(ctx),
    change: (config) => ({ ...config, toolIds: config.toolIds.filter((id) => id !== toolId) }),
  });
}

/** Makes calls of an attached tool wait for an approval, or no longer. @throws ApiError `not-found`. */
export async function setToolApproval(ctx: Ctx, agentId: string, toolName: string, required: boolean): Promise<void> {
  await changeAgent(ctx, agentId, {
    operation: "tool-approval",
    cause: apiCause(ctx),
    change: async (config, sql) => {
      const attached = await sql.query(
        "SELECT 1 FROM agent_tool l JOIN tool t ON t.id = l.tool_id WHERE l.agent_id = $1 AND t.name = $2",
        [agentId, toolName],
      );
      if (attached.length === 0)
        throw new ApiError("not-found", `Tool '${toolName}' is not attached to agent ${agentId}`);
      const isIt = (rule: ToolRule) => rule.type === "requires_approval" && rule.tool_name === toolName;
      const others = config.toolRules.filter((rule) => !isIt(rule));
      if (!required) return { ...config, toolRules: others };
      if (others.length < config.toolRules.length) return config;
      return { ...config, toolRules: [...others, { tool_name: toolName, type: "requires_approval" }] };
    },
  });
}
