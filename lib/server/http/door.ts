import type { DoorSettings } from "../config/door-settings";
import { isAddress, isLoopback, parseHost } from "../config/host-names";

/** What of a request says which page asks, and by which name it has found this server. */
export type Asking = {
  method: string;
  /** Without the query. */
  path: string;
  header: (name: string) => string | null | undefined;
};

/**
 * - `own`: no page asks, or one of this server's own, or a person who follows a link to a page of it.
 * - `configured`: a page of an origin that the operator lets in.
 * - `foreign`: a page of another origin, which only an access token that was made for it may let in.
 * - `refused`: nothing lets it in; `sentence` says what would.
 */
export type Verdict =
  | { kind: "own" }
  | { kind: "configured" | "foreign"; origin: string }
  | { kind: "refused"; sentence: string };

const refused = (sentence: string): Verdict => ({ kind: "refused", sentence });
const OWN: Verdict = { kind: "own" };

/**
 * Decides whether a request may come in at all, before anything else is asked of it: a browser sends it wherever a page
 * wants, with the person's network and cookies, and under any name whose address the page's owner has changed to this
 * machine's. It tells the name that it looked up (`Host`) and the page (`Origin`, `Sec-Fetch-*`), which no page can
 * change. Programs that are not browsers send none of the latter.
 */
export function judge(asking: Asking, settings: DoorSettings): Verdict {
  const host = asking.header("host") ?? "";
  const parsed = parseHost(host);
  if (!parsed || !isOurName(parsed.name, settings)) {
    const name = parsed ? `"${parsed.name}"` : "what the Host header has";
    return refused(
      `This server does not go by the name ${name}: ask for localhost, or name it in MEMOIR_PUBLIC_URL or MEMOIR_ALLOWED_HOSTS.`,
    );
  }
  const origin = asking.header("origin");
  if (origin) return judgeOrigin(asking, { origin, host: parsed.url.host }, settings);
  const site = asking.header("sec-fetch-site");
  if (!site || site === "same-origin" || site === "none" || isVisit(asking)) return OWN;
  return refused("Pages of other sites may not use this server; see MEMOIR_ALLOWED_ORIGINS.");
}

function isOurName(name: string, { hosts, anyAddress, publicOrigin }: DoorSettings): boolean {
  if (isLoopback(name)) return true;
  if (anyAddress && isAddress(name)) return true;
  if (publicOrigin && new URL(publicOrigin).hostname === name) return true;
  return hosts.some((one) => one === "*" || one === name || (one.startsWith("*.") && name.endsWith(one.slice(1))));
}

type Page = { origin: string; host: string };

function judgeOrigin(asking: Asking, { origin, host }: Page, settings: DoorSettings): Verdict {
  const { origins, publicOrigin } = settings;
  if (origin === publicOrigin || origins.includes(origin)) return { kind: "configured", origin };
  if (origin === "null") {
    return refused("A page without an origin (a sandboxed frame, a local file, a redirect) may not use this server.");
  }
  if (origins.includes("*")) return { kind: "configured", origin };
  const site = asking.header("sec-fetch-site");
  const isOwnSite = !site || site === "same-origin" || site === "none";
  if (isOwnSite && isSameOrigin(origin, host, publicOrigin)) return OWN;
  return { kind: "foreign", origin };
}

/** Whether a page's origin is the host that is asked. Behind a proxy the scheme is the page's; where it is known, it counts. */
function isSameOrigin(origin: string, host: string, publicOrigin: string | null): boolean {
  if (!URL.canParse(origin)) return false;
  const page = new URL(origin);
  if (page.origin !== origin || !/^https?:$/.test(page.protocol)) return false;
  if (publicOrigin && new URL(publicOrigin).host === page.host) return false;
  const asked = `${page.protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === page.host;
}

/**
 * Whether one of this server's own pages asks, or a person who opens one: a cookie is believed then and at no other time,
 * since a browser sends it along whoever asks. Without a word of the browser's (some say nothing over plain http) only what
 * changes nothing will do: with all else a browser names the page's origin.
 */
export function isOfOwnPage(asking: Asking, { publicOrigin }: DoorSettings): boolean {
  const { method, header } = asking;
  const site = header("sec-fetch-site");
  const origin = header("origin");
  if (origin) {
    const host = parseHost(header("host") ?? "")?.url.host;
    if (host === undefined || (site && site !== "same-origin")) return false;
    return origin === publicOrigin || isSameOrigin(origin, host, publicOrigin);
  }
  if (site) return site === "same-origin" || (site === "none" && isReading(method)) || isVisit(asking);
  return isReading(method);
}

/** As `isOfOwnPage`, of requests that a browser says are from a page. */
export function isFromOwnPage(asking: Asking, door: DoorSettings): boolean {
  return (asking.header("origin") ?? asking.header("sec-fetch-site")) != null && isOfOwnPage(asking, door);
}

const isReading = (method: string) => method === "GET" || method === "HEAD";

/** What a person may come to by a link or a redirect from anywhere: nothing that does something. */
const VISITED_API =
  /^\/(v1|latest)\/(reference|health|ready|tools\/mcp\/oauth\/callback|sign-in\/[\w-]+\/callback)\/?$|^\/openapi\.json$/;

function isVisit({ method, path, header }: Asking): boolean {
  if (!isReading(method)) return false;
  if (header("sec-fetch-mode") !== "navigate" || header("sec-fetch-dest") !== "document") return false;
  return !isApiPath(path) || VISITED_API.test(path);
}

export function isApiPath(path: string): boolean {
  return /^\/(v1|latest)(?=\/|$)|^\/openapi\.json$|^\/metrics\/?$/.test(path);
}

/** The sentence for a page of an origin that nothing lets in. */
export function foreignSentence(origin: string): string {
  return `Pages of ${origin} may not use this server: let them in with MEMOIR_ALLOWED_ORIGINS=${origin}, or give them a client-side access token.`;
}
