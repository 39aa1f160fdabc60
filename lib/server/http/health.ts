import type { HEALTH_ENDPOINTS } from "@/lib/api/health";
import type { TAG_ENDPOINTS } from "@/lib/api/tags";
import { listTags } from "../agents/tags";
import type { Handlers } from "./bind";
import { checkHealth, checkReady } from "./check-health";

export const HEALTH_HANDLERS: Handlers<typeof HEALTH_ENDPOINTS> = {
  "health.check": ({ ctx }) => checkHealth(ctx),
  "health.ready": ({ ctx }) => checkReady(ctx),
};

export const TAG_HANDLERS: Handlers<typeof TAG_ENDPOINTS> = {
  "tags.list": ({ ctx, query }) => listTags(ctx, query),
};
