/** How a provider is spoken to. */
export type ProviderType =
  | "openai"
  | "anthropic"
  | "google_ai"
  | "ollama"
  | "openai-compatible"
  | "azure"
  | "bedrock"
  | "google_vertex";

/** A provider, as the environment or a client names it. */
export type ProviderSettings = {
  name: string;
  type: ProviderType;
  category: "base" | "byok";
  apiKey: string | null;
  baseUrl: string | null;
  /** Of a provider in a cloud, what it wants beside a key and an address. */
  cloud?: Partial<CloudSettings>;
};

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

/** Dollars for a million tokens; null where the usual price of its side holds. */
export type Prices = { input: number; output: number; cachedInput: number | null; cacheWrite: number | null };
