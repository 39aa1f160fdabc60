import type { SESSION_ENDPOINTS } from "@/lib/api/sessions";
import { arrive, disconnect, NotLetInError } from "../accounts/external-logins";
import { beginWay, endWay, providerOf, type Way } from "../accounts/identity-provider";
import { requireOpenInvitation } from "../accounts/invitations";
import { isLoopback, parseHost } from "../config/host-names";
import { type Core, DEFAULT_ACTOR } from "../core/core";
import { ApiError, badRequest } from "../core/errors";
import { log } from "../core/log";
import { requireAccounts } from "./account";
import type { Handlers } from "./bind";
import { letIn, placeOf, requireOwnPage } from "./entry";
import type { Gate, Visitor } from "./gate";
import { cameByHttps, keptCookie, readKeptCookie } from "./session-cookie";

type Table = Extract<(typeof SESSION_ENDPOINTS)[number], { id: `signIn.${string}` }>;

const COOKIE = "memoir-sign-in";
const LIFE_MS = 10 * 60_000;

/** What a browser takes along on its way, sealed: whoever comes back without it did not begin here. */
type Kept = Way & { provider: string; until: number; invitation: string | null; userId: string | null };

/** Where providers send browsers back to: as it is registered there. */
function redirectUri(core: Core, { header }: Visitor, provider: string): string {
  const path = `/v1/sign-in/${provider}/callback`;
  if (core.config.publicUrl) return new URL(core.config.publicUrl).origin + path;
  const host = header("host") ?? "";
  if (!isLoopback(parseHost(host)?.name ?? "")) {
    throw badRequest("Set MEMOIR_PUBLIC_URL to this server's address: identity providers send people back to it");
  }
  return `${cameByHttps(header) ? "https" : "http"}://${host}${path}`;
}

/** Signing in by an identity provider. */
export function signInHandlers(core: Core, gate: Gate): Handlers<readonly Table[]> {
  function kept(visitor: Visitor, provider: string): Kept | null {
    const sealed = readKeptCookie(COOKIE, visitor.header("cookie"));
    if (sealed === null) return null;
    try {
      const way = JSON.parse(core.vault.decrypt(sealed)) as Kept;
      return way.provider === provider && way.until > core.now().getTime() ? way : null;
    } catch {
      return null;
    }
  }

  const back = (visitor: Visitor, to: string, cookies: string[] = []): Response => {
    const headers = new Headers({ location: to, "cache-control": "no-store", "referrer-policy": "no-referrer" });
    for (const cookie of [...cookies, keptCookie(COOKIE, "", placeOf(core, visitor), 0)])
      headers.append("set-cookie", cookie);
    return new Response(null, { status: 303, headers });
  };

  return {
    "signIn.begin": async ({ params, body, visitor }) => {
      requireAccounts(gate);
      requireOwnPage(core, visitor);
      const provider = providerOf(core, params.provider);
      const invitation = body.invitation ?? null;
      if (invitation !== null) await requireOpenInvitation(core, invitation);
      const userId = invitation === null ? ((await gate.sessionOf(visitor))?.userId ?? null) : null;
      const { url, way } = await beginWay(provider, redirectUri(core, visitor, provider.id));
      const until = core.now().getTime() + LIFE_MS;
      const sealed = core.vault.encrypt(
        JSON.stringify({ ...way, provider: provider.id, until, invitation, userId } satisfies Kept),
      );
      const cookie = keptCookie(COOKIE, sealed, placeOf(core, visitor), LIFE_MS);
      return Response.json({ url }, { headers: { "set-cookie": cookie, "cache-control": "no-store" } });
    },
    "signIn.callback": async ({ params, request, visitor, note }) => {
      requireAccounts(gate);
      note.organizationId = DEFAULT_ACTOR.organizationId;
      const provider = providerOf(core, params.provider);
      const way = kept(visitor, provider.id);
      const refused = (problem: string) => {
        note.problem = problem;
        return back(visitor, way?.userId ? `/settings/account?problem=${problem}` : `/?problem=${problem}`);
      };
      if (!way) return refused("too-late");
      const current = new URL(redirectUri(core, visitor, provider.id));
      current.search = new URL(request.url).search;
      if (current.searchParams.has("error")) return refused("denied");
      try {
        const claimed = await endWay(provider, current, way);
        // Who began to connect an account must still be signed in to it.
        const own = way.userId === null ? null : await gate.sessionOf(visitor);
        if (way.userId !== null && own?.userId !== way.userId) return refused("too-late");
        const actor = await arrive(core, {
          provider: provider.id,
          claimed,
          invitation: way.invitation,
          userId: way.userId,
        });
        if (own) {
          note.actor = own;
          return back(visitor, "/settings/account");
        }
        log.info({ user: actor.userId, provider: provider.id }, "somebody came by an identity provider");
        const { headers } = await letIn(core, gate, visitor, note, actor);
        return back(visitor, "/", [headers["set-cookie"]!]);
      } catch (error) {
        if (error instanceof NotLetInError) return refused(error.problem);
        if (!(error instanceof ApiError)) throw error;
        return refused(PROBLEMS[error.code] ?? "failed");
      }
    },
    "signIn.disconnect": async ({ ctx, params }) => {
      requireAccounts(gate);
      await disconnect(ctx, params.provider);
      return null;
    },
  } as Handlers<readonly Table[]>;
}

const PROBLEMS: Partial<Record<ApiError["code"], string>> = {
  upstream: "unreachable",
  unauthorized: "failed",
  expired: "invitation-over",
  forbidden: "invitation-for-other",
  conflict: "connected-elsewhere",
};
