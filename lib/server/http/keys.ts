import type { KEY_ENDPOINTS } from "@/lib/api/keys";
import { createKey, listKeys, revokeKey } from "../accounts/keys";
import type { Handlers } from "./bind";

export const KEY_HANDLERS: Handlers<typeof KEY_ENDPOINTS> = {
  "keys.create": ({ ctx, body }) => createKey(ctx, body),
  "keys.list": ({ ctx, query }) => listKeys(ctx, query),
  "keys.revoke": async ({ ctx, params }) => {
    await revokeKey(ctx, params.key_id);
    return null;
  },
};
