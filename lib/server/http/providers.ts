import type { PROVIDER_ENDPOINTS } from "@/lib/api/providers";
import {
  addProvider,
  checkExistingProvider,
  checkProvider,
  deleteProvider,
  getProvider,
  listProviders,
  refreshProvider,
  toWireProvider,
  updateProvider,
} from "../models/added-providers";
import type { Handlers } from "./bind";

export const PROVIDER_HANDLERS: Handlers<typeof PROVIDER_ENDPOINTS> = {
  "providers.create": ({ ctx, body }) => addProvider(ctx, body),
  "providers.list": ({ ctx, query }) => listProviders(ctx, query),
  "providers.check": ({ ctx, body }) => checkProvider(ctx, body),
  "providers.retrieve": async ({ ctx, params }) => toWireProvider(await getProvider(ctx, params.provider_id)),
  "providers.checkExisting": ({ ctx, params }) => checkExistingProvider(ctx, params.provider_id),
  "providers.refresh": ({ ctx, params }) => refreshProvider(ctx, params.provider_id),
  "providers.update": ({ ctx, params, body }) => updateProvider(ctx, params.provider_id, body),
  "providers.delete": async ({ ctx, params }) => {
    await deleteProvider(ctx, params.provider_id);
    return { message: `Provider id=${params.provider_id} successfully deleted` };
  },
};
