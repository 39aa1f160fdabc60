import type { SendMessages } from "@/lib/api/messages";
import type { Item } from "@/lib/stream/item";
import { createItemShaper, type PresentOptions } from "../conversations/present";
import type { Ctx } from "../core/core";
import { ApiError, invalid } from "../core/errors";
import { requirePublicUrl } from "../net/public-url";
import type { Answer, ItemStream } from "./answer";
import { DELETED } from "./execute";
import type { Target } from "./load";
import { readLogprobs } from "./read-logprobs";
import { messageInputs } from "./request";
import { responseOf } from "./response";
import type { RunRequest, Started } from "./run-request";
import { getRun, toWireRun } from "./runs";
import { savedItems } from "./saved";
import { startRun } from "./start";

/** The contract's response, with the odds of its tokens where they were asked for. */
type MessagesResponse = Omit<ReturnType<typeof responseOf>, "logprobs"> & { logprobs: unknown };

export type SendMode = { streaming: boolean; runType: string; background?: boolean };

/** Sends messages and answers with the contract's response, or with a stream of the run. */
export async function sendMessages(
  ctx: Ctx,
  target: Target,
  body: SendMessages,
  signal: AbortSignal,
): Promise<Answer<MessagesResponse>> {
  if (!body.streaming && (body.stream_tokens || body.background)) {
    throw invalid("stream_tokens and background need streaming to be true");
  }
  const mode = { streaming: body.streaming, runType: body.streaming ? "streaming" : "send_message" };
  const started = await startRun(ctx, toRunRequest(target, body, mode));
  if (body.streaming) return { stream: streamOf(ctx, started, body, signal) };
  return { value: await responseOfRun(ctx, started, body, signal) };
}

/**
 * Sends messages in the background and answers with the run.
 *
 * @throws ApiError 400 for a callback to an address that may not be called.
 */
export async function sendMessagesAsync(ctx: Ctx, target: Target, body: SendMessages) {
  if (body.callback_url) await requirePublicUrl(body.callback_url, ctx.config.allowPrivateUrls);
  const mode = { streaming: false, runType: "send_message_async", background: true };
  const started = await startRun(ctx, toRunRequest(target, body, mode));
  return toWireRun(await getRun(ctx, runIdOf(started)));
}

/** What a body asks for, as a run. */
export function toRunRequest(target: Target, body: SendMessages, mode: SendMode): RunRequest {
  return {
    target,
    inputs: messageInputs(body),
    maxSteps: body.max_steps,
    tokens: body.stream_tokens,
    background: mode.background ?? body.background,
    compactionItems: body.include_compaction_messages,
    clientTools: body.client_tools ?? [],
    clientSkills: body.client_skills ?? [],
    overrideModel: body.override_model ?? null,
    overrideSystem: body.override_system ?? body.system ?? null,
    settings: requestSettings(body),
    runType: mode.runType,
    requestConfig: {
      use_assistant_message: body.use_assistant_message,
      assistant_message_tool_name: body.assistant_message_tool_name,
      assistant_message_tool_kwarg: body.assistant_message_tool_kwarg,
      include_return_message_types: body.include_return_message_types ?? null,
    },
    callbackUrl: body.callback_url ?? null,
  };
}

/** Model settings that a request brings, over the agent's. */
function requestSettings(body: SendMessages): Record<string, unknown> {
  return {
    ...(body.response_format ? { response_format: body.response_format } : {}),
    ...(body.return_logprobs ? { return_logprobs: true, top_logprobs: body.top_logprobs ?? 0 } : {}),
  };
}

export const runIdOf = (started: Started) => ("run" in started ? started.run.id : started.existingRunId);

export function presentOptions(body: SendMessages): PresentOptions {
  return {
    assistantMessages: body.use_assistant_message,
    toolName: body.assistant_message_tool_name,
    toolKwarg: body.assistant_message_tool_kwarg,
    types: body.include_return_message_types ?? null,
    compaction: body.include_compaction_messages,
  };
}

function streamOf(ctx: Ctx, started: Started, body: SendMessages, signal: AbortSignal): ItemStream {
  return {
    items: itemsOf(ctx, started, signal),
    runId: runIdOf(started),
    pings: body.include_pings,
    after: 0,
    shape: createItemShaper(presentOptions(body)),
    // Nobody else follows a run in the foreground: it ends with its client.
    onGone: () => {
      if (!body.background && "run" in started) started.run.abort();
    },
  };
}

/** The items of the run of a request, or of the run that an earlier sending of the request started. */
export function itemsOf(ctx: Ctx, started: Started, signal: AbortSignal): AsyncGenerator<Item> {
  if ("run" in started) return started.run.follow(0);
  return ctx.runs.find(started.existingRunId)?.follow(0, signal) ?? savedItems(ctx, started.existingRunId, signal);
}

async function responseOfRun(
  ctx: Ctx,
  started: Started,
  body: SendMessages,
  signal: AbortSignal,
): Promise<MessagesResponse> {
  const items: Item[] = [];
  for await (const item of itemsOf(ctx, started, signal)) items.push(item);
  const failed = items.find((item) => item.type === "error");
  if (failed) throw modelError(failed);
  const logprobs = body.return_logprobs ? await readLogprobs(ctx, runIdOf(started)) : null;
  return { ...responseOf(items, presentOptions(body)), logprobs };
}

/** Status by what the model's provider did (letta-v1 §1.1), or became of the agent. */
const MODEL_STATUS: Record<string, number> = {
  llm_insufficient_credits: 402,
  llm_rate_limit: 429,
  llm_bad_request: 400,
  llm_authentication: 401,
  llm_timeout: 504,
  [DELETED]: 410,
};

/** The error of a run, as its request is answered with it. */
export function modelError(item: Extract<Item, { type: "error" }>): ApiError {
  return new ApiError("model", item.message, {
    status: MODEL_STATUS[item.errorType] ?? 500,
    error: { type: item.errorType, message: item.message, detail: item.detail },
    run_id: item.runId,
  });
}
