import { createHash, randomBytes } from "node:crypto";
import type { ACCESS_TOKEN_ENDPOINTS, AccessPolicy, CreateAccessToken, WireAccessToken } from "@/lib/api/access-tokens";
import type { Query } from "@/lib/api/endpoint";
import type { Core, Ctx } from "../core/core";
import { ApiError, badRequest, notFound } from "../core/errors";
import { newId } from "../core/ids";
import type { AccessTokenModel } from "../db/generated/models";
import { readable } from "../vault/vault";

/** What every token begins with: a bearer that begins so is one, or is refused. */
export const TOKEN_PREFIX = "memoir-cst-";
const TOKEN_BYTES = 32;
const DEFAULT_LIFE_MS = 5 * 60_000;

const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

function toWireAccessToken(ctx: Ctx, row: AccessTokenModel): WireAccessToken {
  return {
    policy: row.policy as AccessPolicy,
    // One that can't be read is still listed, and still works for who has it.
    token: readable(ctx.vault, row.tokenEnc) ?? "",
    hostname: row.hostname,
    expiresAt: row.expiresAt!.toISOString(),
  };
}

/** @throws ApiError `not-found` for an agent that there is not; `bad-request` for a time that is past. */
export async function createAccessToken(ctx: Ctx, body: CreateAccessToken): Promise<WireAccessToken> {
  const now = ctx.now();
  const expiresAt = body.expires_at ? new Date(body.expires_at) : new Date(now.getTime() + DEFAULT_LIFE_MS);
  if (expiresAt <= now) throw badRequest("INVALID_ARGUMENT: expires_at is in the past");
  const ids = [...new Set(body.policy.map((grant) => grant.id))];
  const found = await ctx.db.prisma.agent.findMany({
    where: { id: { in: ids }, organizationId: ctx.actor.organizationId },
    select: { id: true },
  });
  const missing = ids.find((id) => !found.some((agent) => agent.id === id));
  if (missing) throw notFound("agent", missing);
  const token = TOKEN_PREFIX + randomBytes(TOKEN_BYTES).toString("base64url");
  const policy: AccessPolicy = { version: "1", data: body.policy };
  await ctx.db.prisma.accessToken.deleteMany({
    where: { organizationId: ctx.actor.organizationId, expiresAt: { lte: now } },
  });
  const row = await ctx.db.prisma.accessToken.create({
    data: {
      id: newId("token"),
      organizationId: ctx.actor.organizationId,
      userId: ctx.actor.userId,
      tokenHash: hashOf(token),
      tokenEnc: ctx.vault.encrypt(token),
      hostname: body.hostname,
      policy,
      expiresAt,
      createdAt: now,
    },
  });
  return toWireAccessToken(ctx, row);
}

type ListQuery = Query<Extract<(typeof ACCESS_TOKEN_ENDPOINTS)[number], { id: "accessTokens.list" }>>;

export async function listAccessTokens(ctx: Ctx, query: ListQuery) {
  const rows = await ctx.db.prisma.accessToken.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      expiresAt: { gt: ctx.now() },
      ...(query.agentId ? { policy: { path: ["data"], array_contains: [{ id: query.agentId }] } } : {}),
    },
    orderBy: [{ createdAt: "desc" }, { id: "desc" }],
    skip: query.offset,
    take: query.limit + 1,
  });
  const shown = rows.slice(0, query.limit);
  return { tokens: shown.map((row) => toWireAccessToken(ctx, row)), hasNextPage: rows.length > shown.length };
}

/** @throws ApiError `not-found`. */
export async function deleteAccessToken(ctx: Ctx, token: string): Promise<void> {
  const { count } = await ctx.db.prisma.accessToken.deleteMany({
    where: { tokenHash: hashOf(token), organizationId: ctx.actor.organizationId },
  });
  if (count === 0) throw new ApiError("not-found", "access token not found");
}

export type TokenBearer = {
  id: string;
  organizationId: string;
  userId: string;
  hostname: string;
  policy: AccessPolicy;
};

/** Whose token this is and what it may do; null for none, or one that has expired. */
export async function findAccess(core: Core, token: string): Promise<TokenBearer | null> {
  const row = await core.db.prisma.accessToken.findUnique({ where: { tokenHash: hashOf(token) } });
  if (!row?.expiresAt || row.expiresAt <= core.now()) return null;
  const { id, organizationId, userId, hostname } = row;
  return { id, organizationId, userId, hostname, policy: row.policy as AccessPolicy };
}

/** Whether a token is in force that was made for pages of this origin. */
export async function hasTokenFor(core: Core, origin: string): Promise<boolean> {
  const rows = await core.db.prisma.accessToken.findMany({
    where: { hostname: { startsWith: origin, mode: "insensitive" }, expiresAt: { gt: core.now() } },
    select: { hostname: true },
    distinct: ["hostname"],
  });
  return rows.some((row) => new URL(row.hostname).origin === origin);
}
