import type { Tool, ToolParameters } from "@/lib/engine/tool";
import type { Ctx } from "../../core/core";
import { runToolCode } from "./run-tool-code";
import { readToolCode } from "./tool-code";

/** What a custom tool is to the model; its code is read when it is called. */
export type CustomToolRow = {
  id: string;
  name: string;
  description: string | null;
  jsonSchema: { description?: string; parameters?: ToolParameters } | null;
  parallel: boolean;
};

/** A tool with code of its own, which runs in the sandbox. */
export function customTool(ctx: Ctx, row: CustomToolRow): Tool {
  return {
    name: row.name,
    description: row.jsonSchema?.description ?? row.description ?? "",
    parameters: { type: "object", properties: {}, ...row.jsonSchema?.parameters },
    // Its outcome is cut already, after secrets were taken out.
    returnLimitChars: null,
    parallel: row.parallel,
    async run(args, call) {
      const code = await readToolCode(ctx, row.id, call.agentId);
      if (!code) {
        const why = "it has no code in Python or TypeScript that this server could run";
        return { status: "error", content: `Error executing function ${row.name}: ToolError: ${why}` };
      }
      return runToolCode(ctx, code, { args, env: {}, agent: call, signal: call.signal });
    },
  };
}
