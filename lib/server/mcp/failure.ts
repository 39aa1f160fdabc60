import { ApiError } from "../core/errors";

/**
 * What went wrong with a server:
 * - `timeout`: it did not answer in time
 * - `unreachable`: there is no connection, or it broke
 * - `session`: it does not know the connection any more, and did nothing
 * - `unauthorized`: it wants to be let in first
 * - `refused`: it answered that it won't
 * - `protocol`: what it answered is not MCP
 * - `aborted`: the caller has gone
 */
export type FailureKind = "timeout" | "unreachable" | "session" | "unauthorized" | "refused" | "protocol" | "aborted";

/** A server that can't be used, or did not do what it was asked. The message may be shown to whoever may use it. */
export class McpFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
  ) {
    super(message.length > MESSAGE_CHARS ? `${message.slice(0, MESSAGE_CHARS)}…` : message);
  }
}

const MESSAGE_CHARS = 600;

/** What a connection is no good for any more after it. */
export const breaksConnection = (kind: FailureKind) =>
  kind === "timeout" || kind === "unreachable" || kind === "session" || kind === "unauthorized";

/** 408 for a server that is too slow, 502 for one that can't be used; anything else as it is. */
export function toApiError(error: unknown, serverName: string): unknown {
  if (!(error instanceof McpFailure)) return error;
  const isTimeout = error.kind === "timeout";
  const code = isTimeout ? "MCPTimeoutError" : "MCPServerConnectionError";
  return new ApiError(isTimeout ? "timeout" : "upstream", { code, message: error.message, server_name: serverName });
}
