import { APICallError } from "@ai-sdk/provider";
import { isObject, parseJson, textOf } from "./json";

/** What a server says went wrong, whatever the envelope. */
export type SaidError = { message: string; status: number | null };

/** Words for a status that servers use in the place of its number. */
const STATUSES: [pattern: RegExp, status: number][] = [
  [/context_length|context_size|max_prompt_tokens/i, 400],
  [/rate_?limit|too_many_requests|resource_exhausted|throttl/i, 429],
  [/insufficient_(quota|credits|balance)|payment_required/i, 402],
  [/authentication|unauthori[sz]ed|invalid_api_key/i, 401],
  [/permission|forbidden/i, 403],
  [/overloaded|unavailable|capacity/i, 503],
  [/time_?out|deadline/i, 504],
  [/invalid_request|bad_request|invalid_argument|badrequest/i, 400],
  [/not_found/i, 404],
  [/internal|server_error|api_error|upstream|provider|bad_gateway/i, 502],
];

/**
 * The error in an answer or a frame of one, or null where it holds none: `{error: {…}}`, `{error: "…"}`, a list with one,
 * `{object: "error", …}`, `{type: "error", …}`, `{detail: …}` alone, FastAPI's list of details.
 */
export function errorOf(body: unknown): SaidError | null {
  if (Array.isArray(body)) return body.length > 0 ? errorOf(body[0]) : null;
  if (!isObject(body)) return null;
  if (body.error !== undefined && body.error !== null && body.error !== false) return readError(body.error, body);
  if (body.object === "error" || body.type === "error") return readError(body, body);
  if (body.choices !== undefined || body.usage !== undefined) return null;
  const isTold = typeof body.detail === "string" || Array.isArray(body.detail);
  if (isTold || textOf(body.errors) || (textOf(body.message) && body.role === undefined)) return readError(body, body);
  return null;
}

function readError(error: unknown, outer: unknown): SaidError {
  const inner = typeof error === "string" ? parseJson(error) : error;
  if (!isObject(inner)) {
    const message = textOf(error) ?? JSON.stringify(outer);
    const code = isObject(outer) ? (outer.code ?? outer.status ?? outer.status_code) : undefined;
    return { message, status: statusOf([code, message]) };
  }
  if (isObject(inner.error)) return readError(inner.error, inner);
  const details = Array.isArray(inner.detail) ? inner.detail.map((one) => (isObject(one) ? one.msg : one)) : [];
  const said = textOf(inner.message) ?? textOf(inner.detail) ?? textOf(inner.msg) ?? details.find(textOf);
  const { code, status, status_code: number, type } = inner;
  const metadata = isObject(inner.metadata) ? inner.metadata : {};
  const upstream = rawMessage(metadata.raw);
  const words = typeof said === "string" ? said : null;
  const message = (words && /^provider returned error$/i.test(words.trim()) ? (upstream ?? words) : words) ?? upstream;
  return {
    message: message ?? textOf(code) ?? textOf(type) ?? JSON.stringify(inner),
    status: statusOf([code, number, status, metadata.error_type, type, message]),
  };
}

/** OpenRouter gives what its upstream said as text, which may be JSON again. */
function rawMessage(raw: unknown): string | null {
  const parsed = typeof raw === "string" ? parseJson(raw) : raw;
  const inner = isObject(parsed) ? errorOf(parsed) : null;
  return inner?.message ?? textOf(raw);
}

function statusOf(said: readonly unknown[]): number | null {
  for (const one of said) {
    const number = typeof one === "string" && /^\d{3}$/.test(one) ? Number(one) : one;
    if (typeof number === "number" && number >= 400 && number <= 599) return number;
  }
  for (const one of said) {
    if (typeof one !== "string") continue;
    const found = STATUSES.find(([pattern]) => pattern.test(one.replaceAll(/[ -]/g, "_")));
    if (found) return found[1];
  }
  return null;
}

type Call = { url: string; body: unknown };

/** An answer with a status of failure. Its message is the provider's sentence. */
export async function refusal(call: Call, response: Response): Promise<APICallError> {
  const text = await response.text().catch(() => "");
  const said = errorOf(parseJson(text));
  const plain = text.trim().startsWith("<") ? "" : text.trim().slice(0, 500);
  return new APICallError({
    message: said?.message ?? (plain || response.statusText || `The provider answered ${response.status}.`),
    url: call.url,
    requestBodyValues: call.body,
    statusCode: response.status,
    responseHeaders: Object.fromEntries(response.headers),
    responseBody: text,
  });
}

/** An error within an answer that began well: as if it had come with the status that it means, or with 500. */
export function saidWithin(call: Call, { message, status }: SaidError, frame: unknown): APICallError {
  return new APICallError({
    message,
    url: call.url,
    requestBodyValues: call.body,
    statusCode: status ?? 500,
    responseBody: typeof frame === "string" ? frame : JSON.stringify(frame),
  });
}
