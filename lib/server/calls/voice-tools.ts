import { formatIso } from "@/lib/engine/time";
import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { conversationResults, type FoundMessage, type FoundPassage } from "@/lib/engine/tools/search-tools";
import { attempt, findIntegerArg, findStringListArg, type ToolArgs, ToolFailure } from "@/lib/engine/tools/tool-args";
import { memoriesOf, readNumberedLines, VOICE_MEMORY_TOOLS } from "@/lib/engine/tools/voice-tools";
import type { Message } from "@/lib/stream/message";
import type { Ctx } from "../core/core";
import { archivesOfAgent, searchMessages, searchPassages } from "../search/search";
import { VOICE_SCHEMAS } from "../tools/builtin-schemas";

const MOST_PER_QUERY = 5;
const MS_PER_MINUTE = 60_000;

/** The tools of agents that talk, and of those that keep their memory, by name. */
export function voiceTools(ctx: Ctx): Record<string, Tool> {
  const tool = (name: string, act: (args: ToolArgs, call: ToolContext) => Promise<ToolOutcome>): Tool => ({
    ...VOICE_SCHEMAS.find((schema) => schema.name === name)!,
    returnLimitChars: null,
    parallel: false,
    run: (args, call) => attempt(name, () => act(args, call)),
  });
  return {
    ...VOICE_MEMORY_TOOLS,
    store_memories: tool("store_memories", (args, call) => storeMemories(ctx, args, call)),
    search_memory: tool("search_memory", (args, call) => searchMemory(ctx, args, call)),
  };
}

/** Keeps pieces of the numbered lines that this run was given as passages of the agent's archive. */
async function storeMemories(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const texts = await saidToRun(ctx, call.runId);
  const notes = memoriesOf(args, readNumberedLines(texts.join("\n")));
  const writes = notes.map((text) => ({ type: "passage-insert" as const, text, tags: [] }));
  return { status: "success", content: "None", writes };
}

/**
 * Searches what was said before, by each keyword query, and the archive, by what the person said last; both in the same
 * span of time. Without queries, what the person said last is looked for everywhere.
 */
async function searchMemory(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const keywords = (findStringListArg(args, "convo_keyword_queries") ?? []).filter((query) => query.trim() !== "");
  const said = (await saidToRun(ctx, call.runId)).at(-1) ?? null;
  const span = timeSpan(args, call.now);
  const common = { mode: "hybrid" as const, limit: MOST_PER_QUERY, signal: call.signal, ...span };
  const messages = new Map<string, FoundMessage>();
  for (const query of keywords.length > 0 ? keywords : [said]) {
    const { found } = await searchMessages(ctx, { ...common, query, agentId: call.agentId, searcherRunId: call.runId });
    for (const one of await withoutRun(ctx, found, call.runId))
      messages.set(one.id, { createdAt: one.createdAt, role: one.role, content: one.text });
  }
  const { found, search } = await searchPassages(ctx, {
    ...common,
    query: said ?? keywords.join(" "),
    archiveIds: await archivesOfAgent(ctx, call.agentId),
    tagMatchMode: "any",
  });
  const result = {
    ...conversationResults([...messages.values()], call),
    notes: found.map((passage) => noteOf(passage, call.timezone)),
  };
  return { status: "success", content: JSON.stringify(result), writes: [{ type: "passage-search", search }] };
}

const noteOf = (passage: FoundPassage, timezone: string) => ({
  timestamp: formatIso(passage.createdAt, timezone),
  content: passage.text,
});

/** `start_minutes_ago` is the older bound; models that swap the two are understood. Throws `ToolFailure`. */
function timeSpan(args: ToolArgs, now: string): { from: string | null; to: string | null } {
  const start = findIntegerArg(args, "start_minutes_ago") ?? null;
  const end = findIntegerArg(args, "end_minutes_ago") ?? null;
  if ((start ?? 0) < 0 || (end ?? 0) < 0) throw new ToolFailure("Minutes ago must not be negative.");
  const [older, newer] = start !== null && end !== null && end > start ? [end, start] : [start, end];
  const at = (minutes: number | null) =>
    minutes === null ? null : new Date(Date.parse(now) - minutes * MS_PER_MINUTE).toISOString();
  return { from: at(older), to: at(newer) };
}

/** What the request of a run said, in order. */
async function saidToRun(ctx: Ctx, runId: string): Promise<string[]> {
  const rows = await ctx.db.query<{ parts: Message["parts"] }>(
    `SELECT parts FROM message WHERE run_id = $1 AND organization_id = $2 AND step_id IS NULL
       AND role IN ('user', 'system') ORDER BY seq`,
    [runId, ctx.actor.organizationId],
  );
  return rows.map(({ parts }) => parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n"));
}

/** What the model has in front of it need not be found. */
async function withoutRun<T extends { id: string }>(ctx: Ctx, found: T[], runId: string): Promise<T[]> {
  const own = await ctx.db.query<{ id: string }>("SELECT id FROM message WHERE run_id = $1 AND id = ANY($2::text[])", [
    runId,
    found.map((one) => one.id),
  ]);
  const ids = new Set(own.map((row) => row.id));
  return found.filter((one) => !ids.has(one.id));
}
