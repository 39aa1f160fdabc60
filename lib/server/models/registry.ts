import type { Model, ModelRequest } from "@/lib/engine/model";
import type { Ctx } from "../core/core";
import type { WindowSource } from "./limits";

/** A model that can be chosen. */
export type ModelInfo = {
  handle: string;
  name: string;
  displayName: string;
  /** The model's own name, where its provider lets one give it another. */
  behind?: string;
  /** The contract's `provider_type`. */
  providerType: string;
  providerName: string;
  providerCategory: "base" | "byok";
  endpoint: string | null;
  /** In tokens. */
  contextWindow: number;
  /** Who says so. An agent may go beyond a guess. */
  windowSource: WindowSource;
  /** In tokens, of one answer. */
  maxTokens: number | null;
  /** True where it is a program that answers by rule. */
  demo: boolean;
};

export type EmbeddingModelInfo = {
  handle: string;
  name: string;
  providerType: string;
  providerName: string;
  endpoint: string | null;
  dimensions: number;
};

export type EmbeddingModel = EmbeddingModelInfo & {
  /** One vector a text, in order. @throws when the provider fails. */
  embed(texts: string[], signal?: AbortSignal): Promise<number[][]>;
};

/** The models of the environment and of the caller's providers. */
export type ModelRegistry = {
  list(ctx: Ctx): Promise<ModelInfo[]>;
  listEmbedding(ctx: Ctx): Promise<EmbeddingModelInfo[]>;
  /** @throws ApiError `not-found`, `NOT_FOUND: Handle X not found, must be one of […]`. */
  info(ctx: Ctx, handle: string): Promise<ModelInfo>;
  /** A model to speak to. @throws as `info`. */
  model(ctx: Ctx, handle: string): Promise<Model>;
  embeddingModel(ctx: Ctx, handle: string): Promise<EmbeddingModel>;
  /** The body that the model's provider would be sent; nothing is sent. @throws as `info`. */
  payload(ctx: Ctx, handle: string, request: ModelRequest): Promise<Record<string, unknown>>;
  /** Names that the environment's providers have. */
  environmentNames(): string[];
  /** An organization's own providers have changed: they are read anew. */
  refresh(organizationId: string): void;
  /** The handle for an agent that names none: the configured one, the first real one, or the demo model. */
  defaultHandle(ctx: Ctx): Promise<string>;
};

declare module "../core/core" {
  interface Core {
    models: ModelRegistry;
  }
}
