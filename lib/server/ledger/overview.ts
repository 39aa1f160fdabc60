import type { WireContextSection } from "@/lib/api/step-context";
import { renderPrompt } from "@/lib/engine/render";
import type { Ctx } from "../core/core";
import { countTokens } from "../models/tokens";
import type { Target } from "../run/load";
import { toRawMessage } from "../search/raw-message";
import { liveContext } from "./context";

/** The contract's context window overview (letta-v1 §2.12), measured from the sections. */
export async function contextOverview(ctx: Ctx, target: Target): Promise<Record<string, unknown>> {
  const { loaded, context } = await liveContext(ctx, target);
  const of = (...kinds: string[]) => context.sections.filter((section) => kinds.includes(section.kind));
  const text = (sections: WireContextSection[]) => sections.map((section) => section.text).join("");
  const tokens = (sections: WireContextSection[]) => sections.reduce((sum, section) => sum + section.tokens, 0);
  const nullable = (sections: WireContextSection[]) => (sections.length > 0 ? text(sections).trim() : null);
  const memory = of("memory-intro", "memory-block", "memory-outro");
  const prompt = context.sections.filter((section) => !["tools", "summary", "messages"].includes(section.kind));
  const tools = of("tools").map((section) => JSON.parse(section.text) as Record<string, unknown>);
  const [counts] = await ctx.db.query<{ recall: number; archival: number }>(
    `SELECT (SELECT coalesce(sum(next_seq), 0)::int FROM conversation WHERE agent_id = $1 AND deleted_at IS NULL) AS recall,
       (SELECT count(*)::int FROM passage p JOIN agent_archive aa ON aa.archive_id = p.archive_id
         WHERE aa.agent_id = $1 AND p.deleted_at IS NULL) AS archival`,
    [loaded.agentId],
  );
  const systemPrompt = renderPrompt(
    prompt.map(({ kind, label, text: body }) => ({
      kind: kind as never,
      label,
      text: body,
      source: { type: "compile" },
    })),
  );
  const owner = { agentId: loaded.agentId, conversationId: loaded.isDefault ? null : loaded.conversationId };
  return {
    context_window_size_max: context.context_window,
    context_window_size_current: context.total_tokens,
    num_messages: loaded.transcript.length + 1,
    num_archival_memory: counts?.archival ?? 0,
    num_recall_memory: counts?.recall ?? 0,
    num_tokens_external_memory_summary: tokens(of("metadata")),
    external_memory_summary: text(of("metadata")).trim(),
    num_tokens_system: tokens(of("instructions")),
    system_prompt: text(of("instructions")).trim(),
    num_tokens_core_memory: tokens(memory),
    core_memory: text(memory).trim(),
    num_tokens_memory_filesystem: 0,
    memory_filesystem: null,
    num_tokens_tool_usage_rules: tokens(of("tool-rules")),
    tool_usage_rules: nullable(of("tool-rules")),
    num_tokens_directories: tokens(of("directories")),
    directories: nullable(of("directories")),
    num_tokens_summary_memory: tokens(of("summary")),
    summary_memory: nullable(of("summary")),
    num_tokens_functions_definitions: tokens(of("tools")),
    functions_definitions: tools.map((tool) => ({ type: "function", function: tool })),
    num_tokens_messages: tokens(of("messages")),
    messages: [
      systemRaw(loaded.agentId, systemPrompt, context.compiled_at),
      ...loaded.transcript.map((message) => toRawMessage(message, owner)),
    ],
  };
}

function systemRaw(agentId: string, text: string, createdAt: string): Record<string, unknown> {
  return {
    role: "system",
    content: [{ type: "text", text }],
    agent_id: agentId,
    created_at: createdAt,
    tokens: countTokens(text),
  };
}
