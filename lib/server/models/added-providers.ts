import type { z } from "@hono/zod-openapi";
import type { Query } from "@/lib/api/endpoint";
import type {
  checkProviderBody,
  createProviderBody,
  PROVIDER_ENDPOINTS,
  updateProviderBody,
  WireProvider,
} from "@/lib/api/providers";
import { protocolOf } from "../config/protocols";
import type { Ctx } from "../core/core";
import { ApiError, badRequest, conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inListOrder, keyset } from "../core/paging";
import type { ProviderModel } from "../db/generated/models";
import { requirePublicUrl } from "../net/public-url";
import { keyOfProvider, openNamed } from "../vault/vault";
import { allowsPrivate, guardedFetch } from "./guarded-fetch";
import { type OwnProvider, ownSettings } from "./own-provider";
import { createProvider } from "./providers";

type ListQuery = Query<Extract<(typeof PROVIDER_ENDPOINTS)[number], { id: "providers.list" }>>;

/** A provider without its key, which is never shown again. */
export function toWireProvider(row: ProviderModel): WireProvider {
  return {
    id: row.id,
    name: row.name,
    provider_type: row.providerType,
    provider_category: "byok",
    api_key: null,
    base_url: row.baseUrl,
    access_key: null,
    region: row.region,
    api_version: row.apiVersion,
    updated_at: row.updatedAt.toISOString(),
    last_synced: row.lastSynced?.toISOString() ?? null,
    api_key_enc: null,
    access_key_enc: null,
  };
}

/** @throws ApiError `not-found`. */
export async function getProvider(ctx: Ctx, id: string): Promise<ProviderModel> {
  const row = await ctx.db.prisma.provider.findFirst({ where: { id, organizationId: ctx.actor.organizationId } });
  if (!row) throw notFound("provider", id);
  return row;
}

export async function listProviders(ctx: Ctx, query: ListQuery): Promise<WireProvider[]> {
  const mine = { organizationId: ctx.actor.organizationId };
  const page = await keyset({
    paging: query,
    kind: "provider",
    field: "createdAt",
    find: async (id) => {
      const row = await ctx.db.prisma.provider.findFirst({ where: { id, ...mine } });
      return row && { id, at: row.createdAt };
    },
  });
  const rows = await ctx.db.prisma.provider.findMany({
    where: {
      AND: [
        mine,
        query.name ? { name: query.name } : {},
        query.provider_type ? { providerType: query.provider_type } : {},
        page.where,
      ],
    },
    orderBy: page.orderBy,
    take: page.take,
  });
  return inListOrder(rows, page).map(toWireProvider);
}

/** @throws ApiError `conflict` for a name that is taken, also by the environment; `bad-request` for an address that may not be asked. */
export async function addProvider(ctx: Ctx, body: z.output<typeof createProviderBody>): Promise<WireProvider> {
  const baseUrl = await addressOf(ctx, body);
  if (ctx.models.environmentNames().includes(body.name)) {
    throw conflict(`CONFLICT: the environment names a provider '${body.name}' already`);
  }
  const row = await ctx.db.prisma.provider.create({
    data: {
      id: newId("provider"),
      organizationId: ctx.actor.organizationId,
      name: body.name,
      providerType: body.provider_type,
      baseUrl,
      apiKeyEnc: body.api_key ? ctx.vault.encrypt(body.api_key) : null,
      accessKeyEnc: body.access_key ? ctx.vault.encrypt(body.access_key) : null,
      region: body.region ?? null,
      apiVersion: body.api_version ?? null,
      createdAt: ctx.now(),
      updatedAt: ctx.now(),
    },
  });
  ctx.models.refresh(ctx.actor.organizationId);
  ctx.relay.tell("providers", ctx.actor.organizationId);
  return toWireProvider(row);
}

const plain = (url: string | null | undefined) => url?.replace(/\/+$/, "") ?? null;

/** Where providers may be that a client names. @throws ApiError `bad-request`. */
async function requireAllowed(ctx: Ctx, url: string): Promise<void> {
  await requirePublicUrl(url, allowsPrivate(ctx.config, url), { hint: PRIVATE_HINT });
}

const PRIVATE_HINT =
  "Have the operator allow it, MEMOIR_PRIVATE_PROVIDERS=<host:port>, or name the provider in the server's environment (MEMOIR_PROVIDER_<NAME>_URL).";

/** Changes a provider. Where its address changes, its key is forgotten, unless one comes along. @throws ApiError as `addProvider`. */
export async function updateProvider(
  ctx: Ctx,
  id: string,
  body: z.output<typeof updateProviderBody>,
): Promise<WireProvider> {
  const row = await getProvider(ctx, id);
  if (body.base_url) await requireAllowed(ctx, body.base_url);
  const isMoved =
    Boolean(body.base_url) && plain(body.base_url) !== plain(row.baseUrl ?? protocolOf(row.providerType).baseUrl);
  const updated = await ctx.db.prisma.provider.update({
    where: { id: row.id },
    data: {
      ...(body.base_url ? { baseUrl: body.base_url } : {}),
      // Who may change the address shall not be sent the key that somebody gave for another.
      ...(isMoved ? { apiKeyEnc: null, accessKeyEnc: null } : {}),
      ...(body.api_key ? { apiKeyEnc: ctx.vault.encrypt(body.api_key) } : {}),
      ...(body.access_key ? { accessKeyEnc: ctx.vault.encrypt(body.access_key) } : {}),
      ...(body.region ? { region: body.region } : {}),
      ...(body.api_version ? { apiVersion: body.api_version } : {}),
      updatedAt: ctx.now(),
    },
  });
  ctx.models.refresh(ctx.actor.organizationId);
  ctx.relay.tell("providers", ctx.actor.organizationId);
  return toWireProvider(updated);
}

export async function deleteProvider(ctx: Ctx, id: string): Promise<void> {
  await getProvider(ctx, id);
  await ctx.db.prisma.provider.delete({ where: { id } });
  ctx.models.refresh(ctx.actor.organizationId);
  ctx.relay.tell("providers", ctx.actor.organizationId);
}

const CHECK_MS = 10_000;

/**
 * Asks a provider for its models with a key.
 *
 * @throws ApiError 401 when the provider refuses the key, 400 when it can't be reached.
 */
export async function checkProvider(ctx: Ctx, body: z.output<typeof checkProviderBody>): Promise<{ message: string }> {
  const baseUrl = await addressOf(ctx, body);
  await ask(ctx, {
    name: "check",
    providerType: body.provider_type,
    apiKey: body.api_key ?? null,
    accessKey: body.access_key ?? null,
    baseUrl,
    region: body.region ?? null,
    apiVersion: body.api_version ?? null,
  });
  return confirmed(body.provider_type);
}

/** The same for a provider that was added, with the key that is kept. @throws ApiError as `checkProvider`; `not-found`. */
export async function checkExistingProvider(ctx: Ctx, id: string): Promise<{ message: string }> {
  const row = await getProvider(ctx, id);
  await askExisting(ctx, row);
  return confirmed(row.providerType);
}

/**
 * Reads a provider's list of models anew, so that new ones are offered at once and those that are gone no longer.
 *
 * @throws ApiError as `checkProvider`; `not-found`.
 */
export async function refreshProvider(ctx: Ctx, id: string): Promise<WireProvider> {
  const row = await getProvider(ctx, id);
  await askExisting(ctx, row);
  const now = ctx.now();
  // A registry makes a provider anew, and asks it again, when its row has changed.
  const updated = await ctx.db.prisma.provider.update({ where: { id }, data: { lastSynced: now, updatedAt: now } });
  ctx.models.refresh(ctx.actor.organizationId);
  ctx.relay.tell("providers", ctx.actor.organizationId);
  return toWireProvider(updated);
}

async function askExisting(ctx: Ctx, row: ProviderModel): Promise<void> {
  const open = (sealed: string | null) => sealed && openNamed(ctx.vault, sealed, keyOfProvider(row.name));
  // Before its address is looked up: what is wrong here is told first.
  const keys = { apiKey: open(row.apiKeyEnc), accessKey: open(row.accessKeyEnc) };
  const baseUrl = await addressOf(ctx, { provider_type: row.providerType, base_url: row.baseUrl });
  await ask(ctx, { ...row, ...keys, baseUrl });
}

/** @throws ApiError 401 when the provider refuses the key, 400 when it can't be reached. */
async function ask(ctx: Ctx, own: OwnProvider): Promise<void> {
  const provider = createProvider(ownSettings(own), guardedFetch(ctx.config));
  try {
    await provider.list(AbortSignal.timeout(CHECK_MS));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/\b40[13]\b/.test(text)) throw new ApiError("unauthorized", `The key is not accepted: ${text}`);
    throw badRequest(`The provider could not be asked: ${text}`);
  }
}

const confirmed = (type: string) => ({ message: `Valid api key for provider_type=${type}` });

type Addressed = { provider_type: string; base_url?: string | null | undefined };

async function addressOf(ctx: Ctx, body: Addressed): Promise<string | null> {
  const { baseUrl } = protocolOf(body.provider_type);
  if (body.base_url) await requireAllowed(ctx, body.base_url);
  const address = body.base_url ?? baseUrl;
  if (!address && ["openai-compatible", "azure"].includes(protocolOf(body.provider_type).protocol)) {
    throw badRequest(`INVALID_ARGUMENT: base_url is required for provider_type=${body.provider_type}`);
  }
  return address;
}

declare module "../core/relay" {
  interface Told {
    /** The organization whose providers have changed. */
    providers: string;
  }
}
