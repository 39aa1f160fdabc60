import type { Cause } from "@/lib/engine/cause";
import type { AgentConfig } from "../agent-config/agent-config";
import { toWireConfig } from "../agent-config/wire-config";
import type { Ctx } from "../core/core";
import { causesAlong, inConfig, lineOf, touchedIn } from "../records/version-line";
import type { StepRow } from "../run/steps";

/** What of a configuration a section of the prompt shows. */
const SHOWN_IN: Record<string, string> = {
  instructions: inConfig("system"),
  "tool-rules": inConfig("toolRules"),
};

/** Where a setting of the wire stands in the record. Prompt, tools and what is attached are shown elsewhere. */
const SETTINGS: Record<string, string> = {
  agent_type: inConfig("agentType"),
  model: inConfig("model"),
  embedding: inConfig("embedding"),
  model_settings: inConfig("modelSettings"),
  context_window_limit: inConfig("llm", "contextWindow"),
  max_tokens: inConfig("llm", "maxTokens"),
  parallel_tool_calls: inConfig("llm", "parallelToolCalls"),
  response_format: inConfig("llm", "responseFormat"),
  enable_reasoner: inConfig("llm", "enableReasoner"),
  max_reasoning_tokens: inConfig("llm", "maxReasoningTokens"),
  compaction_settings: inConfig("compaction"),
  tool_rules: inConfig("toolRules"),
  timezone: inConfig("timezone"),
  message_buffer_autoclear: inConfig("messageBufferAutoclear"),
  max_files_open: inConfig("maxFilesOpen"),
  per_file_view_window_char_limit: inConfig("perFileViewWindowCharLimit"),
  enable_sleeptime: inConfig("enableSleeptime"),
};

export type SettingChange = { name: string; before: unknown; after: unknown; causes: Cause[] };

type Version = { id: string; agent_id: string; number: number; config: AgentConfig };

async function versionsOf(ctx: Ctx, ids: readonly string[]): Promise<Map<string, Version>> {
  const rows = await ctx.db.query<Version>(
    "SELECT id, agent_id, number, config FROM agent_version WHERE id = ANY($1::text[]) AND organization_id = $2",
    [ids, ctx.actor.organizationId],
  );
  return new Map(rows.map((row) => [row.id, row]));
}

/**
 * Settings that differ between two steps, each with the versions of the agent that touched it. The model and its window are
 * those that were used; where no version explains them, the request itself asked for another.
 */
export async function settingsBetween(ctx: Ctx, from: StepRow, to: StepRow): Promise<SettingChange[]> {
  const pair = [from.agent_version_id, to.agent_version_id] as const;
  const versions = await versionsOf(ctx, pair);
  const inForce = (step: StepRow): Record<string, unknown> => ({
    ...toWireConfig(versions.get(step.agent_version_id)!.config),
    model: step.model_handle,
    context_window: step.context_window,
  });
  const [before, after] = [inForce(from), inForce(to)];
  const parts: Record<string, string> = {
    ...SETTINGS,
    context_window: `ROW(${SETTINGS.model}, ${SETTINGS.context_window_limit})::text`,
  };
  const changed: SettingChange[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (JSON.stringify(before[name] ?? null) === JSON.stringify(after[name] ?? null)) continue;
    const causes = (await causesAlong(ctx.db, "agent_version", pair, part)) ?? [];
    changed.push({ name, before: before[name] ?? null, after: after[name] ?? null, causes });
  }
  return changed;
}

/** What changed a section that an agent's configuration makes, between two of its versions; null for other sections. */
export async function causesInConfig(ctx: Ctx, kind: string, pair: readonly [string, string]): Promise<Cause[] | null> {
  const part = SHOWN_IN[kind];
  return part === undefined ? null : causesAlong(ctx.db, "agent_version", pair, part);
}

/** What gave an agent a tool, or took it away, between two versions. What a tool is itself has no versions: nobody is told. */
export async function causesOfTool(ctx: Ctx, name: string, pair: readonly [string, string]): Promise<Cause[]> {
  const ids = await toolIds(ctx, name, pair);
  if (ids.length === 0) return [];
  const list = ids.map((id) => `'${id}'`).join(",");
  const part = `(SELECT jsonb_agg(one) FROM jsonb_array_elements_text(config->'toolIds') AS one WHERE one IN (${list}))`;
  return (await causesAlong(ctx.db, "agent_version", pair, part)) ?? [];
}

const TOOL_ID = /^tool-[0-9a-f-]{36}$/;

async function toolIds(ctx: Ctx, name: string, pair: readonly string[]): Promise<string[]> {
  const had = [...(await versionsOf(ctx, pair)).values()].flatMap(({ config }) => config.toolIds);
  const rows = await ctx.db.query<{ id: string }>("SELECT id FROM tool WHERE id = ANY($1::text[]) AND name = $2", [
    had.filter((id) => TOOL_ID.test(id)),
    name,
  ]);
  return rows.map((row) => row.id);
}

/**
 * What put sections that the configuration makes as they are in a version: by kind of section, and for tools by the tool's
 * name, since when the agent has it.
 */
export async function lastCauses(ctx: Ctx, versionId: string) {
  const kinds = new Map<string, Cause>();
  const tools = new Map<string, Cause>();
  const version = (await versionsOf(ctx, [versionId])).get(versionId);
  if (!version) return { kinds, tools };
  const line = await lineOf(ctx.db, "agent_version", version.agent_id, version.number);
  for (const [kind, part] of Object.entries(SHOWN_IN)) {
    for (const stretch of line.toReversed()) {
      const last = (await touchedIn(ctx.db, "agent_version", stretch, part)).at(-1);
      if (last) kinds.set(kind, last.cause);
      if (last) break;
    }
  }
  const since = new Map<string, Cause>();
  for (const stretch of line) {
    for (const { cause, value } of await touchedIn<string[] | null>(
      ctx.db,
      "agent_version",
      stretch,
      inConfig("toolIds"),
    )) {
      for (const id of since.keys()) if (!value?.includes(id)) since.delete(id);
      for (const id of value ?? []) if (!since.has(id)) since.set(id, cause);
    }
  }
  const rows = await ctx.db.query<{ id: string; name: string }>(
    "SELECT id, name FROM tool WHERE id = ANY($1::text[])",
    [[...since.keys()]],
  );
  for (const { id, name } of rows) tools.set(name, since.get(id)!);
  return { kinds, tools };
}
