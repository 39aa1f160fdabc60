import type { Message, Opaque } from "@/lib/stream/message";
import type { ToolParameters } from "./tool";

/** A model that can take one turn. A failing provider is an `error` event, never a throw. */
export type Model = {
  /** `provider/model`. */
  handle: string;
  provider: string;
  name: string;
  /** In tokens. */
  contextWindow: number;
  /** Who says so. */
  windowSource?: "provider" | "setting" | "catalog" | "guess";
  /** In tokens, of one answer; null or absent where nobody says. */
  maxTokens?: number | null;
  /** Of the server that is asked; absent where there is none. */
  address?: { host: string; port: number };
  stream(request: ModelRequest, signal: AbortSignal): AsyncIterable<ModelEvent>;
};

/** What the model is shown in one turn, before it is put into a provider's own words. */
export type ModelRequest = {
  system: string;
  messages: readonly Message[];
  tools: readonly ToolSpec[];
  toolChoice: ToolChoice;
  /** Whether the model may call several tools in one turn. */
  parallelToolCalls: boolean;
  /** The agent's model settings, as the contract writes them (snake_case, with `provider_type`). */
  settings: Record<string, unknown>;
};

export type ToolSpec = { name: string; description: string; parameters: ToolParameters };
export type ToolChoice = "auto" | "none" | "required" | { name: string };

/**
 * What a model sends back, in order. Text and reasoning come as fragments; a tool call starts with its id and name,
 * its arguments follow as fragments of JSON text. Exactly one `finish` or one `error` comes last. `source` says who wrote
 * a thought: without it, the model's own reasoning channel.
 */
export type ModelEvent =
  | { type: "text"; text: string }
  | {
      type: "reasoning";
      text: string;
      signature?: string | null;
      source?: "reasoner_model" | "non_reasoner_model";
    }
  | { type: "redacted-reasoning"; data: string }
  /** What is to be kept beside the text or thought that was last begun (a new one, where none is), or beside a call. */
  | { type: "opaque"; of: "text" | "reasoning" | { call: string }; opaque: Opaque }
  | { type: "tool-call"; id: string; name: string }
  | { type: "tool-call-arguments"; id: string; text: string }
  | {
      type: "finish";
      reason: FinishReason;
      usage: TokenUsage | null;
      logprobs?: TokenLogprob[];
      response?: ResponseIdentity;
    }
  | { type: "error"; error: ModelFailure };

/** What a provider calls its answer, and the model that gave it, which may be another than was asked. */
export type ResponseIdentity = { id?: string; model?: string };

/** How likely a token of the answer was, and which others were likely there; only where the request asked for it. */
export type TokenLogprob = {
  token: string;
  logprob: number;
  bytes: number[] | null;
  top_logprobs: { token: string; logprob: number; bytes: number[] | null }[];
};

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other";

/** One asking of a model and what came back, as received: what a cassette keeps. */
export type ModelAttempt = {
  request: ModelRequest;
  /** ISO 8601, UTC; the date of the items that it gave. */
  startedAt: string;
  durationMs: number;
  events: ModelEvent[];
  usage: TokenUsage | null;
  failure: ModelFailure | null;
};

/** In tokens, as the provider counted them. */
export type TokenUsage = {
  input: number;
  output: number;
  cachedInput: number | null;
  cacheWrite: number | null;
  reasoning: number | null;
  /** Dollars; not there where the price is not known. */
  cost?: number;
};

/** Why a model gave no answer; the kinds are the contract's `error_type` values of a stream. */
export type ModelFailure = {
  kind:
    | "llm_timeout"
    | "llm_rate_limit"
    | "llm_authentication"
    | "llm_empty_response"
    | "llm_error"
    | "llm_bad_request"
    | "llm_insufficient_credits"
    | "context_window_exceeded"
    | "cancelled";
  message: string;
  detail: string | null;
  /** HTTP status of the provider's answer, if there was one. */
  status: number | null;
};
