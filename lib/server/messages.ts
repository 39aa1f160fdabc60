import type { SendMessages } from "@/lib/api/messages";
import { joinItems } from "@/lib/engine/whole-items";
import type { Item, Usage } from "@/lib/stream/item";
import { itemToWire, type WireMessage } from "@/lib/stream/wire";
import type { Ctx } from "./core";
import { ApiError, invalid } from "./errors";
import { streamResponse } from "./http/stream";
import { createItemShaper, type PresentOptions } from "./present";
import { followRun } from "./run/follow";
import type { Target } from "./run/load";
import { messageInputs } from "./run/request";
import { type RunRequest, type Started, startRun } from "./run/start";
import { getRun, listRunMessages, toWireRun } from "./runs";

export type SendMode = { streaming: boolean; runType: string; background?: boolean };

/** Sends messages and answers with the contract's response, or with a stream of events. */
export async function sendMessages(
  ctx: Ctx,
  target: Target,
  body: SendMessages,
  signal: AbortSignal,
): Promise<Response> {
  if (!body.streaming && (body.stream_tokens || body.background)) {
    throw invalid("stream_tokens and background need streaming to be true");
  }
  const mode = { streaming: body.streaming, runType: body.streaming ? "streaming" : "send_message" };
  const started = await startRun(ctx, toRunRequest(target, body, mode));
  return body.streaming ? streamRun(ctx, started, body, signal) : answerRun(ctx, started, body);
}

/** Sends messages in the background and answers with the run. */
export async function sendMessagesAsync(ctx: Ctx, target: Target, body: SendMessages) {
  const mode = { streaming: false, runType: "send_message_async", background: true };
  const started = await startRun(ctx, toRunRequest(target, body, mode));
  return toWireRun(await getRun(ctx, runIdOf(started)));
}

function toRunRequest(target: Target, body: SendMessages, mode: SendMode): RunRequest {
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
    overrideSystem: body.override_system ?? null,
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

const runIdOf = (started: Started) => ("run" in started ? started.run.id : started.existingRunId);

function presentOptions(body: SendMessages): PresentOptions {
  return {
    assistantMessages: body.use_assistant_message,
    toolName: body.assistant_message_tool_name,
    toolKwarg: body.assistant_message_tool_kwarg,
    types: body.include_return_message_types ?? null,
    compaction: body.include_compaction_messages,
  };
}

async function streamRun(ctx: Ctx, started: Started, body: SendMessages, signal: AbortSignal): Promise<Response> {
  const runId = runIdOf(started);
  const items = "run" in started ? started.run.follow(0) : await followExisting(ctx, runId, signal);
  return streamResponse(items, {
    runId,
    pings: body.include_pings,
    after: 0,
    shape: createItemShaper(presentOptions(body)),
    // Nobody else follows a run in the foreground: it ends with its client.
    onGone: () => {
      if (!body.background && "run" in started) started.run.abort();
    },
  });
}

/** The items of a run that an earlier sending of this request started. */
async function followExisting(ctx: Ctx, runId: string, signal: AbortSignal): Promise<AsyncGenerator<Item>> {
  const live = ctx.runs.find(runId);
  return live ? live.follow(0, signal) : followRun(ctx, runId, 0, signal);
}

async function answerRun(ctx: Ctx, started: Started, body: SendMessages): Promise<Response> {
  const runId = runIdOf(started);
  const live = "run" in started ? started.run : ctx.runs.find(runId);
  if (!live) return answerFinished(ctx, runId, body);
  const shape = createItemShaper(presentOptions(body));
  const items: Item[] = [];
  for await (const item of live.follow(0)) items.push(item);
  const failed = items.find((item) => item.type === "error");
  if (failed) throw modelError(failed);
  const messages = joinItems(items)
    .flatMap(shape)
    .flatMap((item) => (isRunItem(item) ? [] : [itemToWire(item)]));
  const stop = items.find((item) => item.type === "stop");
  const usage = items.find((item) => item.type === "usage");
  return lettaResponse(messages, stop?.stopReason ?? "error", usage ?? { type: "usage", ...NO_USAGE });
}

/** A retry of a request whose run is long over: what it made is read back. */
async function answerFinished(ctx: Ctx, runId: string, body: SendMessages): Promise<Response> {
  const run = await getRun(ctx, runId);
  const messages = (
    await listRunMessages(ctx, runId, { limit: 1000, order: "asc", order_by: "created_at" }, presentOptions(body))
  ).filter(
    (message) => message.message_type !== "user_message" && message.message_type !== "approval_response_message",
  );
  return lettaResponse(messages, run.stopReason ?? "error", { type: "usage", ...NO_USAGE, ...(run.usage as object) });
}

const NO_USAGE: Usage = {
  completionTokens: 0,
  promptTokens: 0,
  totalTokens: 0,
  stepCount: 0,
  runIds: null,
  cachedInputTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  contextTokens: null,
};

function isRunItem(item: Item): boolean {
  return item.type === "stop" || item.type === "usage" || item.type === "ping" || item.type === "error";
}

function lettaResponse(messages: WireMessage[], stopReason: string, usage: Item): Response {
  return Response.json({
    messages,
    stop_reason: { message_type: "stop_reason", stop_reason: stopReason },
    usage: itemToWire(usage),
    logprobs: null,
    turns: null,
  });
}

/** Status by what the model's provider did (letta-v1 §1.1). */
const MODEL_STATUS: Record<string, number> = {
  llm_insufficient_credits: 402,
  llm_rate_limit: 429,
  llm_bad_request: 400,
  llm_authentication: 401,
  llm_timeout: 504,
};

function modelError(item: Extract<Item, { type: "error" }>): ApiError {
  return new ApiError("model", item.message, {
    status: MODEL_STATUS[item.errorType] ?? 500,
    error: { type: item.errorType, message: item.message, detail: item.detail },
    run_id: item.runId,
  });
}
