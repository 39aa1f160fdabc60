import type { Tool, ToolParameters } from "@/lib/engine/tool";
import { MEMORY_TOOLS } from "@/lib/engine/tools/memory-tools";
import type { Ctx } from "../core/core";
import { mcpTool } from "../mcp/run-tool";
import { builtinTools } from "./builtins/builtins";
import { customTool } from "./custom/custom-tool";
import { fileTools } from "./file-tools";
import { searchTools } from "./search-tools";
import { starterTools } from "./starters/starters";
import { voiceTools } from "./voice-tools";

/** A tool as it is attached to an agent. */
export type ToolRow = {
  id: string;
  name: string;
  toolType: string;
  description: string | null;
  jsonSchema: { description?: string; parameters?: ToolParameters } | null;
  returnCharLimit: number | null;
  parallel: boolean;
};

/** A tool that the request's client runs itself. */
export type ClientTool = { name: string; description?: string | null; parameters?: Record<string, unknown> | null };

/** What an agent can call in one run: its attached tools, and the client's, which take the place of those of their name. */
export function resolveTools(
  ctx: Ctx,
  rows: readonly ToolRow[],
  clientTools: readonly ClientTool[],
  multiAgentTools: Record<string, Tool>,
): Tool[] {
  const builtIn: Record<string, Tool> = {
    ...MEMORY_TOOLS,
    ...searchTools(ctx),
    ...voiceTools(ctx),
    ...fileTools(ctx),
    ...starterTools(ctx),
    ...multiAgentTools,
  };
  const reaching = builtinTools(ctx, () => own);
  const taken = new Set(clientTools.map((tool) => tool.name));
  const own: Tool[] = rows
    .filter((row) => !taken.has(row.name))
    .map((row) => {
      if (row.toolType === "custom") return customTool(ctx, row);
      if (row.toolType === "external_mcp") return mcpTool(ctx, row);
      const known = Object.hasOwn(builtIn, row.name) ? builtIn[row.name] : undefined;
      const reaches = Object.hasOwn(reaching, row.name) ? reaching[row.name] : undefined;
      return known ?? (reaches ? { ...reaches, returnLimitChars: row.returnCharLimit } : withoutRun(row));
    });
  return [...own, ...clientTools.map(clientTool)];
}

const EMPTY_PARAMETERS: ToolParameters = { type: "object", properties: {} };

function clientTool(tool: ClientTool): Tool {
  return {
    name: tool.name,
    description: tool.description ?? "",
    parameters: { ...EMPTY_PARAMETERS, ...tool.parameters },
    returnLimitChars: null,
    parallel: false,
  };
}

/** Tools of a kind that this server has no way to run: the model is told so. */
function withoutRun(row: ToolRow): Tool {
  return {
    name: row.name,
    description: row.jsonSchema?.description ?? row.description ?? "",
    parameters: { ...EMPTY_PARAMETERS, ...row.jsonSchema?.parameters },
    returnLimitChars: row.returnCharLimit,
    parallel: row.parallel,
    run: async () => ({
      status: "error",
      content: `Error executing function ${row.name}: this server cannot run tools of type ${row.toolType}.`,
    }),
  };
}
