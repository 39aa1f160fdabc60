import { z } from "@hono/zod-openapi";
import { queryList } from "./common";
import { endpoint } from "./endpoint";

/** The contract's model: the old llm_config's keys beside the new ones. */
export const modelSchema = z.looseObject({ handle: z.string(), name: z.string() }).openapi("Model");
export const embeddingModelSchema = z.looseObject({ handle: z.string(), name: z.string() }).openapi("EmbeddingModel");

const listQuery = z.object({
  provider_category: queryList(z.enum(["base", "byok"])),
  provider_name: z.string().nullish(),
  provider_type: z.string().nullish(),
});

export const MODEL_ENDPOINTS = [
  endpoint({
    id: "models.list",
    method: "get",
    path: "/v1/models",
    summary: "List the models that can be chosen",
    query: listQuery,
    response: z.array(modelSchema),
  }),
  endpoint({
    id: "models.embeddings.list",
    method: "get",
    path: "/v1/models/embedding",
    summary: "List the embedding models that can be chosen",
    response: z.array(embeddingModelSchema),
  }),
  endpoint({
    id: "models.embeddings.alias",
    method: "get",
    path: "/v1/models/embeddings",
    summary: "The older path of the same list",
    response: z.array(embeddingModelSchema),
  }),
] as const;
