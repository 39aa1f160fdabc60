import type { CloudSettings } from "../../config/provider-settings";
import { getJson } from "../get-json";
import { lazyEmbedding, lazyModel } from "../lazy-model";
import { toOffered } from "../limits";
import { readModelList } from "../model-list";
import { loadCatalog } from "../price-list";
import type { Spoken } from "./cloud";

const DEFAULT_LOCATION = "global";

/**
 * Google's models in one's own project, and Anthropic's there: by a key of Vertex, or as the machine is logged in
 * (GOOGLE_APPLICATION_CREDENTIALS, or the account that it runs as).
 */
export function vertex(settings: CloudSettings, ask: typeof fetch): Spoken {
  const { apiKey, project } = settings;
  const location = settings.region ?? DEFAULT_LOCATION;
  const host = location === "global" ? "aiplatform.googleapis.com" : `${location}-aiplatform.googleapis.com`;
  const given = settings.baseUrl?.replace(/\/+$/, "") ?? null;
  const endpoint = given ?? `https://${host}/v1`;
  const place = {
    fetch: ask,
    ...(given ? { baseURL: given } : {}),
    ...(apiKey ? { apiKey } : { location, ...(project ? { project } : {}) }),
  };
  const google = async () => (await import("@ai-sdk/google-vertex")).createVertex(place);
  const anthropic = async () => {
    const { createVertexAnthropic } = await import("@ai-sdk/google-vertex/anthropic");
    return createVertexAnthropic(place);
  };
  return {
    endpoint,
    languageModel: (name) =>
      lazyModel("google_vertex", name, async () =>
        name.startsWith("claude") ? (await anthropic()).languageModel(name) : (await google()).languageModel(name),
      ),
    embeddingModel: (name) =>
      lazyEmbedding("google_vertex", name, 1, async () => (await google()).embeddingModel(name)),
    list: async (signal) => {
      const headers = await credentials(apiKey, project);
      const lists = given ?? `https://${host}/v1beta1`;
      const asking = { ask, headers, signal };
      const publishers = ["google", "anthropic"].map((publisher) =>
        getJson(`${lists}/publishers/${publisher}/models?pageSize=300`, asking).then(readModelList),
      );
      const [first, second] = await Promise.allSettled(publishers);
      if (first!.status === "rejected") throw first!.reason;
      const listed = [...first!.value, ...(second?.status === "fulfilled" ? second.value : [])];
      const catalog = await loadCatalog();
      return listed
        .filter(({ name }) => /^(gemini|gemma|claude|text-embedding|text-multilingual|.*embedding)/.test(name))
        .map((one) => toOffered(one, endpoint, catalog));
    },
  };
}

/** What a question about the models is asked with. @throws where the machine is not logged in. */
async function credentials(apiKey: string | null, project: string | null): Promise<Record<string, string>> {
  if (apiKey) return { "x-goog-api-key": apiKey };
  const { GoogleAuth } = await import("google-auth-library");
  const auth = new GoogleAuth({ scopes: ["https://www.googleapis.com/auth/cloud-platform"] });
  const token = await auth.getAccessToken();
  return { authorization: `Bearer ${token}`, ...(project ? { "x-goog-user-project": project } : {}) };
}
