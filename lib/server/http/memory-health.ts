import type { MEMORY_HEALTH_ENDPOINTS } from "@/lib/api/memory-health";
import { memoryHealth } from "../ledger/health/health";
import type { Handlers } from "./bind";

export const MEMORY_HEALTH_HANDLERS: Handlers<typeof MEMORY_HEALTH_ENDPOINTS> = {
  "agents.memoryHealth": ({ ctx, params }) => memoryHealth(ctx, params.agent_id),
};
