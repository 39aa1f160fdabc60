import type { MODEL_ENDPOINTS } from "@/lib/api/models";
import type { Ctx } from "../core/core";
import { toWireEmbeddingModel, toWireModel } from "../models/wire";
import type { Handlers } from "./bind";

const embeddingModels = async ({ ctx }: { ctx: Ctx }) =>
  (await ctx.models.listEmbedding(ctx)).map(toWireEmbeddingModel);

export const MODEL_HANDLERS: Handlers<typeof MODEL_ENDPOINTS> = {
  "models.list": async ({ ctx, query }) =>
    (await ctx.models.list(ctx))
      .filter((model) => !query.provider_category?.length || query.provider_category.includes(model.providerCategory))
      .filter((model) => !query.provider_name || model.providerName === query.provider_name)
      .filter((model) => !query.provider_type || model.providerType === query.provider_type)
      .map(toWireModel),
  "models.embeddings.list": embeddingModels,
  "models.embeddings.alias": embeddingModels,
};
