import type { LanguageModelV4, LanguageModelV4CallOptions, LanguageModelV4Usage } from "@ai-sdk/provider";
import type {
  FinishReason,
  Model,
  ModelEvent,
  ModelRequest,
  ResponseIdentity,
  TokenUsage,
  ToolChoice,
} from "@/lib/engine/model";
import type { Message } from "@/lib/stream/message";
import { createEventReader } from "./events";
import { isRetryable, retryAfterMs, toFailure } from "./failure";
import { senderOf } from "./family";
import { onBytes } from "./life";
import { isNear } from "./limits";
import { readTokenLogprobs } from "./logprobs";
import { toPrompt } from "./prompt";
import type { ModelInfo } from "./registry";
import { callSettings } from "./settings";
import { strictParameters } from "./strict-schema";
import { withCaching } from "./takes/caching";
import { takenOptions } from "./takes/options";

/** How long a silent provider is waited for, and how often a busy one is asked again. */
export type Patience = { silenceMs: number; retries: number; retryBaseMs: number };

export const DEFAULT_PATIENCE: Patience = { silenceMs: 120_000, retries: 3, retryBaseMs: 500 };

/** A quota of a minute opens again within one. */
const LONGEST_WAIT_MS = 65_000;

/** A server on one's own machine reads a long prompt slowly, and says nothing until then. */
const NEAR_FACTOR = 5;

export type ModelOptions = {
  patience?: Patience | undefined;
  /** Messages with what they only refer to: images. */
  complete?: (messages: readonly Message[]) => Promise<Message[]>;
  /** What an answer cost, in dollars; null where that is not known. `said` is the provider's usage in its own words. */
  cost?: (usage: TokenUsage, said: unknown) => number | null;
};

/**
 * The engine's model port over a model of the AI SDK. One turn at a time: the loop is the engine's. A provider that is
 * busy or broken before its first word is asked again, with back-off; after that, a failure is the turn's last event.
 */
export function asModel(info: ModelInfo, provider: LanguageModelV4, options: ModelOptions = {}): Model {
  const { patience = DEFAULT_PATIENCE, complete, cost } = options;
  return {
    handle: info.handle,
    provider: info.providerType,
    name: info.name,
    contextWindow: info.contextWindow,
    windowSource: info.windowSource,
    maxTokens: info.maxTokens,
    ...addressOf(info.endpoint),
    async *stream(request, signal) {
      for (let attempt = 0; ; attempt++) {
        let spoke = false;
        try {
          const whole = complete ? { ...request, messages: await complete(request.messages) } : request;
          for await (const event of streamOnce(info, provider, whole, signal, { patience, cost })) {
            spoke = true;
            yield event;
          }
          return;
        } catch (error) {
          const wait = retryAfterMs(error) ?? Math.min(patience.retryBaseMs * 2 ** attempt, LONGEST_WAIT_MS);
          const again = !spoke && !signal.aborted && attempt < patience.retries && isRetryable(error);
          if (!again || wait > LONGEST_WAIT_MS) {
            yield { type: "error", error: toFailure(error, signal) };
            return;
          }
          await pause(wait, signal);
        }
      }
    },
  };
}

const PORTS: Record<string, number> = { "https:": 443, "http:": 80 };

function addressOf(endpoint: string | null): Pick<Model, "address"> {
  if (endpoint === null || !URL.canParse(endpoint)) return {};
  const { hostname, port, protocol } = new URL(endpoint);
  return hostname === "" ? {} : { address: { host: hostname, port: Number(port) || (PORTS[protocol] ?? 443) } };
}

async function* streamOnce(
  info: ModelInfo,
  provider: LanguageModelV4,
  request: ModelRequest,
  signal: AbortSignal,
  { patience, cost }: { patience: Patience; cost: ModelOptions["cost"] },
): AsyncGenerator<ModelEvent> {
  const watch = createWatch(signal, patience.silenceMs * (isNear(info.endpoint) ? NEAR_FACTOR : 1));
  onBytes(watch.signal, watch.heard);
  try {
    const { stream } = await provider.doStream(callOptions(info, request, watch.signal));
    const reader = stream.getReader();
    const toEvents = createEventReader(senderOf(info.handle));
    let finish: ModelEvent | null = null;
    let response: ResponseIdentity | null = null;
    for (;;) {
      const { done, value } = await reader.read();
      watch.heard();
      if (done) break;
      if (value.type === "error") throw value.error;
      if (value.type === "response-metadata") {
        const { id, modelId: model } = value;
        response = { ...(id ? { id } : {}), ...(model ? { model } : {}) };
      }
      if (value.type === "finish") {
        const logprobs = request.settings.return_logprobs ? readTokenLogprobs(value.providerMetadata) : undefined;
        const said = { reason: finishReason(value.finishReason.unified), usage: tokenUsage(value.usage, cost) };
        finish = {
          type: "finish",
          ...said,
          ...(logprobs && { logprobs }),
          ...(response && (response.id || response.model) ? { response } : {}),
        };
        if (value.finishReason.unified === "interrupted")
          throw new Error("The provider's stream ended before its answer did.");
        continue;
      }
      yield* toEvents(value);
    }
    if (!finish) throw new Error("The provider's stream ended before its answer did.");
    yield finish;
  } catch (error) {
    throw watch.reason() ?? error;
  } finally {
    watch.end();
  }
}

/** A request in the AI SDK's words. */
export function callOptions(
  info: ModelInfo,
  request: ModelRequest,
  signal: AbortSignal | null = null,
): LanguageModelV4CallOptions {
  const tools = request.tools.map((tool) => {
    const strict = request.settings.strict === true ? strictParameters(tool.parameters) : null;
    return {
      type: "function" as const,
      name: tool.name,
      description: tool.description,
      inputSchema: (strict ?? tool.parameters) as never,
      ...(strict ? { strict: true } : {}),
    };
  });
  const options: LanguageModelV4CallOptions = {
    prompt: toPrompt(request, info),
    ...(tools.length > 0 ? { tools, toolChoice: toolChoice(request.toolChoice) } : {}),
    ...callSettings(info, request),
    ...(signal ? { abortSignal: signal } : {}),
  };
  return withCaching(takenOptions(options, info, request), info);
}

function toolChoice(choice: ToolChoice) {
  return typeof choice === "object" ? { type: "tool" as const, toolName: choice.name } : { type: choice };
}

function finishReason(reason: string): FinishReason {
  const known: Record<string, FinishReason> = {
    stop: "stop",
    length: "length",
    "tool-calls": "tool-calls",
    "content-filter": "content-filter",
  };
  return known[reason] ?? "other";
}

function tokenUsage(usage: LanguageModelV4Usage, cost: ModelOptions["cost"]): TokenUsage | null {
  const { inputTokens, outputTokens } = usage;
  if (inputTokens.total === undefined && outputTokens.total === undefined) return null;
  const counted = {
    input: inputTokens.total ?? 0,
    output: outputTokens.total ?? 0,
    cachedInput: inputTokens.cacheRead ?? null,
    cacheWrite: inputTokens.cacheWrite ?? null,
    reasoning: outputTokens.reasoning ?? null,
  };
  const dollars = cost?.(counted, usage.raw) ?? null;
  return dollars === null ? counted : { ...counted, cost: dollars };
}

/** Ends a call that is silent for too long; `reason` says that it was that. */
function createWatch(outer: AbortSignal, silenceMs: number) {
  const controller = new AbortController();
  let late: Error | null = null;
  const abort = () => controller.abort(outer.reason);
  outer.addEventListener("abort", abort, { once: true });
  if (outer.aborted) abort();
  const timer = setTimeout(() => {
    late = new Error(`The model sent nothing for ${silenceMs / 1000} s.`);
    late.name = "TimeoutError";
    controller.abort(late);
  }, silenceMs);
  return {
    signal: controller.signal,
    heard: () => timer.refresh(),
    reason: () => late,
    end() {
      clearTimeout(timer);
      outer.removeEventListener("abort", abort);
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const wake = () => {
      clearTimeout(timer);
      resolve();
    };
    if (signal.aborted) wake();
    else signal.addEventListener("abort", wake, { once: true });
  });
}
