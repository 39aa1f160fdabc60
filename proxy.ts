import { randomBytes } from "node:crypto";
import { type NextRequest, NextResponse } from "next/server";
import { foreignSentence, judge } from "@/lib/server/http/door";
import { pageHeaders } from "@/lib/server/http/secure-headers";

const NONCE_BYTES = 16;

/**
 * What stands before everything that Next serves but the API, which does the same by itself: who may come in, and what a
 * browser may do with a page. The nonce goes on to the page, which gives it to its own scripts and styles.
 */
export function proxy(request: NextRequest): NextResponse {
  const door = globalThis.__memoir?.core.config.door;
  if (!door) return refuse(503, "The server is still starting");
  const verdict = judge(
    { method: request.method, path: request.nextUrl.pathname, header: (name) => request.headers.get(name) },
    door,
  );
  if (verdict.kind === "refused") return refuse(403, verdict.sentence);
  if (verdict.kind === "foreign") return refuse(403, foreignSentence(verdict.origin));

  const nonce = randomBytes(NONCE_BYTES).toString("base64");
  const answered = pageHeaders(nonce, process.env.NODE_ENV === "development");
  const headers = new Headers(request.headers);
  headers.set("x-nonce", nonce);
  headers.set("content-security-policy", answered["content-security-policy"]!);
  const response = NextResponse.next({ request: { headers } });
  for (const [name, value] of Object.entries(answered)) response.headers.set(name, value);
  return response;
}

function refuse(status: number, sentence: string): NextResponse {
  return new NextResponse(sentence, {
    status,
    headers: { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" },
  });
}

/** Bodies that pass through here are kept in memory whole, and cut where they are long: the API's don't. */
export const config = { matcher: "/((?!v1(?:/|$)|latest(?:/|$)|openapi\\.json$).*)" };
