import type { TOOL_RUN_ENDPOINTS } from "@/lib/api/tool-runs";
import type { TOOL_ENDPOINTS } from "@/lib/api/tools";
import { runAgentTool, runSource } from "../run/run-tool";
import { inThread } from "../threads/threads";
import { checkSource } from "../tools/check-source";
import { countOrigins, listCatalogue } from "../tools/tool-catalogue";
import { languageOf } from "../tools/tool-schema";
import { listToolSecrets, updateToolSecrets } from "../tools/tool-secrets";
import { toolStats } from "../tools/tool-stats";
import { countTools, deleteTool, getTool, listBuiltinTools, listTools, searchTools, toWireTool } from "../tools/tools";
import { updateTool, upsertTool } from "../tools/write-tool";
import type { Handlers } from "./bind";

export const TOOL_HANDLERS: Handlers<typeof TOOL_ENDPOINTS> = {
  "tools.create": async ({ ctx, body }) => toWireTool(await upsertTool(ctx, body)),
  "tools.upsert": async ({ ctx, body }) => toWireTool(await upsertTool(ctx, body)),
  "tools.list": ({ ctx, query }) => listTools(ctx, query),
  "tools.count": ({ ctx, query }) => countTools(ctx, query),
  "tools.catalogue": ({ ctx, query }) => listCatalogue(ctx, query),
  "tools.origins": ({ ctx, query }) => countOrigins(ctx, query.search ?? ""),
  "tools.addBase": ({ ctx }) => listBuiltinTools(ctx),
  "tools.search": ({ ctx, body }) => searchTools(ctx, body),
  "tools.retrieve": async ({ ctx, params }) => toWireTool(await getTool(ctx, params.tool_id)),
  "tools.update": async ({ ctx, params, body }) => toWireTool(await updateTool(ctx, params.tool_id, body)),
  "tools.delete": async ({ ctx, params }) => {
    await deleteTool(ctx, params.tool_id);
    return null;
  },
};

export const TOOL_RUN_HANDLERS: Handlers<typeof TOOL_RUN_ENDPOINTS> = {
  "tools.generateSchema": async ({ ctx, body }) => ({
    ...(await inThread(ctx.actor.organizationId, "deriveSchema", {
      source: body.code,
      language: languageOf(body.source_type),
    })),
  }),
  "tools.checkSource": ({ ctx, body }) => checkSource(ctx, body),
  "tools.run": ({ ctx, body, request }) => runSource(ctx, body, request.signal),
  "agents.tools.run": ({ ctx, params, body, request }) =>
    runAgentTool(ctx, { agentId: params.agent_id, toolName: params.tool_name, args: body.args }, request.signal),
  "tools.stats": ({ ctx, params }) => toolStats(ctx, params.tool_id),
  "tools.secrets.list": ({ ctx, params }) => listToolSecrets(ctx, params.tool_id),
  "tools.secrets.update": ({ ctx, params, body }) => updateToolSecrets(ctx, params.tool_id, body.secrets),
};
