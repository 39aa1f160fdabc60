import { type OAuthClientProvider, UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SseError } from "@modelcontextprotocol/sdk/client/sse.js";
import { StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ErrorCode, McpError } from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod";
import { type McpSettings, STDIO_OFF } from "../config/mcp-settings";
import { API_VERSION } from "../core/version";
import { PrivateAddressError } from "../net/post-public";
import type { PublicFetch } from "../net/public-fetch";
import { type McpEndpoint, redacted, secretsOf } from "./endpoint";
import { breaksConnection, McpFailure } from "./failure";
import { httpTransport } from "./http";
import { stdioTransport } from "./stdio";

/** What a server said came of a call, as it came: nothing in it can be trusted to have the protocol's form. */
export type McpReturn = { content: unknown[]; structuredContent?: unknown; isError: boolean };

/** An open connection to one server. Its methods throw nothing but `McpFailure`. */
export type McpConnection = {
  /** The tools as the server describes them, at most `MAX_TOOLS`. */
  listTools(signal?: AbortSignal): Promise<unknown[]>;
  /** Runs a tool. That a tool says it failed is a return, with `isError`. */
  callTool(name: string, args: Record<string, unknown>, signal?: AbortSignal): Promise<McpReturn>;
  /** Whether it can still be used. */
  isOpen(): boolean;
  close(): Promise<void>;
};

export type ConnectionOptions = {
  settings: McpSettings;
  fetch: PublicFetch;
  authProvider?: OAuthClientProvider | undefined;
  /** Gives up connecting. */
  signal?: AbortSignal | undefined;
};

export const MAX_TOOLS = 500;
const MAX_PAGES = 100;

// One odd tool must not hide the others: each is judged by itself.
const toolPage = z.looseObject({ tools: z.array(z.unknown()), nextCursor: z.string().nullish() });
const toolReturn = z.looseObject({
  content: z.array(z.unknown()).nullish(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().nullish(),
});

/**
 * Connects to a server and greets it.
 *
 * @throws McpFailure, after everything that was begun is closed again.
 */
export async function openConnection(endpoint: McpEndpoint, options: ConnectionOptions): Promise<McpConnection> {
  const { connectMs, callMs } = options.settings;
  const secrets = secretsOf(endpoint);
  const client = new Client({ name: "memoir", version: API_VERSION }, { capabilities: {} });
  let open = true;
  let complaint = () => "";
  const close = async () => {
    open = false;
    await transport.close().catch(() => {});
  };
  const { transport, complaint: complaintOf } = transportOf(endpoint, options, () => void close());
  if (complaintOf) complaint = complaintOf;
  client.onclose = () => {
    open = false;
  };
  client.onerror = (error) => {
    // The transport would begin a second session, which nobody has greeted.
    if (error instanceof SseError) void close();
  };

  const attempt = async <T>(work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> => {
    try {
      return await linked(signal, work);
    } catch (error) {
      const failure = failureOf(error, signal);
      const said = failure.kind === "unreachable" && complaint() ? `: ${complaint()}` : "";
      if (breaksConnection(failure.kind)) open = false;
      throw new McpFailure(failure.kind, redacted(failure.message + said, secrets));
    }
  };
  const listPage = (cursor: string | undefined, signal: AbortSignal) =>
    client.request({ method: "tools/list", params: cursor === undefined ? {} : { cursor } }, toolPage, {
      signal,
      timeout: connectMs,
    });

  const connect = (signal: AbortSignal) => inTime(client.connect(transport, { timeout: connectMs }), connectMs, signal);
  await attempt(connect, options.signal).catch(async (error) => {
    await close();
    throw error;
  });
  return {
    listTools: (signal) =>
      attempt((until) => collectPages((cursor) => linked(until, (page) => listPage(cursor, page))), signal),
    callTool: (name, args, signal) =>
      attempt(async (linkedSignal) => {
        const asked = { method: "tools/call" as const, params: { name, arguments: args } };
        const answer = await client.request(asked, toolReturn, { signal: linkedSignal, timeout: callMs });
        const { content, structuredContent, isError } = answer;
        return { content: content ?? [], structuredContent, isError: isError ?? false };
      }, signal),
    isOpen: () => open,
    close,
  };
}

type Opened = { transport: Transport; complaint?: () => string };

function transportOf(endpoint: McpEndpoint, options: ConnectionOptions, onBroken: () => void): Opened {
  if (endpoint.type !== "stdio") {
    const { fetch, authProvider } = options;
    return { transport: httpTransport(endpoint, { fetch, authProvider, onBroken }) };
  }
  const { stdio } = options.settings;
  if (!stdio) throw new McpFailure("refused", STDIO_OFF);
  const transport = stdioTransport({ ...endpoint, path: stdio.path });
  return { transport, complaint: transport.complaint };
}

async function collectPages(
  ask: (cursor: string | undefined) => Promise<z.output<typeof toolPage>>,
): Promise<unknown[]> {
  const tools: unknown[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES && tools.length < MAX_TOOLS; page++) {
    const answer = await ask(cursor);
    tools.push(...answer.tools);
    cursor = answer.nextCursor ?? undefined;
    if (cursor === undefined || seen.has(cursor)) break;
    seen.add(cursor);
  }
  return tools.slice(0, MAX_TOOLS);
}

/** Passes a caller's signal on for the time of one request: the SDK never lets go of a signal that it was given. */
async function linked<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  if (signal?.aborted) abort();
  signal?.addEventListener("abort", abort);
  try {
    return await work(controller.signal);
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}

/** The SDK's own time-out begins only when there is something to write to. */
async function inTime<T>(work: Promise<T>, ms: number, signal: AbortSignal): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new McpFailure("timeout", `the server did not answer within ${ms / 1000} s`)), ms);
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const NO_SESSION = new Set([400, 404]);
const NOT_LET_IN = new Set([401, 403]);

function failureOf(error: unknown, signal: AbortSignal | undefined): McpFailure {
  if (error instanceof McpFailure) return error;
  if (signal?.aborted) return new McpFailure("aborted", "the call was cancelled");
  if (error instanceof UnauthorizedError) return new McpFailure("unauthorized", UNAUTHORIZED);
  if (error instanceof McpError) {
    if (error.code === ErrorCode.RequestTimeout) return new McpFailure("timeout", "the server did not answer in time");
    if (error.code === ErrorCode.ConnectionClosed) return new McpFailure("unreachable", "the connection was lost");
    return new McpFailure("refused", error.message);
  }
  if (error instanceof z.ZodError) return new McpFailure("protocol", "what the server answered is not MCP");
  const status = statusOf(error);
  if (status !== null && NOT_LET_IN.has(status)) return new McpFailure("unauthorized", `${UNAUTHORIZED} (${status})`);
  if (status !== null && NO_SESSION.has(status)) return new McpFailure("session", messageOf(error));
  return new McpFailure("unreachable", messageOf(error));
}

const UNAUTHORIZED = "the server wants to be let in first: give it a token, or connect to it to authorize";

function statusOf(error: unknown): number | null {
  if (error instanceof StreamableHTTPError || error instanceof SseError) return error.code ?? null;
  const said = error instanceof Error ? /\(HTTP (\d{3})\)/.exec(error.message)?.[1] : undefined;
  return said ? Number(said) : null;
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof PrivateAddressError) return error.message;
  const { code } = error as NodeJS.ErrnoException;
  return error.message || code || error.name;
}
