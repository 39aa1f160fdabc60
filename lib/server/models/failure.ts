import { APICallError } from "@ai-sdk/provider";
import type { ModelFailure } from "@/lib/engine/model";

const OVERFLOW =
  /context[_ ]length|context window|maximum context|too many tokens|prompt is too long|input is too long/i;
const CREDITS = /insufficient[_ ](quota|credits|balance)|billing|exceeded your current quota/i;

/** What went wrong with a provider, in the contract's kinds. */
export function toFailure(error: unknown, signal: AbortSignal): ModelFailure {
  if (signal.aborted) return { kind: "cancelled", message: "The run was cancelled.", detail: null, status: null };
  if (APICallError.isInstance(error)) return apiFailure(error);
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : JSON.stringify(error);
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || /timed? ?out/i.test(text)) return failure("llm_timeout", text);
  if (OVERFLOW.test(text)) return failure("context_window_exceeded", text);
  return failure("llm_error", text);
}

function apiFailure(error: APICallError): ModelFailure {
  const status = error.statusCode ?? null;
  const detail = error.responseBody?.slice(0, 2000) ?? null;
  const text = `${error.message} ${detail ?? ""}`;
  const make = (kind: ModelFailure["kind"]): ModelFailure => ({ kind, message: error.message, detail, status });
  if (status === 402 || CREDITS.test(text)) return make("llm_insufficient_credits");
  if (OVERFLOW.test(text)) return make("context_window_exceeded");
  if (status === 401 || status === 403) return make("llm_authentication");
  if (status === 429) return make("llm_rate_limit");
  if (status === 408 || status === 504) return make("llm_timeout");
  if (status !== null && status >= 400 && status < 500) return make("llm_bad_request");
  return make("llm_error");
}

function failure(kind: ModelFailure["kind"], message: string): ModelFailure {
  return { kind, message, detail: null, status: null };
}

/** Whether asking again may help: the provider is busy or broken, and nothing of an answer was seen. */
export function isRetryable(error: unknown): boolean {
  if (APICallError.isInstance(error)) {
    const status = error.statusCode;
    if (status === 429) return !CREDITS.test(error.responseBody ?? "");
    return status === undefined || status === 408 || status === 409 || status >= 500;
  }
  return error instanceof TypeError || (error instanceof Error && error.name === "TimeoutError");
}

/** How long the provider asks to wait, in milliseconds. */
export function retryAfterMs(error: unknown): number | null {
  if (!APICallError.isInstance(error)) return null;
  const headers = error.responseHeaders ?? {};
  const ms = Number(headers["retry-after-ms"]);
  if (Number.isFinite(ms) && headers["retry-after-ms"]) return ms;
  const seconds = Number(headers["retry-after"]);
  return headers["retry-after"] && Number.isFinite(seconds) ? seconds * 1000 : null;
}
