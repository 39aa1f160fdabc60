import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { badRequest } from "../core/errors";
import { hostOf, isPrivate, isPrivateHost } from "./address";

/**
 * Lets an address pass that the server may fetch from on somebody's word: one that is on the public network, by every
 * address that its name has now.
 *
 * @param hint what to do about a refusal.
 * @param unknown whether a host that is not known now may pass: who connects later is held to the same then.
 * @throws ApiError `bad-request` for a private, local or unknown host, unless `allowPrivate` (the operator's choice).
 */
export async function requirePublicUrl(
  text: string,
  allowPrivate: boolean,
  { hint = HINT, unknown = "refused" }: { hint?: string; unknown?: "refused" | "passes" } = {},
): Promise<void> {
  if (allowPrivate) return;
  const host = hostOf(new URL(text));
  if (isPrivateHost(host)) throw refused(host, hint);
  if (isIP(host)) return;
  const found = await lookup(host, { all: true }).catch(() => []);
  if (found.length === 0 && unknown === "passes") return;
  if (found.length === 0) throw badRequest(`INVALID_ARGUMENT: the host ${host} is not known`);
  if (found.some(({ address }) => isPrivate(address))) throw refused(host, hint);
}

const HINT = "Set MEMOIR_ALLOW_PRIVATE_URLS=on to allow it, or name the endpoint in the environment.";

const refused = (host: string, hint: string) => badRequest(`INVALID_ARGUMENT: ${host} is a private address. ${hint}`);
