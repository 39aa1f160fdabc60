import type { CallbackReply } from "../mcp/oauth-flow";

/** What a person sees who comes back from an authorization server; programs get the same as JSON. */
export function callbackPage(request: Request, reply: CallbackReply): CallbackReply | Response {
  if (!request.headers.get("accept")?.includes("text/html")) return reply;
  const isDone = reply.status === "success";
  const title = isDone ? "Connected" : "Not connected";
  const next = isDone ? "You can close this window." : "Close this window and try again.";
  const page = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<body style="font-family: system-ui; margin: 4rem auto; max-width: 32rem; padding: 0 1rem">
<h1>${title}</h1><p>${escaped(reply.message)}</p><p>${next}</p></body></html>`;
  return new Response(page, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    },
  });
}

const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`);
