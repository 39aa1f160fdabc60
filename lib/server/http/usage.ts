import type { USAGE_ENDPOINTS } from "@/lib/api/usage";
import { readFullBlocks, readToolUsage } from "../usage/read-tools";
import { readUsage, readUsageGroups } from "../usage/read-usage";
import type { Handlers } from "./bind";

export const USAGE_HANDLERS: Handlers<typeof USAGE_ENDPOINTS> = {
  "usage.retrieve": ({ ctx, query }) => readUsage(ctx, query),
  "usage.groups": ({ ctx, query }) => readUsageGroups(ctx, query),
  "usage.tools": ({ ctx, query }) => readToolUsage(ctx, query),
  "usage.blocks": ({ ctx, query }) => readFullBlocks(ctx, query),
};
