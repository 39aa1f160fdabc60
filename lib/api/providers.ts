import { z } from "@hono/zod-openapi";
import { idSchema, messageReplySchema, pagingQuery, timestamp } from "./common";
import { endpoint } from "./endpoint";

/** Kinds that Memoir can speak to: seven with a protocol of their own, the others by OpenAI's. */
export const PROVIDER_TYPES = [
  "openai",
  "anthropic",
  "google_ai",
  "ollama",
  "azure",
  "bedrock",
  "google_vertex",
  "groq",
  "together",
  "deepseek",
  "openrouter",
  "xai",
  "mistral",
  "fireworks",
  "cerebras",
  "baseten",
  "hugging-face",
  "minimax",
  "moonshot",
  "zai",
  "zai_coding",
  "lmstudio_openai",
  "vllm",
  "sglang",
] as const;

const name = z
  .string()
  .min(1)
  .max(100)
  .regex(
    /^[a-zA-Z0-9._-]+$/,
    "a name has letters, digits, ., _ and - only: it is the first half of its models' handles",
  );
const apiKey = z.string().max(4096).describe("Encrypted at rest, never returned");
const baseUrl = z.url({ protocol: /^https?$/ }).max(2000);
const ofClouds = {
  access_key: apiKey.nullish().describe("Bedrock: the access key's id, with its secret as api_key. Never returned"),
  region: z
    .string()
    .max(40)
    .regex(/^[a-z0-9-]+$/, "a region has small letters, digits and - only")
    .nullish()
    .describe("Bedrock's region, or Vertex' location"),
  api_version: z
    .string()
    .max(40)
    .regex(/^[a-z0-9-]+$/, "a version has small letters, digits and - only")
    .nullish()
    .describe("Azure: addresses by deployment and this version, instead of its v1 API"),
};

export const providerSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    provider_type: z.string(),
    provider_category: z.enum(["base", "byok"]),
    api_key: z.null().describe("Never returned"),
    base_url: z.string().nullable(),
    access_key: z.null(),
    region: z.string().nullable(),
    api_version: z.string().nullable(),
    updated_at: timestamp.nullable(),
    last_synced: timestamp.nullable(),
    api_key_enc: z.null(),
    access_key_enc: z.null(),
  })
  .openapi("Provider");
export type WireProvider = z.output<typeof providerSchema>;

export const createProviderBody = z
  .object({
    name,
    provider_type: z.enum(PROVIDER_TYPES),
    api_key: apiKey.nullish(),
    base_url: baseUrl.nullish(),
    ...ofClouds,
  })
  .openapi("ProviderCreate");
export const updateProviderBody = z
  .object({ api_key: apiKey.nullish(), base_url: baseUrl.nullish(), ...ofClouds })
  .openapi("ProviderUpdate");
export const checkProviderBody = z
  .object({
    provider_type: z.enum(PROVIDER_TYPES),
    api_key: apiKey.nullish(),
    base_url: baseUrl.nullish(),
    ...ofClouds,
  })
  .openapi("ProviderCheck");

const params = z.object({ provider_id: idSchema("provider") });

export const PROVIDER_ENDPOINTS = [
  endpoint({
    id: "providers.create",
    method: "post",
    path: "/v1/providers",
    summary: "Add a provider of models",
    body: createProviderBody,
    response: providerSchema,
  }),
  endpoint({
    id: "providers.list",
    method: "get",
    path: "/v1/providers",
    summary: "List the providers that were added",
    query: z.object({
      ...pagingQuery({ limit: 50, order: "desc" }),
      name: z.string().nullish(),
      provider_type: z.string().nullish(),
    }),
    response: z.array(providerSchema),
  }),
  endpoint({
    id: "providers.check",
    method: "post",
    path: "/v1/providers/check",
    summary: "Ask a provider whether a key is good",
    body: checkProviderBody,
    response: messageReplySchema,
  }),
  endpoint({
    id: "providers.retrieve",
    method: "get",
    path: "/v1/providers/{provider_id}",
    summary: "Retrieve a provider",
    params,
    response: providerSchema,
  }),
  endpoint({
    id: "providers.checkExisting",
    method: "post",
    path: "/v1/providers/{provider_id}/check",
    summary: "Ask a provider whether the key that is kept is good",
    params,
    response: messageReplySchema,
  }),
  endpoint({
    id: "providers.refresh",
    method: "patch",
    path: "/v1/providers/{provider_id}/refresh",
    summary: "Ask a provider for its models anew",
    params,
    response: providerSchema,
  }),
  endpoint({
    id: "providers.update",
    method: "patch",
    path: "/v1/providers/{provider_id}",
    summary: "Change a provider's key or address",
    params,
    body: updateProviderBody,
    response: providerSchema,
  }),
  endpoint({
    id: "providers.delete",
    method: "delete",
    path: "/v1/providers/{provider_id}",
    summary: "Remove a provider",
    params,
    response: messageReplySchema,
  }),
] as const;
