import { createHash, randomBytes } from "node:crypto";
import type { OAuthClientProvider, OAuthDiscoveryState } from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthClientInformationMixed, OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import type { Core, Ctx } from "../core/core";
import { newId } from "../core/ids";
import type { McpOauthModel, McpServerModel } from "../db/generated/models";
import { openNamed } from "../vault/vault";
import { McpFailure } from "./failure";

/** How long a person may take to let this server in. */
export const AUTHORIZATION_MS = 10 * 60_000;
export const CALLBACK_PATH = "/v1/tools/mcp/oauth/callback";

type OauthSecrets = {
  redirectUrl: string;
  client?: OAuthClientInformationMixed | undefined;
  tokens?: OAuthTokens | undefined;
  verifier?: string | undefined;
  discovery?: OAuthDiscoveryState | undefined;
};

export type OauthProvider = OAuthClientProvider & {
  /** Where the person has to go, if they have to. */
  authorizationUrl(): string | null;
};

const hashOf = (state: string) => createHash("sha256").update(state).digest("hex");

/** The leave that a person gave for a server, if they did: for the address that the server has now. */
export async function findAuthorization(ctx: Ctx, serverId: string, url: string): Promise<McpOauthModel | null> {
  return ctx.db.prisma.mcpOauth.findFirst({
    where: {
      organizationId: ctx.actor.organizationId,
      mcpServerId: serverId,
      serverUrl: url,
      status: "authorized",
    },
    orderBy: { updatedAt: "desc" },
  });
}

/** Gives a server the newest leave that was got for its address before it was added. */
export async function adoptAuthorization(ctx: Ctx, serverId: string, url: string): Promise<void> {
  await ctx.db.query(
    `UPDATE mcp_oauth SET mcp_server_id = $1 WHERE id = (SELECT id FROM mcp_oauth WHERE organization_id = $2
       AND server_url = $3 AND mcp_server_id IS NULL AND status = 'authorized' ORDER BY updated_at DESC LIMIT 1)`,
    [serverId, ctx.actor.organizationId, url],
  );
}

/** Begins to ask for leave; what was asked for and never answered goes. */
export async function openAuthorization(
  ctx: Ctx,
  server: Pick<McpServerModel, "id"> | null,
  url: string,
  redirectUrl: string,
): Promise<McpOauthModel> {
  const { organizationId, userId } = ctx.actor;
  const now = ctx.now();
  await ctx.db.prisma.mcpOauth.deleteMany({
    where: {
      organizationId,
      status: { not: "authorized" },
      createdAt: { lt: new Date(now.getTime() - AUTHORIZATION_MS) },
    },
  });
  return ctx.db.prisma.mcpOauth.create({
    data: {
      id: newId("mcp-oauth"),
      organizationId,
      userId,
      mcpServerId: server?.id ?? null,
      serverUrl: url,
      status: "pending",
      secretsEnc: sealed(ctx, { redirectUrl }),
      createdAt: now,
      updatedAt: now,
    },
  });
}

/**
 * Takes the state of an answer, which is good for one answer.
 *
 * @returns null for a state that was never given, was used, or is too old.
 */
export async function claimAuthorization(core: Core, state: string): Promise<McpOauthModel | null> {
  const [row] = await core.db.query<{ id: string }>(
    `UPDATE mcp_oauth SET state_hash = NULL, updated_at = $2::timestamptz
      WHERE state_hash = $1 AND status = 'pending' AND created_at > $3::timestamptz RETURNING id`,
    [hashOf(state), core.now().toISOString(), new Date(core.now().getTime() - AUTHORIZATION_MS).toISOString()],
  );
  return row ? core.db.prisma.mcpOauth.findUnique({ where: { id: row.id } }) : null;
}

/** Says how it ended. A leave that was given takes the place of those before it. */
export async function settleAuthorization(core: Core, row: McpOauthModel, error: string | null): Promise<void> {
  await core.db.prisma.mcpOauth.updateMany({
    where: { id: row.id },
    data: { status: error === null ? "authorized" : "error", error, stateHash: null, updatedAt: core.now() },
  });
  if (error !== null) return;
  const { organizationId, mcpServerId, serverUrl } = row;
  await core.db.prisma.mcpOauth.deleteMany({
    where: { organizationId, mcpServerId, serverUrl, status: "authorized", id: { not: row.id } },
  });
}

const opened = (core: Pick<Core, "vault">, row: Pick<McpOauthModel, "secretsEnc">): OauthSecrets =>
  JSON.parse(openNamed(core.vault, row.secretsEnc, "The authorization for this MCP server"));
const sealed = (core: Pick<Core, "vault">, secrets: OauthSecrets) => core.vault.encrypt(JSON.stringify(secrets));

/**
 * The SDK's store for one leave: in the database, encrypted, and read anew each time, because another process may have
 * renewed the tokens.
 *
 * @param mayAsk whether a person is there who can be sent to the authorization server; without one, needing them is a
 * McpFailure `unauthorized`.
 */
export function oauthProvider(core: Core, row: McpOauthModel, mayAsk: boolean): OauthProvider {
  const { redirectUrl } = opened(core, row);
  let asked: string | null = null;
  const read = async (): Promise<OauthSecrets> => {
    const found = await core.db.prisma.mcpOauth.findUnique({ where: { id: row.id } });
    if (!found) throw new McpFailure("unauthorized", "the authorization was taken back");
    return opened(core, found);
  };
  const write = async (changes: Partial<OauthSecrets>, more: { stateHash?: string } = {}) => {
    const secretsEnc = sealed(core, { ...(await read()), ...changes });
    await core.db.prisma.mcpOauth.updateMany({
      where: { id: row.id },
      data: { secretsEnc, ...more, updatedAt: core.now() },
    });
  };
  return {
    redirectUrl,
    clientMetadata: {
      client_name: "Memoir",
      redirect_uris: [redirectUrl],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
    },
    discoveryState: async () => (await read()).discovery,
    saveDiscoveryState: (discovery) => write({ discovery }),
    clientInformation: async () => (await read()).client,
    async saveClientInformation(client) {
      if (!mayAsk) throw new McpFailure("unauthorized", EXPIRED);
      await write({ client });
    },
    tokens: async () => (await read()).tokens,
    saveTokens: (tokens) => write({ tokens }),
    async state() {
      if (!mayAsk) throw new McpFailure("unauthorized", EXPIRED);
      const state = randomBytes(32).toString("base64url");
      await write({}, { stateHash: hashOf(state) });
      return state;
    },
    saveCodeVerifier: (verifier) => write({ verifier }),
    async codeVerifier() {
      const { verifier } = await read();
      if (!verifier) throw new McpFailure("unauthorized", "nobody was asked for this authorization");
      return verifier;
    },
    redirectToAuthorization(url) {
      if (!/^https?:$/.test(url.protocol))
        throw new McpFailure("refused", "the authorization server is not on the web");
      asked = url.href;
    },
    async invalidateCredentials(scope) {
      // Tokens that another process has renewed meanwhile must not be lost because ours are too old.
      if (!mayAsk) return;
      if (scope === "all" || scope === "client") await write({ client: undefined });
      if (scope === "all" || scope === "tokens") await write({ tokens: undefined });
      if (scope === "all" || scope === "discovery") await write({ discovery: undefined });
    },
    authorizationUrl: () => asked,
  };
}

const EXPIRED = "the authorization has expired: connect to the server to authorize again";
