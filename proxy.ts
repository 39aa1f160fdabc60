import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { accessModeOf } from "@/lib/server/config/access-mode";
import type { DoorSettings } from "@/lib/server/config/door-settings";
import { isLoopback, parseHost } from "@/lib/server/config/host-names";
import { type Asking, foreignSentence, judge } from "@/lib/server/http/door";
import { pageHeaders } from "@/lib/server/http/secure-headers";
import { cameByHttps } from "@/lib/server/http/session-cookie";

const NONCE_BYTES = 16;
const SIGN_IN = "/sign-in";
/** Pages that links lead to which people are given, where they have accounts: the link itself says what one may. */
const LINKED = new Set(["/join", "/reset-password"]);

/**
 * What stands before everything that Next serves but the API, which does the same by itself: who may come in, and what a
 * browser may do with a page. The nonce goes on to the page, which gives it to its own scripts and styles. Who is not signed
 * in is shown the sign-in in place of any page, under the page's own address: to come back is to load it again, and no
 * address says where to go.
 */
export async function proxy(request: NextRequest): Promise<NextResponse> {
  const memoir = globalThis.__memoir;
  if (!memoir) return refuse(503, "The server is still starting");
  const { door } = memoir.core.config;
  const mode = accessModeOf(memoir.core.config);
  const { pathname } = request.nextUrl;
  const asking: Asking = {
    method: request.method,
    path: pathname,
    header: (name) => request.headers.get(name),
  };
  const verdict = judge(asking, door);
  if (verdict.kind === "refused") return refuse(403, verdict.sentence);
  if (verdict.kind === "foreign") return refuse(403, foreignSentence(verdict.origin));

  const nonce = randomBytes(NONCE_BYTES).toString("base64");
  const answered = pageHeaders(nonce, process.env.NODE_ENV === "development", isTrusted(asking, door));
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", answered["content-security-policy"]!);
  const isOpen = isForEverybody(pathname) || (mode === "accounts" && LINKED.has(pathname));
  const isAdmitted = isOpen || (await memoir.admitsPage(asking));
  const response =
    isAdmitted && pathname === SIGN_IN
      ? NextResponse.redirect(new URL("/", request.url))
      : isAdmitted || pathname === SIGN_IN
        ? NextResponse.next({ request: { headers } })
        : NextResponse.rewrite(signInAddress(request), { request: { headers } });
  for (const [name, value] of Object.entries(answered)) response.headers.set(name, value);
  // What a page is depends on who asks: nobody else's copy will do.
  if (mode !== "alone" && !isForEverybody(pathname)) response.headers.set("cache-control", "private, no-store");
  return response;
}

/** The sign-in, with why who came back from an identity provider is not in. */
function signInAddress({ nextUrl, url }: NextRequest): URL {
  const address = new URL(SIGN_IN, url);
  const problem = nextUrl.searchParams.get("problem");
  if (problem !== null) address.searchParams.set("problem", problem);
  return address;
}

/** What the sign-in itself is made of, which is the same for everybody and holds nothing of anybody's. */
function isForEverybody(path: string): boolean {
  return path.startsWith("/_next/static/") || path === "/icon.svg";
}

/** Over https, or on this machine. */
function isTrusted({ header }: Asking, { publicOrigin }: DoorSettings): boolean {
  const host = parseHost(header("host") ?? "")?.name ?? "";
  return isLoopback(host) || cameByHttps(header) || publicOrigin?.startsWith("https:") === true;
}

function refuse(status: number, sentence: string): NextResponse {
  return new NextResponse(sentence, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}

/** Bodies that pass through here are kept in memory whole, and cut where they are long: the API's don't. */
export const config = { matcher: "/((?!v1(?:/|$)|latest(?:/|$)|openapi\\.json$|metrics/?$).*)" };
