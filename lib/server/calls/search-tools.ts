import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import {
  archivalNote,
  archivalQuery,
  archivalResults,
  conversationQuery,
  conversationResults,
  type Relevance,
  SEARCH_TOOL_SPECS,
} from "@/lib/engine/tools/search-tools";
import { attempt, type ToolArgs } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../core/core";
import { archivesOfAgent, searchMessages, searchPassages } from "../search/search";
import type { Candidate } from "../search/search-fuse";
import { type Progress, partialNote } from "../search/search-index";

/** The tools by which an agent searches its recall and archival memory and adds to the latter, by name. */
export function searchTools(ctx: Ctx): Record<string, Tool> {
  const tool = (spec: Tool, act: (args: ToolArgs, call: ToolContext) => ToolOutcome | Promise<ToolOutcome>): Tool => ({
    ...spec,
    run: (args, call) => attempt(spec.name, () => act(args, call)),
  });
  return {
    conversation_search: tool(SEARCH_TOOL_SPECS.conversation_search, (args, call) => searchRecall(ctx, args, call)),
    archival_memory_search: tool(SEARCH_TOOL_SPECS.archival_memory_search, (args, call) =>
      searchArchive(ctx, args, call),
    ),
    archival_memory_insert: tool(SEARCH_TOOL_SPECS.archival_memory_insert, insertNote),
  };
}

async function searchRecall(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const asked = conversationQuery(args, call.timezone);
  const { found, partial } = await searchMessages(ctx, {
    ...asked,
    mode: "hybrid",
    agentId: call.agentId,
    searcherRunId: call.runId,
    signal: call.signal,
  });
  const shown = found.map((one) => ({
    createdAt: one.createdAt,
    role: one.role,
    content: one.text,
    ...(asked.query === null ? {} : { relevance: relevanceOf(one) }),
  }));
  return { status: "success", content: JSON.stringify(withNote(conversationResults(shown, call), partial)) };
}

async function searchArchive(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const { search, found, partial } = await searchPassages(ctx, {
    ...archivalQuery(args, call.timezone),
    mode: "hybrid",
    archiveIds: await archivesOfAgent(ctx, call.agentId),
    signal: call.signal,
  });
  const shown = found.map((one) => ({ ...one, relevance: relevanceOf(one) }));
  return {
    status: "success",
    content: archivalResults(shown, call.timezone) + (partial ? `\n${partialNote(partial)}` : ""),
    writes: [{ type: "passage-search", search }],
  };
}

/** Tells the model where it saw only a part. */
function withNote(results: ReturnType<typeof conversationResults>, partial: Progress | null) {
  return partial ? { ...results, message: `${results.message} ${partialNote(partial)}` } : results;
}

/** Answers as a Python function that returns nothing. */
function insertNote(args: ToolArgs): ToolOutcome {
  return { status: "success", content: "None", writes: [{ type: "passage-insert", ...archivalNote(args) }] };
}

function relevanceOf({ score, byText, byVector }: Candidate): Relevance {
  return { rrf_score: score, vector_rank: byVector?.rank ?? null, fts_rank: byText?.rank ?? null };
}
