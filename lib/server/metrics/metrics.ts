import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/**
 * What this process counts, in Prometheus' form. No label is an id, a name that a tenant gave, or a path as it was asked:
 * series stay few, and tell nothing of anybody. Of models the first fifty are told apart.
 */
export const registry = new Registry();
const registers = [registry];
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

export const httpRequests = new Histogram({
  name: "memoir_http_request_duration_seconds",
  help: "Until an answer began, by route, method and status",
  labelNames: ["route", "method", "status"],
  buckets: SECONDS,
  registers,
});
export const runsStarted = new Counter({ name: "memoir_runs_started_total", help: "Runs begun here", registers });
export const runsEnded = new Counter({
  name: "memoir_runs_ended_total",
  help: "Runs ended here, by stop reason",
  labelNames: ["stop_reason"],
  registers,
});
export const modelCalls = new Histogram({
  name: "memoir_model_call_duration_seconds",
  help: "Each time that a model was asked, by provider, model and outcome",
  labelNames: ["provider", "model", "outcome"],
  buckets: SECONDS,
  registers,
});
export const modelTokens = new Counter({
  name: "memoir_model_tokens_total",
  help: "Tokens that models were given and gave: input, cached (of the input) and output",
  labelNames: ["provider", "model", "kind"],
  registers,
});
export const toolCalls = new Histogram({
  name: "memoir_tool_call_duration_seconds",
  help: "Calls of tools, by outcome",
  labelNames: ["outcome"],
  buckets: SECONDS,
  registers,
});
export const sandboxProcesses = new Gauge({
  name: "memoir_sandbox_processes",
  help: "Processes of the sandbox: live, busy, and the most there may be",
  labelNames: ["state"],
  registers,
});
export const queuedJobs = new Gauge({
  name: "memoir_queue_jobs",
  help: "Jobs of all servers of this database that wait or are worked on, by kind and state",
  labelNames: ["kind", "state"],
  registers,
});
export const databaseConnections = new Gauge({
  name: "memoir_database_connections",
  help: "Connections to a Postgres server: open, idle, and the most; waiting is who waits for one",
  labelNames: ["state"],
  registers,
});

const MOST_MODELS = 50;
const known = new Set<string>();

/** Labels of a model: `other` once there are too many. */
export function modelLabels(provider: string, model: string): { provider: string; model: string } {
  const key = JSON.stringify([provider, model]);
  if (!known.has(key) && known.size >= MOST_MODELS) return { provider: "other", model: "other" };
  known.add(key);
  return { provider, model };
}

let watching = false;

/** Begins to watch the process itself: event loop, memory, processor, garbage collection. */
export function watchProcess(): void {
  if (watching) return;
  watching = true;
  collectDefaultMetrics({ register: registry });
}
