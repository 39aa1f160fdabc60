import type { CloudSettings } from "../../config/provider-settings";
import { looksLikeEmbedding } from "../catalog";
import { getJson } from "../get-json";
import { lazyEmbedding, lazyModel } from "../lazy-model";
import { toOffered } from "../limits";
import type { Listed } from "../model-list";
import { loadCatalog } from "../price-list";
import type { Spoken } from "./cloud";

const DEFAULT_REGION = "us-east-1";

/** Amazon Bedrock: by its bearer key, or by a pair of keys that signs each request. */
export function bedrock(settings: CloudSettings, ask: typeof fetch): Spoken {
  const region = settings.region ?? DEFAULT_REGION;
  const given = settings.baseUrl?.replace(/\/+$/, "") ?? null;
  const endpoint = given ?? `https://bedrock-runtime.${region}.amazonaws.com`;
  const lists = given ?? `https://bedrock.${region}.amazonaws.com`;
  const credentials = {
    ...(settings.apiKey ? { apiKey: settings.apiKey } : {}),
    ...(settings.accessKeyId ? { accessKeyId: settings.accessKeyId } : {}),
    ...(settings.secretAccessKey ? { secretAccessKey: settings.secretAccessKey } : {}),
    ...(settings.sessionToken ? { sessionToken: settings.sessionToken } : {}),
  };
  const make = async () => {
    const { createAmazonBedrock } = await import("@ai-sdk/amazon-bedrock");
    return createAmazonBedrock({ region, baseURL: endpoint, fetch: ask, ...credentials });
  };
  return {
    endpoint,
    languageModel: (name) => lazyModel("bedrock", name, async () => (await make()).languageModel(name)),
    embeddingModel: (name) => lazyEmbedding("bedrock", name, 1, async () => (await make()).embeddingModel(name)),
    list: async (signal) => {
      const asking = { ask: await signing(settings, region, ask), headers: bearer(settings.apiKey), signal };
      const [models, profiles] = await Promise.all([
        getJson(`${lists}/foundation-models`, asking),
        getJson(`${lists}/inference-profiles?maxResults=1000`, asking).catch(() => ({})),
      ]);
      const catalog = await loadCatalog();
      return [...foundationModels(models), ...inferenceProfiles(profiles)].map((one) =>
        toOffered(one, endpoint, catalog),
      );
    },
  };
}

const bearer = (key: string | null): Record<string, string> => (key ? { authorization: `Bearer ${key}` } : {});

/** A `fetch` that signs as Amazon wants it, where there is no bearer key. */
async function signing(settings: CloudSettings, region: string, ask: typeof fetch): Promise<typeof fetch> {
  const { apiKey, accessKeyId, secretAccessKey, sessionToken } = settings;
  if (apiKey || !accessKeyId || !secretAccessKey) return ask;
  const { AwsV4Signer } = await import("aws4fetch");
  const token = sessionToken ? { sessionToken } : {};
  const signed = async (input: string | URL | Request, init?: RequestInit) => {
    const url = input instanceof Request ? input.url : String(input);
    const signer = new AwsV4Signer({ url, region, service: "bedrock", accessKeyId, secretAccessKey, ...token });
    const { headers } = await signer.sign();
    return ask(url, { ...init, headers });
  };
  return signed as typeof fetch;
}

type Summary = {
  modelId?: string;
  modelName?: string;
  outputModalities?: string[];
  inferenceTypesSupported?: string[];
  modelLifecycle?: { status?: string };
};

const NOTHING = { window: null, trained: null, maxTokens: null, dimensions: null, prices: null };

/** Those that are served on demand: others want a profile, or a machine of their own. */
function foundationModels(json: unknown): Listed[] {
  const { modelSummaries: all = [] } = json as { modelSummaries?: Summary[] };
  return all.flatMap(
    ({ modelId, modelName, outputModalities = ["TEXT"], inferenceTypesSupported: ways, modelLifecycle }) => {
      const embeds = outputModalities.includes("EMBEDDING");
      const isServed = ways?.includes("ON_DEMAND") !== false && modelLifecycle?.status !== "LEGACY";
      if (!modelId || !isServed || !(embeds || outputModalities.includes("TEXT"))) return [];
      return [{ ...NOTHING, name: modelId, displayName: modelName ?? null, embeds }];
    },
  );
}

function inferenceProfiles(json: unknown): Listed[] {
  type Profile = { inferenceProfileId?: string; inferenceProfileName?: string; status?: string };
  const { inferenceProfileSummaries: all = [] } = json as { inferenceProfileSummaries?: Profile[] };
  return all.flatMap(({ inferenceProfileId: name, inferenceProfileName, status }) =>
    name && (status ?? "ACTIVE") === "ACTIVE"
      ? [{ ...NOTHING, name, displayName: inferenceProfileName ?? null, embeds: looksLikeEmbedding(name) }]
      : [],
  );
}
