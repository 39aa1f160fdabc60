import { createHash } from "node:crypto";
import { STDIO_OFF } from "../config/mcp-settings";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import type { McpServerModel } from "../db/generated/models";
import { requirePublicUrl } from "../net/public-url";
import { openNamed } from "../vault/vault";
import { endpointOf, type McpSpec, specOf, usesVariables } from "./config";
import type { ConnectionOptions, McpConnection } from "./connection";
import { type McpEndpoint, secretsOf } from "./endpoint";
import { findAuthorization, oauthProvider } from "./oauth";

/** A connection and what nobody may read of it. */
export type InUse = { connection: McpConnection; secrets: readonly string[] };

export type UseOptions = {
  /** Whose secrets fill the variables of the server's own. */
  agentId?: string | null | undefined;
  signal?: AbortSignal | undefined;
};

/**
 * Runs `work` on the connection to a server.
 *
 * @throws McpFailure.
 */
export async function withServer<T>(
  ctx: Ctx,
  server: McpServerModel,
  work: (use: InUse) => Promise<T>,
  { agentId, signal }: UseOptions = {},
): Promise<T> {
  const spec = specOf(ctx.vault, server);
  const endpoint = endpointOf(spec, usesVariables(spec) && agentId ? await secretsOfAgent(ctx, agentId) : {});
  const leave = endpoint.type === "stdio" ? null : await findAuthorization(ctx, server.id, endpoint.url);
  const target = {
    key: server.id,
    variant: createHash("sha256")
      .update(JSON.stringify([endpoint, leave?.id]))
      .digest("hex"),
    open: (signal: AbortSignal) =>
      connect(ctx, endpoint, { authProvider: leave ? oauthProvider(ctx, leave, false) : undefined, signal }),
  };
  const secrets = secretsOf(endpoint);
  return ctx.mcp.pool.use(target, (connection) => work({ connection, secrets }), signal);
}

type ConnectOptions = Pick<ConnectionOptions, "authProvider" | "signal">;

async function connect(ctx: Ctx, endpoint: McpEndpoint, options: ConnectOptions): Promise<McpConnection> {
  // The SDK is loaded when the first server is used: most starts of this program need none of it.
  const { openConnection } = await import("./connection");
  return openConnection(endpoint, { settings: ctx.config.mcp, fetch: ctx.mcp.fetch, ...options });
}

/** The same on a connection of its own, for a server that is not kept. */
export async function withConnection<T>(
  ctx: Ctx,
  endpoint: McpEndpoint,
  work: (connection: McpConnection) => Promise<T>,
  options: ConnectOptions = {},
): Promise<T> {
  const connection = await connect(ctx, endpoint, options);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

/** A host that is not known now may be later. @throws ApiError `bad-request` for what this server would never connect to. */
export async function requireAllowed(ctx: Ctx, spec: McpSpec): Promise<void> {
  if (spec.type !== "stdio") return requirePublicUrl(spec.url, ctx.config.allowPrivateUrls, { unknown: "passes" });
  if (!ctx.config.mcp.stdio) throw badRequest(`INVALID_ARGUMENT: ${STDIO_OFF}`);
}

async function secretsOfAgent(ctx: Ctx, agentId: string): Promise<Record<string, string>> {
  const rows = await ctx.db.prisma.agentSecret.findMany({
    where: { agentId, agent: { organizationId: ctx.actor.organizationId } },
  });
  return Object.fromEntries(rows.map((row) => [row.key, openNamed(ctx.vault, row.valueEnc, `The secret ${row.key}`)]));
}
