import type { OpenAPIHono } from "@hono/zod-openapi";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { inThread } from "../threads/threads";

let made: Promise<string> | null = null;

/** The document, made once, in a thread. */
function openApi(): Promise<string> {
  made ??= inThread(null, "openApi", null).catch((error: unknown) => {
    made = null;
    throw error;
  });
  return made;
}

/** The OpenAPI document of the endpoint table, and a page for people to read it. */
export function serveReference(app: OpenAPIHono): void {
  app.get("/openapi.json", async (c) => c.body(await openApi(), 200, { "content-type": "application/json" }));
  app.get("/v1/reference", (c) => c.html(referencePage(), 200, { "content-security-policy": POLICY }));
}

/** No script, and no style but its own. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

function referencePage(): string {
  const byResource = new Map<string, string[]>();
  for (const row of ENDPOINTS) {
    const resource = row.id.split(".")[0] ?? "";
    const own = "own" in row && row.own ? ' <span class="own">Memoir</span>' : "";
    const line = `<tr><td class="m">${row.method.toUpperCase()}</td><td><code>${escapeHtml(row.path)}</code>${own}</td><td>${escapeHtml(row.summary)}</td></tr>`;
    byResource.set(resource, [...(byResource.get(resource) ?? []), line]);
  }
  const sections = [...byResource].map(
    ([resource, lines]) =>
      `<section id="${resource}"><h2>${escapeHtml(resource)}</h2><table>${lines.join("")}</table></section>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Memoir API</title><style>${STYLE}</style><main><h1>Memoir API</h1>
<p>Every path works with and without a trailing slash, under <code>/v1</code> and <code>/latest</code>. The shapes are in <a href="/openapi.json">/openapi.json</a>.</p>
${sections.join("\n")}</main></html>`;
}

const STYLE = `:root{color-scheme:light dark}body{font:14px/1.5 system-ui,sans-serif;margin:0}main{max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{font-size:1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}td{border-top:1px solid color-mix(in srgb,currentColor 15%,transparent);padding:.3rem .6rem .3rem 0;vertical-align:top}
.m{width:4.5rem;font-weight:600}code{font-size:.9em;overflow-wrap:anywhere}.own{border:1px solid;border-radius:3px;font-size:.75em;padding:0 .3em}`;

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

declare module "../threads/threads" {
  interface Tasks {
    openApi: { input: null; value: string };
  }
}
