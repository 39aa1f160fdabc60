import type { Block } from "../memory";
import type { ToolContext, ToolOutcome } from "../tool";
import { MEMORY_TOOLS } from "../tools/memory-tools";

/** Calls a memory tool as the loop does, on these blocks. */
export function callMemoryTool(
  name: keyof typeof MEMORY_TOOLS,
  args: Record<string, unknown>,
  blocks: readonly Block[],
): Promise<ToolOutcome> {
  const context: ToolContext = {
    agentId: "agent-1",
    conversationId: "default",
    runId: "run-1",
    stepId: "step-1",
    toolCallId: "call-1",
    blocks,
    pending: [],
    now: "2026-01-02T03:04:05Z",
    timezone: "UTC",
    signal: new AbortController().signal,
  };
  return MEMORY_TOOLS[name].run!(args, context);
}
