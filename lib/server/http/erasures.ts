import type { ERASURE_ENDPOINTS } from "@/lib/api/erasures";
import { eraseMessage } from "../erasure/acts";
import { listErasures } from "../erasure/list-erasures";
import type { Handlers } from "./bind";

export const ERASURE_HANDLERS: Handlers<typeof ERASURE_ENDPOINTS> = {
  "erasures.list": ({ ctx, query }) => listErasures(ctx, query),
  "messages.erase": async ({ ctx, params }) => {
    await eraseMessage(ctx, params.message_id);
    return null;
  },
};
