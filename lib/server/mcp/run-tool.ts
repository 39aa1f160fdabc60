import type { Tool, ToolOutcome } from "@/lib/engine/tool";
import type { Ctx } from "../core/core";
import type { McpServerModel } from "../db/generated/models";
import { McpFailure } from "./failure";
import { type UseOptions, withServer } from "./target";
import { toOutcome } from "./tool-result";

/** A tool of an MCP server, as it is attached to an agent. */
type AttachedTool = {
  id: string;
  name: string;
  description: string | null;
  jsonSchema: { description?: string; parameters?: Tool["parameters"] } | null;
  returnCharLimit: number | null;
  parallel: boolean;
};

/** A tool that runs on its MCP server. Whatever happens there is an outcome: a server that is gone fails its own calls. */
export function mcpTool(ctx: Ctx, row: AttachedTool): Tool {
  return {
    name: row.name,
    description: row.jsonSchema?.description ?? row.description ?? "",
    parameters: row.jsonSchema?.parameters ?? { type: "object", properties: {} },
    returnLimitChars: row.returnCharLimit,
    parallel: row.parallel,
    run: (args, { agentId, signal }) => runMcpTool(ctx, row, args, { agentId, signal }),
  };
}

/** Runs a tool of the library on its server, by the tool's id. Never throws what the server did. */
export async function runMcpTool(
  ctx: Ctx,
  tool: Pick<AttachedTool, "id" | "name" | "returnCharLimit">,
  args: Record<string, unknown>,
  options: UseOptions,
): Promise<ToolOutcome> {
  const row = await ctx.db.prisma.tool.findFirst({
    where: { id: tool.id, organizationId: ctx.actor.organizationId },
    include: { mcpServer: true },
  });
  if (!row?.mcpServer || row.mcpToolName === null) return failed(tool.name, "it has no MCP server any more");
  try {
    return await callTool(ctx, row.mcpServer, row.mcpToolName, args, { ...options, limitChars: tool.returnCharLimit });
  } catch (error) {
    if (!(error instanceof McpFailure)) throw error;
    return failed(tool.name, `MCP server ${row.mcpServer.serverName}: ${error.message}`);
  }
}

/** Runs a tool by its server's own name for it. @throws McpFailure when the server can't be used. */
export function callTool(
  ctx: Ctx,
  server: McpServerModel,
  toolName: string,
  args: Record<string, unknown>,
  options: UseOptions & { limitChars: number | null },
): Promise<ToolOutcome> {
  return withServer(
    ctx,
    server,
    async ({ connection, secrets }) => {
      try {
        return toOutcome(await connection.callTool(toolName, args, options.signal), options.limitChars, secrets);
      } catch (error) {
        // A tool that there is not, or arguments that it does not take.
        if (error instanceof McpFailure && error.kind === "refused") return { status: "error", content: error.message };
        throw error;
      }
    },
    options,
  );
}

const failed = (name: string, why: string): ToolOutcome => ({
  status: "error",
  content: `Error executing function ${name}: ${why}`,
});
