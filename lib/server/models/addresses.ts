import { hostOf, isPrivateHost } from "../net/address";

/** What people leave at the end of an address: what a protocol adds by itself. */
const TAILS: Record<string, RegExp> = {
  anthropic: /\/(messages|models)$/,
  google_ai: /\/models(\/[^/]+)?$/,
  ollama: /\/(v1|api)(\/.*)?$/,
  azure: /\/openai(\/.*)?$/,
  other: /\/(chat\/completions|completions|responses|embeddings|models)$/,
};

/** Where a protocol's paths begin on a server that is given by its host alone. */
const ROOTS: Record<string, string> = { anthropic: "/v1", google_ai: "/v1beta", ollama: "", azure: "" };

/** Servers of chat completions without a version in their paths. */
const UNVERSIONED = /^(api\.perplexity\.ai|models\.github\.ai|models\.inference\.ai\.azure\.com)$/;

/**
 * The address at which a protocol's paths begin, of one as people give it: without a scheme, with a slash or a query at
 * its end, by the host alone, or with the path that they saw in an example (`/chat/completions`, `/messages`). A path that
 * says something of its own is left as it is.
 */
export function endpointOf(type: string, given: string): string {
  const text = given.trim();
  const url = urlOf(text);
  if (!url) return text.replace(/\/+$/, "");
  const path = url.pathname.replace(/\/+$/, "");
  const tail = TAILS[type] ?? TAILS.other!;
  const bare = path.replace(tail, "").replace(/\/+$/, "");
  const isExact = bare !== path && type !== "anthropic" && type !== "google_ai";
  const root = ROOTS[type] ?? (UNVERSIONED.test(url.host) ? "" : "/v1");
  const begin = bare !== "" || isExact ? bare : root;
  const user = url.username ? `${url.username}${url.password ? `:${url.password}` : ""}@` : "";
  return `${url.protocol}//${user}${url.host}${begin}`;
}

function urlOf(text: string): URL | null {
  if (/^https?:\/\//i.test(text)) return URL.canParse(text) ? new URL(text) : null;
  if (!URL.canParse(`http://${text}`)) return null;
  const url = new URL(`http://${text}`);
  const isNear = isPrivateHost(hostOf(url)) || !hostOf(url).includes(".");
  return isNear ? url : new URL(`https://${text}`);
}
