import type { EmbeddingConfigBody, LlmConfigBody, ModelSettingsBody } from "@/lib/api/model-settings";
import type { Ctx } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { meansDefault } from "../models/default-handles";
import type { EmbeddingModelInfo, ModelInfo } from "../models/registry";
import type { AgentConfig } from "./agent-config";

/** Every model that is known now, by handle, for lists: what is not in it is derived from its handle. */
export type ModelIndex = {
  find(handle: string): ModelInfo | null;
  findEmbedding(handle: string): EmbeddingModelInfo | null;
};

/** Never fails: a registry that can't be read knows no model. */
export async function modelIndex(ctx: Ctx): Promise<ModelIndex> {
  const [models, embeddings] = await Promise.all([
    ctx.models.list(ctx).catch(() => []),
    ctx.models.listEmbedding(ctx).catch(() => []),
  ]);
  const byHandle = new Map(models.map((info) => [info.handle, info]));
  const embeddingByHandle = new Map(embeddings.map((info) => [info.handle, info]));
  return {
    find: (handle) => byHandle.get(handle) ?? null,
    findEmbedding: (handle) => embeddingByHandle.get(handle) ?? null,
  };
}

/** The fields of a request that choose a model and set it up. */
export type ModelRequest = {
  model?: string | null | undefined;
  llm_config?: LlmConfigBody | null | undefined;
  model_settings?: ModelSettingsBody | null | undefined;
  context_window_limit?: number | null | undefined;
  max_tokens?: number | null | undefined;
  reasoning?: boolean | null | undefined;
  enable_reasoner?: boolean | null | undefined;
  max_reasoning_tokens?: number | null | undefined;
  parallel_tool_calls?: boolean | null | undefined;
  response_format?: Record<string, unknown> | null | undefined;
};

/** The handle that a request asks for, or null. @throws ApiError `bad-request` for what is no handle. */
export function requestedHandle({ model, llm_config: legacy }: ModelRequest): string | null {
  const fromLegacy =
    legacy && (legacy.handle ?? joined(legacy.provider_name ?? legacy.model_endpoint_type, legacy.model));
  const handle = model ?? fromLegacy ?? null;
  if (handle !== null && !/^[^/]+\/./.test(handle)) {
    throw badRequest(`INVALID_ARGUMENT: model must be a handle of the form provider/model, got '${handle}'`);
  }
  return handle;
}

const joined = (provider: string | null | undefined, name: string) => (provider ? `${provider}/${name}` : name);

/** How long an agent's window may be with a model, in tokens: nobody is held to a guess. */
export function widestWindow(info: ModelInfo): number {
  return info.windowSource === "guess" ? MAX_WINDOW : info.contextWindow;
}

const MAX_WINDOW = 100_000_000;

/** @throws ApiError `bad-request` if a context window is wider than its model's. */
export function requireContextWindow(info: ModelInfo, limit: number | null | undefined): void {
  if (limit != null && limit > widestWindow(info)) {
    throw badRequest(
      `INVALID_ARGUMENT: context_window_limit ${limit} is greater than the maximum of ${info.handle}, ${widestWindow(info)}`,
    );
  }
}

/**
 * The embedding handle that is meant: Letta's own means the default one, and null where there is none.
 *
 * @throws ApiError `not-found` for one that is not known.
 */
export async function requireEmbedding(ctx: Ctx, handle: string): Promise<string | null> {
  const known = (await ctx.models.listEmbedding(ctx)).map((info) => info.handle);
  if (known.includes(handle)) return handle;
  if (meansDefault(handle)) return ctx.config.defaultEmbedding ?? known[0] ?? null;
  const list = known.map((one) => `'${one}'`).join(", ");
  throw new ApiError("not-found", `NOT_FOUND: Handle ${handle} not found, must be one of [${list}]`);
}

export function requestedEmbedding(request: {
  embedding?: string | null | undefined;
  embedding_config?: EmbeddingConfigBody | null | undefined;
}): string | null {
  const { embedding, embedding_config: legacy } = request;
  if (embedding != null) return embedding;
  return legacy ? (legacy.handle ?? joined(legacy.embedding_endpoint_type, legacy.embedding_model)) : null;
}

type ModelPart = Pick<AgentConfig, "modelSettings" | "llm">;

export const NO_MODEL_PART: ModelPart = {
  modelSettings: null,
  llm: {
    contextWindow: null,
    maxTokens: null,
    parallelToolCalls: null,
    responseFormat: null,
    enableReasoner: null,
    maxReasoningTokens: null,
  },
};

/**
 * What a request makes of an agent's model settings. Settings replace all that they speak of; single values stand
 * over them, in the request that gives both and in later ones. Null is "not given", but for `max_tokens`.
 */
export function withModelRequest(before: ModelPart, request: ModelRequest): ModelPart {
  const settings = request.model_settings ?? legacySettings(request.llm_config);
  const { modelSettings, llm } = settings ? replaceSettings(before, settings) : before;
  const { llm_config: legacy } = request;
  return {
    modelSettings,
    llm: {
      contextWindow: request.context_window_limit ?? legacy?.context_window ?? llm.contextWindow,
      maxTokens: request.max_tokens === undefined ? (legacy?.max_tokens ?? llm.maxTokens) : request.max_tokens,
      parallelToolCalls: request.parallel_tool_calls ?? legacy?.parallel_tool_calls ?? llm.parallelToolCalls,
      responseFormat: request.response_format ?? legacy?.response_format ?? llm.responseFormat,
      enableReasoner: request.reasoning ?? request.enable_reasoner ?? legacy?.enable_reasoner ?? llm.enableReasoner,
      maxReasoningTokens: request.max_reasoning_tokens ?? legacy?.max_reasoning_tokens ?? llm.maxReasoningTokens,
    },
  };
}

function replaceSettings({ llm }: ModelPart, settings: Record<string, unknown>): ModelPart {
  const says = (...keys: string[]) => keys.some((key) => settings[key] != null);
  const thinks = says("thinking", "thinking_config", "reasoning");
  return {
    modelSettings: settings,
    llm: {
      ...llm,
      maxTokens: says("max_output_tokens") ? null : llm.maxTokens,
      parallelToolCalls: says("parallel_tool_calls") ? null : llm.parallelToolCalls,
      responseFormat: says("response_format", "response_schema") ? null : llm.responseFormat,
      enableReasoner: thinks ? null : llm.enableReasoner,
      maxReasoningTokens: thinks ? null : llm.maxReasoningTokens,
    },
  };
}

/** What of an `llm_config` has a place in settings only; complete, so that no default of a given setting applies. */
function legacySettings(legacy: LlmConfigBody | null | undefined): Record<string, unknown> | null {
  const { temperature, reasoning_effort: effort, strict } = legacy ?? {};
  if (temperature == null && effort == null && strict == null) return null;
  return {
    temperature: temperature ?? 1,
    reasoning: { reasoning_effort: effort ?? "minimal" },
    strict: strict ?? false,
  };
}
