import type { CloudSettings, Provider } from "../provider";

export type { CloudSettings } from "../provider";

export const NO_CLOUD: CloudSettings = {
  apiKey: null,
  baseUrl: null,
  apiVersion: null,
  region: null,
  accessKeyId: null,
  secretAccessKey: null,
  sessionToken: null,
  project: null,
};

/** How a provider of a cloud is spoken to. Its package is loaded when it is first needed. */
export type Spoken = Pick<Provider, "endpoint" | "languageModel" | "embeddingModel" | "list">;
