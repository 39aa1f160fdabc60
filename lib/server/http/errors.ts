import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import { ApiError, type ErrorCode } from "../core/errors";
import { databaseFault } from "../db/faults";
import { speaksOpenAi, toOpenAiError } from "../openai/openai-errors";

const STATUS: Record<ErrorCode, ContentfulStatusCode> = {
  "bad-request": 400,
  unauthorized: 401,
  forbidden: 403,
  "not-found": 404,
  "method-not-allowed": 405,
  conflict: 409,
  expired: 410,
  "too-large": 413,
  "unsupported-type": 415,
  invalid: 422,
  model: 502,
  "not-implemented": 501,
  unavailable: 503,
  "too-many": 429,
  timeout: 408,
  upstream: 502,
};

/** Statuses after which clients ask again by themselves, where that would not help. */
const NOT_AGAIN: ReadonlySet<ErrorCode> = new Set(["conflict", "not-implemented", "timeout", "upstream"]);

/** What passes by itself is worth asking for again after so many seconds. */
const RETRY_AFTER_S = "2";
const DATABASE_GONE = "The database can't be used at the moment. Send the request again in a few seconds.";

const RECORD_NOT_FOUND = "P2025";
const UNIQUE_VIOLATION = new Set(["P2002", "23505"]);

/** The one place where an error becomes an answer, in the contract's form; what nobody expected goes into the log. */
export function answerError(error: unknown, c: Context): Response {
  if (error instanceof ApiError) return answer(c, error);
  if (error instanceof HTTPException) return c.json({ detail: error.message || "Bad request" }, error.status as 400);
  if (databaseFault(error)) return answer(c, new ApiError("unavailable", DATABASE_GONE));
  const code = (error as { code?: string }).code;
  if (code && UNIQUE_VIOLATION.has(code)) return answer(c, new ApiError("conflict", "CONFLICT: it exists already"));
  if (code === RECORD_NOT_FOUND) return answer(c, new ApiError("not-found", "Not found"));
  const unknown = new ApiError("unavailable", "An unknown error occurred");
  if (speaksOpenAi(c.req.path)) return c.json({ error: toOpenAiError(unknown, 500) }, 500);
  return c.json({ detail: unknown.detail, request_id: c.get("requestId") }, 500);
}

function answer(c: Context, error: ApiError): Response {
  const status = STATUS[error.code];
  if (status === 503 || status === 429) c.header("retry-after", String(error.extra.retry_after ?? RETRY_AFTER_S));
  if (speaksOpenAi(c.req.path)) return answerOpenAi(c, error);
  // The contract's 422 has a string in `detail`, not the list of its framework.
  if (error.code === "invalid")
    return c.json({ trace_id: c.get("requestId") ?? "", detail: error.detail, examples: [] }, status);
  if (error.code === "model") {
    // The provider's failure has a shape of its own; asking again by itself would run the agent twice.
    const { status: given, ...said } = error.extra as { status?: ContentfulStatusCode };
    c.header("x-should-retry", "false");
    return c.json(said, given ?? status);
  }
  if (NOT_AGAIN.has(error.code)) c.header("x-should-retry", "false");
  // What is left of the body is not read: nothing else can come over this connection.
  if (error.code === "too-large") c.header("connection", "close");
  return c.json({ detail: error.detail, ...error.extra }, status);
}

/** OpenAI's protocol has no 422; what a provider answered is passed on with its status. */
function answerOpenAi(c: Context, error: ApiError): Response {
  const given = error.code === "model" ? (error.extra as { status?: ContentfulStatusCode }).status : undefined;
  const status = given ?? (error.code === "invalid" ? 400 : STATUS[error.code]);
  if (error.code === "conflict" || error.code === "model") c.header("x-should-retry", "false");
  if (error.code === "too-large") c.header("connection", "close");
  return c.json({ error: toOpenAiError(error, status) }, status);
}
