import type { EmbeddingModelV4, LanguageModelV4, LanguageModelV4CallOptions } from "@ai-sdk/provider";
import type { ProviderType } from "../config/provider-settings";
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
