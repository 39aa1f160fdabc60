import type { EmbeddingModelV4, LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { Offered } from "./limits";

/** A source of models: where it is, how it is spoken to, and what it says it has. */
export type Provider = {
  /** The first half of its models' handles. */
  name: string;
  /** The contract's `provider_type`. */
  type: ProviderType;
  category: "base" | "byok";
  endpoint: string;
  languageModel(name: string): LanguageModelV4;
  embeddingModel(name: string): EmbeddingModelV4 | null;
  /** The body of the request that a call would send; nothing is sent. */
  payload(name: string, options: LanguageModelV4CallOptions): Promise<Record<string, unknown>>;
  /** What it offers now. @throws when it can't be reached or refuses the key. */
  list(signal: AbortSignal): Promise<Offered[]>;
};

export type ProviderType =
  | "openai"
  | "anthropic"
  | "google_ai"
  | "ollama"
  | "openai-compatible"
  | "azure"
  | "bedrock"
  | "google_vertex";

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
