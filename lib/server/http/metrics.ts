import type { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { Core } from "../core/core";
import { ApiError } from "../core/errors";
import { log } from "../core/log";
import {
  databaseConnections,
  httpRequests,
  queuedJobs,
  registry,
  sandboxProcesses,
  watchProcess,
} from "../metrics/metrics";
import { actorOf } from "./auth";
import { isOperator } from "./role-access";

declare module "hono" {
  interface ContextVariableMap {
    /** The path of the row that has the request, with its parameters' names. */
    route?: string;
  }
}

/** Counts requests and how long their answers took to begin. */
export function measureRequests(): MiddlewareHandler {
  return async (c, next) => {
    const startedAt = performance.now();
    await next();
    const labels = { route: c.get("route") ?? "other", method: methodOf(c.req.method), status: String(c.res.status) };
    httpRequests.observe(labels, (performance.now() - startedAt) / 1000);
  };
}

const METHODS = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
const methodOf = (method: string) => (METHODS.has(method) ? method : "other");

/** `GET /metrics`, for who runs this server, and for who has `MEMOIR_METRICS_TOKEN`: its figures are of all organizations. */
export function serveMetrics(app: OpenAPIHono, core: Core): void {
  app.get("/metrics", async (c) => {
    c.set("route", "/metrics");
    const actor = actorOf(c);
    if (actor.policy || !isOperator(actor))
      throw new ApiError(
        "forbidden",
        "The metrics are for who runs this server: its password, or MEMOIR_METRICS_TOKEN",
      );
    watchProcess();
    await look(core);
    return c.body(await registry.metrics(), 200, { "content-type": registry.contentType });
  });
}

/** What is not counted as it happens is looked at now. */
async function look(core: Core): Promise<void> {
  const { processes } = await core.sandbox.report();
  for (const [state, count] of Object.entries(processes)) sandboxProcesses.set({ state }, count);
  const connections = core.db.connections();
  if (connections) for (const [state, count] of Object.entries(connections)) databaseConnections.set({ state }, count);
  queuedJobs.reset();
  const jobs = await core.jobs.depths().catch((error: unknown) => {
    log.warn({ err: error }, "the queue could not be counted");
    return [];
  });
  for (const { kind, state, count } of jobs) queuedJobs.set({ kind, state }, count);
}
