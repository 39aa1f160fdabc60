import type { LIMIT_ENDPOINTS } from "@/lib/api/limits-of-use";
import { fairUse, setLimits } from "../fair-use/limits";
import type { Handlers } from "./bind";

export const LIMIT_HANDLERS: Handlers<typeof LIMIT_ENDPOINTS> = {
  "limits.retrieve": ({ ctx, query }) => fairUse(ctx, query.key_id ?? null),
  "limits.update": ({ ctx, query, body, note }) => {
    if (query.key_id) note.targetId = query.key_id;
    return setLimits(ctx, query.key_id ?? null, body);
  },
};
