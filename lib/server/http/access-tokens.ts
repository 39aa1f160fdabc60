import type { ACCESS_TOKEN_ENDPOINTS } from "@/lib/api/access-tokens";
import { createAccessToken, deleteAccessToken, listAccessTokens } from "../accounts/access-tokens";
import type { Handlers } from "./bind";

export const ACCESS_TOKEN_HANDLERS: Handlers<typeof ACCESS_TOKEN_ENDPOINTS> = {
  "accessTokens.create": ({ ctx, body }) => createAccessToken(ctx, body),
  "accessTokens.list": ({ ctx, query }) => listAccessTokens(ctx, query),
  "accessTokens.delete": async ({ ctx, params }) => {
    await deleteAccessToken(ctx, params.token);
    return null;
  },
};
