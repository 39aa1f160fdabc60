import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { parseArgs } from "node:util";
import { getRequestListener } from "@hono/node-server";
import next from "next";
import { createCore } from "./create-core";
import { DataDirHeldError } from "./db/data-dir";
import { ConfigError, readConfig } from "./env";
import { createApp } from "./http/app";
import { isEmpty, seedPast } from "./seed/seed";

/**
 * The server that `npm start` runs: one port, the REST API directly on node:http, and everything else by Next. The API
 * takes half the time this way that it takes inside a Next route.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { dev: { type: "boolean", default: false }, api: { type: "boolean", default: false } },
  });
  const config = readConfig();
  const core = await createCore({ config });
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
  const web = next({ dev, dir: path.resolve("."), hostname, port });
  await web.prepare();
  return web.getRequestHandler();
}

function listen(server: ReturnType<typeof createServer>, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = error.code === "EADDRINUSE";
      reject(
        taken
          ? new ConfigError(`Port ${port} is in use. Stop what uses it, or choose another: PORT=8284 npm start`)
          : error,
      );
    });
    server.listen(port, host, resolve);
  });
}

main().catch((error: unknown) => {
  const told = error instanceof ConfigError || error instanceof DataDirHeldError;
  console.error(told ? error.message : error);
  process.exit(1);
});
