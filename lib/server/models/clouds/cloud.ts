import type { Provider } from "../providers";

/** What the environment, or a client that adds a provider, says of a place in a cloud. */
export type CloudSettings = {
  apiKey: string | null;
  baseUrl: string | null;
  apiVersion: string | null;
  region: string | null;
  /** Amazon's pair of keys, and what goes with a temporary one. */
  accessKeyId: string | null;
  secretAccessKey: string | null;
  sessionToken: string | null;
  /** Google's project. */
  project: string | null;
};

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
