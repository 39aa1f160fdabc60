import type { TOOL_ENDPOINTS } from "@/lib/api/tools";
import { updateTool, upsertTool } from "../tool-write";
import { countTools, deleteTool, getTool, listBuiltinTools, listTools, searchTools, toWireTool } from "../tools";
import type { Handlers } from "./bind";

export const TOOL_HANDLERS: Handlers<typeof TOOL_ENDPOINTS> = {
  "tools.create": async ({ ctx, body }) => toWireTool(await upsertTool(ctx, body)),
  "tools.upsert": async ({ ctx, body }) => toWireTool(await upsertTool(ctx, body)),
  "tools.list": ({ ctx, query }) => listTools(ctx, query),
  "tools.count": ({ ctx, query }) => countTools(ctx, query),
  "tools.addBase": ({ ctx }) => listBuiltinTools(ctx),
  "tools.search": ({ ctx, body }) => searchTools(ctx, body),
  "tools.retrieve": async ({ ctx, params }) => toWireTool(await getTool(ctx, params.tool_id)),
  "tools.update": async ({ ctx, params, body }) => toWireTool(await updateTool(ctx, params.tool_id, body)),
  "tools.delete": async ({ ctx, params }) => {
    await deleteTool(ctx, params.tool_id);
    return null;
  },
};
