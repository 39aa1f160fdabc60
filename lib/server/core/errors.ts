/**
 * An error that the caller is told of. Procedures throw these; one place (`http/errors.ts`) answers, by the table of
 * codes and statuses. Anything else that is thrown is logged, and the caller learns nothing of it.
 */
export class ApiError extends Error {
  constructor(
    readonly code: ErrorCode,
    /** What goes into `detail`: a sentence, or the contract's object. */
    readonly detail: string | Record<string, unknown>,
    /** Keys beside `detail`. */
    readonly extra: Record<string, unknown> = {},
  ) {
    super(typeof detail === "string" ? detail : JSON.stringify(detail));
  }
}

export type ErrorCode =
  | "bad-request"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "method-not-allowed"
  | "conflict"
  | "expired"
  | "too-large"
  | "unsupported-type"
  | "invalid"
  | "model"
  | "not-implemented"
  | "unavailable"
  /** Somebody has as much at work, or asks as often, as they may; it passes. */
  | "too-many"
  /** Another server did not answer in time. */
  | "timeout"
  /** Another server can't be used. */
  | "upstream";

/** Nothing of this kind has this id, as far as the caller may see. */
export const notFound = (kind: string, id: string) => new ApiError("not-found", `${kind} not found with id='${id}'`);
export const conflict = (detail: string | Record<string, unknown>, extra?: Record<string, unknown>) =>
  new ApiError("conflict", detail, extra);
export const badRequest = (detail: string) => new ApiError("bad-request", detail);
/** The request has the wrong shape (422). */
export const invalid = (detail: string) => new ApiError("invalid", detail);
