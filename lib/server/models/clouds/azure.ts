import type { CloudSettings } from "../../config/provider-settings";
import { endpointOf } from "../addresses";
import { looksLikeOpenAiChat, speaksResponses } from "../catalog";
import { getJson } from "../get-json";
import { lazyEmbedding, lazyModel } from "../lazy-model";
import { toOffered } from "../limits";
import { type Listed, readModelList } from "../model-list";
import { loadCatalog } from "../price-list";
import type { Spoken } from "./cloud";

/** Whose deployments can be listed with a resource's own key. */
const LIST_VERSION = "2023-03-15-preview";

/**
 * OpenAI's models in one's own Azure resource. What is offered are its deployments, by the names that they were given;
 * windows and protocol follow from the models behind them.
 */
export function azure({ apiKey, baseUrl, apiVersion }: CloudSettings, ask: typeof fetch): Spoken {
  const root = endpointOf("azure", baseUrl ?? "");
  const endpoint = `${root}/openai`;
  const modelOf = new Map<string, string>();
  const make = async () => {
    const { createAzure } = await import("@ai-sdk/azure");
    const way = apiVersion
      ? { baseURL: endpoint, apiVersion, useDeploymentBasedUrls: true }
      : { baseURL: `${endpoint}/v1` };
    return createAzure({ apiKey: apiKey ?? "", fetch: ask, ...way });
  };
  return {
    endpoint,
    // An address by deployment and version has no Responses API.
    languageModel: (name) =>
      lazyModel("azure", name, async () => {
        const sdk = await make();
        return !apiVersion && speaksResponses(modelOf.get(name) ?? name) ? sdk.responses(name) : sdk.chat(name);
      }),
    embeddingModel: (name) => lazyEmbedding("azure", name, 100, async () => (await make()).embeddingModel(name)),
    list: async (signal) => {
      const asking = { ask, headers: { "api-key": apiKey ?? "" }, signal };
      const deployments = await getJson(`${endpoint}/deployments?api-version=${LIST_VERSION}`, asking)
        .then(deployed)
        .catch((error: unknown) => {
          if (/\b40[13]\b/.test(String(error))) throw error;
          return null;
        });
      const listed = deployments ?? (await baseModels(endpoint, asking));
      const catalog = await loadCatalog();
      return listed.map(({ model, ...one }) => {
        modelOf.set(one.name, model);
        return { ...toOffered({ ...one, name: model }, endpoint, catalog), name: one.name, behind: model };
      });
    },
  };
}

type Deployed = Listed & { model: string };

function deployed(json: unknown): Deployed[] {
  const { data } = json as { data: { id?: string; model?: string; status?: string }[] };
  const ready = data.filter(({ status }) => status === undefined || status === "succeeded");
  const models = new Map(ready.map(({ id, model }) => [id, model]));
  return readModelList(ready.map(({ id }) => ({ id }))).map((one) => ({
    ...one,
    model: models.get(one.name) ?? one.name,
  }));
}

/** Where deployments can't be listed, whatever the resource could deploy: their names are usually the models' own. */
async function baseModels(endpoint: string, asking: Parameters<typeof getJson>[1]): Promise<Deployed[]> {
  const listed = readModelList(await getJson(`${endpoint}/v1/models`, asking));
  return listed
    .map((one) => ({ ...one, model: one.name }))
    .filter(
      ({ name }) => looksLikeOpenAiChat(name) || /embed/.test(name) || !/^(gpt|o\d|dall|whisper|tts|sora)/.test(name),
    );
}
