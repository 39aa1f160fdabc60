import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "./config-error";
import type { Core } from "./core";
import { readConfig } from "./env";

/**
 * The server that `npm start` runs: one port, the REST API directly on node:http, and everything else by Next. The API
 * takes half the time this way that it takes inside a Next route.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dev: { type: "boolean", default: false },
      api: { type: "boolean", default: false },
      "rotate-key": { type: "boolean", default: false },
    },
  });
  // What this process makes is nobody else's to read, wherever it is made.
  process.umask(0o077);
  const config = readConfig();
  // The rest is loaded once it is known that there is a point: it takes longer than finding that out.
  if (values["rotate-key"]) {
    const { rotateKey } = await import("./rotate-key");
    for (const line of await rotateKey(config)) console.log(line);
    process.exit(0);
  }
  await requireFreePort(config.port, config.host);
  const { createCore, createApp, isEmpty, seedPast, getRequestListener } = await import("./serving");
  const core = await createCore({ config });
  await tellUnreadable(core);
  const app = createApp(core);
  globalThis.__memoir = { core, fetch: (request: Request) => app.fetch(request) };
  if (config.seed && (await isEmpty(core))) {
    console.log("Making a past to look at…");
    await seedPast(core);
  }

  const api = getRequestListener(app.fetch, { overrideGlobalObjects: false });
  const web = values.api ? null : await webHandler(config.host, config.port, values.dev);
  const server = createServer((request, response) => {
    if (isApi(request)) void api(request, response);
    else if (web) void web(request, response);
    else void api(request, response);
  });
  server.requestTimeout = 0;
  server.keepAliveTimeout = 65_000;
  await listen(server, config.port, config.host);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : config.port;
  console.log(
    `Memoir is on http://${config.host.includes(":") ? `[${config.host}]` : config.host === "127.0.0.1" ? "localhost" : config.host}:${port} (${core.db.kind}, search: ${core.db.vector ? "text and vectors" : "text only, this Postgres has no pgvector"})`,
  );

  const stop = () => {
    server.close();
    server.closeAllConnections();
    core.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once("SIGINT", stop);
  process.once("SIGTERM", stop);
}

/** `/latest` is another name of `/v1`. */
function isApi(request: IncomingMessage): boolean {
  const url = request.url ?? "/";
  if (/^\/latest(?=[/?]|$)/.test(url)) request.url = url.replace("/latest", "/v1");
  return /^\/(v1|latest)(?=[/?]|$)|^\/openapi\.json(?=\?|$)/.test(url);
}

type WebHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

async function webHandler(hostname: string, port: number, dev: boolean): Promise<WebHandler> {
  const { default: next } = await import("next");
  const web = next({ dev, dir: path.resolve("."), hostname, port });
  await web.prepare();
  return web.getRequestHandler();
}

/** @throws ConfigError for a port that is taken: to know it now is better than after all is prepared. */
async function requireFreePort(port: number, host: string): Promise<void> {
  const probe = createServer();
  await listen(probe, port, host);
  await new Promise((resolve) => probe.close(resolve));
}

const MOST_TOLD = 20;

/** Says which secrets can't be read, and why: only what needs them fails. */
async function tellUnreadable({ db, vault }: Core): Promise<void> {
  const { unreadableSecrets } = await import("./sealed");
  const lost = await unreadableSecrets(db, vault);
  if (lost.length === 0) return;
  console.error(
    `${lost.length} secrets can't be read, because they were sealed with another key than this server has (secret.key in the data folder, or MEMOIR_SECRET_KEY). Put that key back and start again, or give the secrets anew. All else works.`,
  );
  for (const what of lost.slice(0, MOST_TOLD)) console.error(`  ${what}`);
  if (lost.length > MOST_TOLD) console.error(`  and ${lost.length - MOST_TOLD} more`);
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(new ConfigError(listenProblem(error, port, host)));
    });
    server.listen(port, host, resolve);
  });
}

function listenProblem({ code, message }: NodeJS.ErrnoException, port: number, host: string): string {
  if (code === "EADDRINUSE") return `Port ${port} is in use. Stop what uses it, or choose another: PORT=8284 npm start`;
  if (code === "EACCES") return `Port ${port} is not for this user. Choose one above 1023: PORT=8284 npm start`;
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return `HOST=${host} is not an address of this machine (${code}). Leave it out for this machine alone, or set it to 0.0.0.0 for all.`;
  }
  return `HOST=${host} and PORT=${port} can't be listened on: ${message}`;
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
});
