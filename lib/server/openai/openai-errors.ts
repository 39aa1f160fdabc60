import type { ApiError } from "../core/errors";

/** The form of an error in OpenAI's protocol. */
export type OpenAiError = { message: string; type: string; param: string | null; code: string | null };

const TYPES: Record<number, string> = {
  401: "authentication_error",
  402: "insufficient_quota",
  403: "permission_error",
  429: "rate_limit_error",
};

/** What OpenAI's clients call an error with this status. */
export function openAiErrorType(status: number): string {
  return TYPES[status] ?? (status >= 500 ? "server_error" : "invalid_request_error");
}

/** Whether a path speaks OpenAI's protocol, errors too. */
export function speaksOpenAi(path: string): boolean {
  return /\/chat\/completions\/?$/.test(path);
}

/** A procedure's error in OpenAI's form; `status` is the one that it is answered with. */
export function toOpenAiError(error: ApiError, status: number): OpenAiError {
  const detail = typeof error.detail === "string" ? { message: error.detail } : error.detail;
  const { param, code, error: failure } = error.extra as { param?: string; code?: string; error?: { type?: string } };
  const message = typeof detail.message === "string" ? detail.message : JSON.stringify(detail);
  const known = code ?? failure?.type ?? detail.code;
  return {
    message,
    type: openAiErrorType(status),
    param: param ?? null,
    code: typeof known === "string" ? known : null,
  };
}
