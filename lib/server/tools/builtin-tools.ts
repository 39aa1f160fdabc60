import type { ToolType } from "@/lib/api/tools";
import { MEMORY_TOOLS } from "@/lib/engine/tools/memory-tools";
import { SEARCH_TOOL_SPECS } from "@/lib/engine/tools/search-tools";
import type { Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { Database, Statement } from "../db/database";
import {
  BUILTIN_SCHEMAS,
  type BuiltinSchema,
  FILE_SCHEMAS,
  MULTI_AGENT_SCHEMAS,
  VOICE_SCHEMAS,
} from "./builtin-schemas";
import { STARTER_NAMES, STARTER_SCHEMAS } from "./starter-schemas";

export type BuiltinTool = BuiltinSchema & { toolType: ToolType };

const CORE: BuiltinSchema[] = [MEMORY_TOOLS.send_message, ...Object.values(SEARCH_TOOL_SPECS)];
const MEMORY: BuiltinSchema[] = [
  MEMORY_TOOLS.core_memory_append,
  MEMORY_TOOLS.core_memory_replace,
  MEMORY_TOOLS.memory,
  MEMORY_TOOLS.memory_apply_patch,
];
const SLEEP_TIME: BuiltinSchema[] = [
  MEMORY_TOOLS.memory_replace,
  MEMORY_TOOLS.memory_insert,
  MEMORY_TOOLS.memory_rethink,
  MEMORY_TOOLS.memory_finish_edits,
];

/** The tools that every organization has: the contract's list of 26, and Memoir's own to begin with. */
export const BUILTIN_TOOLS: readonly BuiltinTool[] = [
  ...ofType("letta_core", CORE),
  ...ofType("letta_memory_core", MEMORY),
  ...ofType("letta_sleeptime_core", SLEEP_TIME),
  ...ofType("letta_voice_sleeptime_core", VOICE_SCHEMAS),
  ...ofType("letta_multi_agent_core", MULTI_AGENT_SCHEMAS),
  ...ofType("letta_builtin", BUILTIN_SCHEMAS),
  ...ofType("letta_files_core", FILE_SCHEMAS),
  ...ofType("letta_builtin", STARTER_SCHEMAS),
];

export const BUILTIN_NAMES: ReadonlySet<string> = new Set(BUILTIN_TOOLS.map((tool) => tool.name));

/** Whether no tool of an organization's own may have the name. A starter tool gives way to one that somebody makes. */
export const isReservedName = (name: string) => BUILTIN_NAMES.has(name) && !STARTER_NAMES.has(name);
export const FILE_TOOL_NAMES: readonly string[] = FILE_SCHEMAS.map((tool) => tool.name);
export const MULTI_AGENT_NAMES: readonly string[] = MULTI_AGENT_SCHEMAS.map((tool) => tool.name);

function ofType(toolType: ToolType, tools: readonly BuiltinSchema[]): BuiltinTool[] {
  return tools.map(({ name, description, parameters }) => ({ name, description, parameters, toolType }));
}

/** Organizations whose built-in tools this process has brought up to date. */
const current = new WeakMap<Database, Set<string>>();

/**
 * Sees to it that the organization has every built-in tool, as this version of the program describes it. What an owner
 * set on one (approval, limits, tags) stays. Costs one small statement when nothing is missing.
 */
export async function ensureBuiltinTools(ctx: Ctx): Promise<void> {
  const { organizationId } = ctx.actor;
  const known = current.get(ctx.db) ?? new Set();
  current.set(ctx.db, known);
  if (known.has(organizationId)) {
    const [row] = await ctx.db.query<{ count: number }>(COUNT_BUILTINS, [
      organizationId,
      [...BUILTIN_NAMES],
      [...STARTER_NAMES],
    ]);
    if (row?.count === BUILTIN_TOOLS.length) return;
  }
  const rows = BUILTIN_TOOLS.map(({ name, toolType, description, parameters }, index) => ({
    id: newId("tool"),
    name,
    type: toolType,
    description,
    schema: { name, description, parameters },
    index,
  }));
  await ctx.db.query(UPSERT_BUILTINS, [organizationId, JSON.stringify(rows), ctx.now().toISOString()]);
  known.add(organizationId);
}

const COUNT_BUILTINS: Statement = {
  name: "builtin-tools-count",
  text: "SELECT count(*) AS count FROM tool WHERE organization_id = $1 AND name = ANY($2::text[]) AND (tool_type LIKE 'letta\\_%' OR name = ANY($3::text[]))",
};

// Each a little older than the one before, so that a list has them in the order of the table.
const UPSERT_BUILTINS = `
INSERT INTO tool (id, organization_id, name, tool_type, description, tags, json_schema, created_at, updated_at)
SELECT x.id, $1, x.name, x.type, x.description, ARRAY[x.type], x.schema,
    $3::timestamptz - x.index * interval '1 millisecond', $3::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS x(id text, name text, type text, description text, schema jsonb, index int)
ON CONFLICT (organization_id, name) DO UPDATE
  SET tool_type = EXCLUDED.tool_type, description = EXCLUDED.description, json_schema = EXCLUDED.json_schema
  WHERE tool.tool_type LIKE 'letta\\_%' AND (tool.tool_type, tool.description, tool.json_schema)
    IS DISTINCT FROM (EXCLUDED.tool_type, EXCLUDED.description, EXCLUDED.json_schema)`;
