import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import type { ToolArgs } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { BUILTIN_SCHEMAS } from "../../tools/builtin-schemas";
import { fetchWebpageTool } from "./fetch-webpage";
import { runCodeTool } from "./run-code";
import { runCodeWithTools } from "./run-code-with-tools";
import { webSearchTool } from "./web-search";

const DEFAULT_RETURN_CHARS = 50_000;

/**
 * The tools that reach out of the agent: code in the sandbox, and the web.
 *
 * @param attached all tools that the agent has in this run, for `run_code_with_tools`.
 */
export function builtinTools(ctx: Ctx, attached: () => readonly Tool[]): Record<string, Tool> {
  const runs: Record<string, (args: ToolArgs, call: ToolContext) => Promise<ToolOutcome>> = {
    run_code: (args, call) => runCodeTool(ctx, args, call),
    run_code_with_tools: (args, call) => runCodeWithTools(ctx, attached(), args, call),
    web_search: (args, call) => webSearchTool(ctx, args, call),
    fetch_webpage: (args, call) => fetchWebpageTool(ctx, args, call),
  };
  return Object.fromEntries(
    BUILTIN_SCHEMAS.flatMap((schema) => {
      const run = runs[schema.name];
      const parallel = schema.name !== "run_code_with_tools";
      return run ? [[schema.name, { ...schema, returnLimitChars: DEFAULT_RETURN_CHARS, parallel, run }]] : [];
    }),
  );
}
