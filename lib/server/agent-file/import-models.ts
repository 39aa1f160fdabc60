import type { CreateAgent } from "@/lib/api/agents";
import {
  modelIndex,
  requestedEmbedding,
  requestedHandle,
  requireEmbedding,
  widestWindow,
} from "../agent-config/model-choice";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import type { ModelInfo } from "../models/registry";
import type { ImportNote } from "./import-notes";

/** Handles that the caller asks for, in place of the file's. */
export type ModelWish = { model: string | null; embedding: string | null };

/**
 * The requests for an agent of a file: as the file has it, and as this server can have it; one if that is the same. A
 * model that there is not is replaced by the server's default, of whose settings none but the context limit and the
 * response format are kept; an embedding that there is not, by the server's default or none.
 *
 * @throws ApiError `not-found` for a handle of the caller's that there is not.
 */
export async function chooseModels(
  ctx: Ctx,
  body: CreateAgent,
  wish: ModelWish,
): Promise<{ bodies: CreateAgent[]; found: Omit<ImportNote, "agent_id">[] }> {
  const found: Omit<ImportNote, "agent_id">[] = [];
  const wanted = handleOf(body);
  const info = wish.model ? await ctx.models.info(ctx, wish.model) : await knownOrDefault(ctx, wanted);
  const embedding = await chooseEmbedding(ctx, body, wish.embedding);
  const inFile: CreateAgent = { ...body, model: wanted, embedding: embedding.wanted };
  const window = body.context_window_limit ?? body.llm_config?.context_window ?? null;
  const now = fitted(info.handle === wanted ? inFile : replaced(inFile, window), info);
  const next: CreateAgent = { ...now, model: info.handle, embedding: embedding.used, embedding_config: null };
  if (wanted !== null && info.handle !== wanted) found.push({ kind: "model", wanted, used: info.handle });
  if (window !== null && window > widestWindow(info)) {
    found.push({ kind: "context_window", wanted: String(window), used: String(widestWindow(info)) });
  }
  if (embedding.wanted !== null && embedding.wanted !== embedding.used) {
    found.push({ kind: "embedding", wanted: embedding.wanted, used: embedding.used });
  }
  return { bodies: found.length === 0 ? [next] : [inFile, next], found };
}

/** The handle that a file names, or null for none, or none that could be one. */
function handleOf(body: CreateAgent): string | null {
  try {
    return requestedHandle(body);
  } catch {
    return null;
  }
}

async function knownOrDefault(ctx: Ctx, wanted: string | null): Promise<ModelInfo> {
  if (wanted !== null) {
    const known = await ctx.models.info(ctx, wanted).catch(nullIfUnknown);
    if (known) return known;
  }
  return ctx.models.info(ctx, await ctx.models.defaultHandle(ctx));
}

function nullIfUnknown(error: unknown): null {
  if (error instanceof ApiError) return null;
  throw error;
}

/** What was set for one model means nothing for another. */
function replaced(body: CreateAgent, window: number | null): CreateAgent {
  return {
    ...body,
    llm_config: null,
    model_settings: null,
    context_window_limit: window,
    max_tokens: null,
    max_reasoning_tokens: null,
    reasoning: null,
    enable_reasoner: null,
    parallel_tool_calls: null,
    response_format: body.response_format ?? body.llm_config?.response_format ?? null,
  };
}

function fitted(body: CreateAgent, info: ModelInfo): CreateAgent {
  const within = (window: number | null | undefined) =>
    window == null ? window : Math.min(window, widestWindow(info));
  const { llm_config: legacy } = body;
  return {
    ...body,
    context_window_limit: within(body.context_window_limit),
    llm_config: legacy ? { ...legacy, context_window: within(legacy.context_window) } : legacy,
  };
}

async function chooseEmbedding(
  ctx: Ctx,
  body: CreateAgent,
  wish: string | null,
): Promise<{ wanted: string | null; used: string | null }> {
  const wanted = requestedEmbedding(body);
  if (wish) {
    return { wanted, used: await requireEmbedding(ctx, wish) };
  }
  if (wanted === null) return { wanted, used: null };
  const models = await modelIndex(ctx);
  return { wanted, used: models.findEmbedding(wanted) ? wanted : ctx.config.defaultEmbedding };
}
