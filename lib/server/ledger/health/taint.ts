import type { WireHealthFinding } from "@/lib/api/memory-health";
import { MEMORY_TOOLS } from "@/lib/engine/tools/memory-tools";
import { SEARCH_TOOL_SPECS } from "@/lib/engine/tools/search-tools";
import { VOICE_MEMORY_TOOLS } from "@/lib/engine/tools/voice-tools";
import type { Ctx } from "../../core/core";
import { FILE_TOOL_NAMES, MULTI_AGENT_NAMES } from "../../tools/builtin-tools";

type Source = WireHealthFinding["sources"][number];

/** Tools whose returns are the agent's own: what it remembers, and what was said to it. */
const OWN: readonly string[] = [
  ...Object.keys(MEMORY_TOOLS),
  ...Object.keys(SEARCH_TOOL_SPECS),
  ...Object.keys(VOICE_MEMORY_TOOLS),
  "search_memory",
  "store_memories",
];
const WEB: ReadonlySet<string> = new Set(["fetch_webpage", "web_search"]);

function kindOf(tool: string): Source["kind"] {
  if (WEB.has(tool)) return "web page";
  if (FILE_TOOL_NAMES.includes(tool)) return "file";
  return MULTI_AGENT_NAMES.includes(tool) ? "another agent" : "tool";
}

type Read = { writer: string; name: string; step_id: string };
type Told = { writer: string; sender_id: string };

/**
 * What the run of each step (a writer) had read before that step, of what others can write: what tools other than the
 * memory's own returned in its earlier steps, and what another agent said to it. A call of the same turn is none: what it
 * returned was not known when the turn was made.
 */
export async function sourcesOf(ctx: Ctx, stepIds: readonly string[]): Promise<Map<string, Source[]>> {
  const given = [ctx.actor.organizationId, stepIds];
  const [reads, told] = await Promise.all([
    ctx.db.query<Read>(
      `SELECT DISTINCT w.id AS writer, t.name, t.step_id FROM step w JOIN step s ON s.run_id = w.run_id AND s.position < w.position
         JOIN tool_call t ON t.step_id = s.id
       WHERE w.organization_id = $1 AND w.id = ANY($2::text[]) AND t.status = 'success' AND t.name <> ALL($3::text[])`,
      [...given, OWN],
    ),
    ctx.db.query<Told>(
      `SELECT DISTINCT w.id AS writer, m.sender_id FROM step w JOIN message m ON m.run_id = w.run_id AND m.step_id IS NULL
       WHERE w.organization_id = $1 AND w.id = ANY($2::text[]) AND m.sender_id LIKE 'agent-%'`,
      given,
    ),
  ]);
  const found = new Map<string, Source[]>();
  const add = (writer: string, source: Source) => found.set(writer, [...(found.get(writer) ?? []), source]);
  for (const { writer, name, step_id } of reads) add(writer, { kind: kindOf(name), name, step_id });
  for (const { writer, sender_id } of told) add(writer, { kind: "another agent", name: sender_id, step_id: null });
  return found;
}

const MOST_LATER = 20;

type Later = { later: WireHealthFinding["later"]; later_count: number };
type LaterRow = { step_id: string; tool: string; created_at: Date; n: number };

/** The calls that an agent made with a block in context since a version of it, but for those of its memory. */
export async function laterCalls(ctx: Ctx, agentId: string, blockId: string, since: number): Promise<Later> {
  const rows = await ctx.db.query<LaterRow>(
    `SELECT s.id AS step_id, t.name AS tool, s.created_at, count(*) OVER ()::int AS n FROM step s JOIN tool_call t ON t.step_id = s.id
     WHERE s.agent_id = $1 AND t.name <> ALL($4::text[])
       AND s.block_version_ids && ARRAY(SELECT id FROM block_version WHERE block_id = $2 AND number >= $3)
     ORDER BY s.seq, t.seq LIMIT ${MOST_LATER}`,
    [agentId, blockId, since, OWN],
  );
  const later = rows.map(({ step_id, tool, created_at }) => ({ step_id, tool, created_at: created_at.toISOString() }));
  return { later, later_count: rows[0]?.n ?? 0 };
}
