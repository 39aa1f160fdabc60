import type { MiddlewareHandler } from "hono";

/** What every answer tells a browser: to take it for what it says it is, to show it in no frame, to tell nobody of it. */
const EVERYWHERE: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin-allow-popups",
  "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
};

/** Of what the API answers nothing is a page: what somebody uploaded does nothing when a browser opens it. */
const API_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox";

/** The headers of the API's answers; those that an answer has already stay. */
export function secureHeaders(): MiddlewareHandler {
  return async (c, next) => {
    await next();
    for (const [name, value] of Object.entries({ ...EVERYWHERE, "content-security-policy": API_POLICY })) {
      if (!c.res.headers.has(name)) c.header(name, value);
    }
  };
}

/**
 * The headers of a page. Scripts run that carry the nonce or were loaded by one that does; style elements carry it too,
 * while the style attributes that components are rendered with can do no more than look. Remote images are there for what
 * a person asks to be loaded (see `components/transcript/markdown.tsx`); nothing is sent elsewhere.
 *
 * @param isDev the bundler's own evaluations and its socket are let in.
 * @param isTrusted whether browsers take the address for safe; of others they ignore the opener's policy, and complain.
 */
export function pageHeaders(nonce: string, isDev: boolean, isTrusted = true): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic'${isDev ? " 'unsafe-eval'" : ""}`,
    isDev ? "style-src 'self' 'unsafe-inline'" : `style-src 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data: blob: https: http:",
    "font-src 'self'",
    `connect-src 'self'${isDev ? " ws:" : ""}`,
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-src 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const { "cross-origin-opener-policy": opener, ...others } = EVERYWHERE;
  return {
    ...others,
    ...(isTrusted ? { "cross-origin-opener-policy": opener! } : {}),
    "content-security-policy": policy,
  };
}
