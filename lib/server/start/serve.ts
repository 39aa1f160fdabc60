import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parseArgs } from "node:util";
import { ConfigError } from "../config/config-error";
import { type Config, readConfig } from "../config/env";
import { isLoopback } from "../config/host-names";
import type { Core } from "../core/core";
import { configureLog, log } from "../core/log";
import { createDoorServer, type NodeHandler } from "../http/door-server";
import { sayAccess } from "./say-access";

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
      "reset-password": { type: "string" },
      backup: { type: "string" },
      restore: { type: "string" },
    },
  });
  // What this process makes is nobody else's to read, wherever it is made.
  process.umask(0o077);
  const config = readConfig();
  configureLog(config.log, config.secrets);
  // The rest is loaded once it is known that there is a point: it takes longer than finding that out.
  if (values["rotate-key"]) {
    const { rotateKey } = await import("./rotate-key");
    for (const line of await rotateKey(config)) console.log(line);
    process.exit(0);
  }
  if (values["reset-password"] !== undefined) {
    const { resetPasswordOf } = await import("./reset-password");
    for (const line of await resetPasswordOf(config, values["reset-password"])) console.log(line);
    process.exit(0);
  }
  if (values.backup !== undefined) {
    const { backUp } = await import("../backup/backup");
    for (const line of await backUp(config, values.backup)) console.log(line);
    process.exit(0);
  }
  if (values.restore !== undefined) {
    const { restore } = await import("../backup/restore");
    for (const line of await restore(config, values.restore)) console.log(line);
    process.exit(0);
  }
  await requireFreePort(config.port, config.host);
  const { createCore, createApp, createGate, entranceOf, isEmpty, seedPast, tellFirstAccount, getRequestListener } =
    await import("./serving");
  const core = await createCore({ config });
  await tellUnreadable(core);
  const gate = createGate(core);
  const app = createApp(core, gate);
  globalThis.__memoir = {
    core,
    fetch: (request: Request) => app.fetch(request),
    admitsPage: gate.admitsPage,
    permissionsOf: gate.permissionsOf,
    entrance: () => entranceOf(core),
  };
  if (config.seed && (await isEmpty(core))) {
    log.info({}, "Making a past to look at…");
    await seedPast(core);
  }

  const api = getRequestListener(app.fetch, { overrideGlobalObjects: false }) as NodeHandler;
  const web = values.api ? null : await webHandler(config.host, config.port, values.dev);
  let isStopping = false;
  const server = createDoorServer({ api, web, config, isStopping: () => isStopping });
  await listen(server, config.port, config.host);
  const { port } = server.address() as AddressInfo;
  const search = core.db.vector ? "text and vectors" : "text only, this Postgres has no pgvector";
  log.info({ port }, `Memoir is on ${addressOf(config, port)} (${core.db.kind}, search: ${search})`);
  log.info({}, sayAccess(config));
  await tellFirstAccount(core);

  const end = () => {
    server.closeAllConnections();
    core.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  // Whoever has more than one server, or means to start it again, lets runs come to their end; who asks twice does not.
  const finish = async () => {
    if (core.runs.active().length > 0) log.info({ runs: core.runs.active().length }, "Runs are brought to their end…");
    await core.drain(config.drainMs);
    await Promise.race([new Promise((resolve) => server.close(resolve)), pause(LAST_FRAMES_MS)]);
  };
  const stop = (patient: boolean) => {
    if (isStopping) return end();
    isStopping = true;
    server.close();
    if (patient)
      void finish()
        .catch(() => {})
        .then(end);
    else end();
  };
  process.on("SIGINT", () => stop(false));
  process.on("SIGTERM", () => stop(true));
}

function addressOf({ host }: Config, port: number): string {
  const name = host.includes(":") ? `[${host}]` : host === "127.0.0.1" ? "localhost" : host;
  return `http://${name}:${port}`;
}

async function webHandler(hostname: string, port: number, dev: boolean): Promise<NodeHandler> {
  const { default: next } = await import("next");
  // Next calls every loopback address localhost in what it rewrites, and takes another name for another server.
  const name = isLoopback(hostname) ? "localhost" : hostname;
  const web = next({ dev, dir: path.resolve("."), hostname: name, port });
  await web.prepare();
  return web.getRequestHandler();
}

/** @throws ConfigError for a port that is taken: to know it now is better than after all is prepared. */
async function requireFreePort(port: number, host: string): Promise<void> {
  const probe = createServer();
  await listen(probe, port, host);
  await new Promise((resolve) => probe.close(resolve));
}

/** What runs that ended have still to send. */
const LAST_FRAMES_MS = 500;
const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

const MOST_TOLD = 20;

/** Says which secrets can't be read, and why: only what needs them fails. */
async function tellUnreadable({ db, vault }: Core): Promise<void> {
  const { unreadableSecrets } = await import("../vault/sealed");
  const lost = await unreadableSecrets(db, vault);
  if (lost.length === 0) return;
  log.warn(
    { secrets: lost.slice(0, MOST_TOLD), more: Math.max(0, lost.length - MOST_TOLD) },
    `${lost.length} secrets can't be read, because they were sealed with another key than this server has (secret.key in the data folder, or MEMOIR_SECRET_KEY). Put that key back and start again, or give the secrets anew. All else works.`,
  );
}

function listen(server: Server, port: number, host: string): Promise<void> {
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
