import { APICallError } from "@ai-sdk/provider";
import type { ModelFailure } from "@/lib/engine/model";
import { errorOf } from "./chat/error";
import { isObject, parseJson } from "./chat/json";
import { UnsendableError } from "./unsendable";

/** How providers word that a request is longer than the model's context. */
const OVERFLOW = [
  /context[_ ]length|context[_ ]size|context[_ ]window|maximum context|context limit|max_prompt_tokens/i,
  /(prompt|input|request|message|conversation)s? (is|are|was|were) (too (long|large)|longer than)/i,
  /too many (input |prompt )?tokens|prompt too (long|large)|input too (long|large)/i,
  /(input|prompt|total|requested)? ?tokens?( count)?\b.{0,60}\b(exceeds?|exceeded|greater than|over|larger than|above)\b.{0,60}\b(limit|max|maximum|context|allowed|window)/i,
  /exceed(s|ed)?\b.{0,40}\b(token limit|number of tokens|context|model'?s? max)/i,
  /maximum (prompt|input|sequence) length|`?inputs`? tokens \+ `?max_new_tokens/i,
  /model token limit|tokens? to keep from the initial prompt|context the overflows/i,
  /maximum (allowed )?(number of )?(input |prompt )?tokens|(input|prompt) length.{0,60}(exceeds?|exceeded|limit)/i,
  /reduce the length of (the|your) (messages|prompt|input)/i,
];
/** A quota counts tokens too. */
const QUOTA = /per[_ ]?(minute|day|second|hour)|\b[tr]p[mdh]\b|quota|rate[_ -]?limit/i;
const TOO_LARGE =
  /request_too_large|exceed_context_size|context_length_exceeded|model_max_prompt_tokens|string_above_max_length/i;
const CREDITS =
  /insufficient[_ ](quota|credits?|balance|funds)|billing|exceeded your current quota|payment required|credit balance/i;
const PER_DAY = /per_?day/i;

/** What went wrong with a provider, in the contract's kinds. */
export function toFailure(error: unknown, signal: AbortSignal): ModelFailure {
  if (signal.aborted) return { kind: "cancelled", message: "The run was cancelled.", detail: null, status: null };
  if (error instanceof UnsendableError) return failure("llm_bad_request", error.message);
  if (APICallError.isInstance(error)) return apiFailure(error);
  const within = saidIn(error);
  if (within) return apiFailure(within);
  const text = error instanceof Error ? error.message : typeof error === "string" ? error : JSON.stringify(error);
  const name = error instanceof Error ? error.name : "";
  if (name === "TimeoutError" || /timed? ?out/i.test(text)) return failure("llm_timeout", text);
  if (isOverflow(text)) return failure("context_window_exceeded", text);
  return failure("llm_error", text);
}

/** The AI SDK's packages give an error within a stream as the provider's own object, or its text. */
function saidIn(error: unknown): APICallError | null {
  if (error instanceof Error) return null;
  const frame = typeof error === "string" ? parseJson(error) : error;
  const said = errorOf(isObject(frame) && frame.error === undefined ? { error: frame } : frame);
  if (!said) return null;
  return new APICallError({
    message: said.message,
    url: "",
    requestBodyValues: null,
    statusCode: said.status ?? 500,
    responseBody: JSON.stringify(frame),
  });
}

const isOverflow = (text: string) => !QUOTA.test(text) && OVERFLOW.some((pattern) => pattern.test(text));

function apiFailure(error: APICallError): ModelFailure {
  const status = error.statusCode ?? null;
  const detail = error.responseBody?.slice(0, 2000) ?? null;
  const said = errorOf(parseJson(error.responseBody ?? ""))?.message;
  const text = `${error.message} ${detail ?? ""}`;
  const make = (kind: ModelFailure["kind"]): ModelFailure => ({ kind, message: said ?? error.message, detail, status });
  const isOurs = status === null || (status >= 400 && status !== 401 && status !== 403 && status !== 429);
  if (isOurs && (TOO_LARGE.test(text) || isOverflow(text))) return make("context_window_exceeded");
  if (status === 429 && isPassing(error)) return make("llm_rate_limit");
  if (status === 402 || CREDITS.test(text)) return make("llm_insufficient_credits");
  if (status === 413) return make("context_window_exceeded");
  if (status === 401 || status === 403) return make("llm_authentication");
  if (status === 429) return make("llm_rate_limit");
  if (status === 408 || status === 504) return make("llm_timeout");
  if (status !== null && status >= 400 && status < 500) return make("llm_bad_request");
  return make("llm_error");
}

function failure(kind: ModelFailure["kind"], message: string): ModelFailure {
  return { kind, message, detail: null, status: null };
}

/** Whether a quota opens again by itself and soon: it names when, and is none of a day. Words on billing say nothing then. */
function isPassing(error: APICallError): boolean {
  const body = error.responseBody ?? "";
  if (PER_DAY.test(body)) return false;
  return retryAfterMs(error) !== null || !CREDITS.test(body);
}

/** Whether asking again may help: the provider is busy or broken, and nothing of an answer was seen. */
export function isRetryable(given: unknown): boolean {
  const error = APICallError.isInstance(given) ? given : saidIn(given);
  // After long silence the same long prompt would only be silent again.
  if (!error) return given instanceof TypeError;
  const status = error.statusCode;
  if (status === 429) return isPassing(error);
  if (status === 413 || isOverflow(error.message)) return false;
  return status === undefined || status === 408 || status === 409 || status >= 500;
}

/** How long the provider asks to wait, in milliseconds: by header, by Google's RetryInfo, or in words. */
export function retryAfterMs(error: unknown): number | null {
  if (!APICallError.isInstance(error)) return null;
  const headers = error.responseHeaders ?? {};
  const ms = numberOf(headers["retry-after-ms"]);
  if (ms !== null) return ms;
  const after = headers["retry-after"];
  const seconds = numberOf(after);
  if (seconds !== null) return seconds * 1000;
  const date = after ? Date.parse(after) : Number.NaN;
  if (Number.isFinite(date)) return Math.max(0, date - Date.now());
  const body = error.responseBody ?? "";
  const info = /"retry_?delay"\s*:\s*"(\d+(?:\.\d+)?)(ms|s)"/i.exec(body);
  const words = info ?? /(?:retry|try again) (?:in|after) (\d+(?:\.\d+)?) ?(ms|s|m)(?:ec|in|\b)/i.exec(body);
  if (!words) return null;
  const units: Record<string, number> = { ms: 1, s: 1000, m: 60_000 };
  return Number(words[1]) * units[words[2]!.toLowerCase()]!;
}

function numberOf(text: string | undefined): number | null {
  const number = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(number) && number >= 0 ? number : null;
}
