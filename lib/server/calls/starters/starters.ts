import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { attempt, type ToolArgs } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { STARTER_SCHEMAS } from "../../tools/starter-schemas";
import { dataProcessing } from "./data-processing";
import { documentAnalysis } from "./document-analysis";
import { fileManager } from "./file-manager";
import { gitOperations } from "./git-operations";
import { knowledgeBaseLookup } from "./knowledge-base-lookup";

type Act = (ctx: Ctx, args: ToolArgs, call: ToolContext) => Promise<ToolOutcome>;

const ACTS: Record<string, Act> = {
  knowledge_base_lookup: knowledgeBaseLookup,
  file_manager: fileManager,
  git_operations: gitOperations,
  document_analysis: documentAnalysis,
  data_processing: dataProcessing,
};

const RETURN_LIMIT_CHARS = 50_000;

/** The starter tools, by name. Those that write see what the calls before them wrote, so they run one after another. */
export function starterTools(ctx: Ctx): Record<string, Tool> {
  return Object.fromEntries(
    STARTER_SCHEMAS.map((spec): [string, Tool] => {
      const run: Tool["run"] = (args, call) => attempt(spec.name, () => ACTS[spec.name]!(ctx, args, call));
      return [spec.name, { ...spec, returnLimitChars: RETURN_LIMIT_CHARS, parallel: false, run }];
    }),
  );
}
