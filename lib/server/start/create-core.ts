import type { Config } from "../config/env";
import type { Core } from "../core/core";
import { createEventHub } from "../core/events";
import { noRelay } from "../core/relay";
import { openDatabase } from "../db/database";
import { resumeParsing } from "../folders/parse-file";
import { createJobQueue } from "../jobs/create-queue";
import { createMcpClients } from "../mcp/clients";
import { createModelRegistry } from "../models/create-registry";
import { createPostgresRelay } from "../relay/postgres-relay";
import { recoverRuns } from "../run/recover";
import { createRunSupervisor } from "../run/supervisor";
import { createSandbox } from "../sandbox/create-sandbox";
import { startIndexFiller } from "../search/fill-index";
import { createTelemetry } from "../telemetry/otlp";
import { openVault } from "../vault/vault-keys";
import { JOB_KINDS } from "./job-kinds";
import { startSweeps } from "./sweeps";

export type CoreOptions = { config: Config; migrations?: string; demoTokenMs?: number };

type Closable = {
  /** Begins no more work in the background, and waits for the runs of this server, up to a time. */
  drain(withinMs: number): Promise<void>;
  close(): Promise<void>;
};

/** Events after which there may be something to index. */
const WRITES: ReadonlySet<string> = new Set(["run", "passage", "file", "agent"]);

/**
 * Opens everything that the server holds: the database (migrated), the vault, the models; ends what a process before
 * left unfinished; and watches over runs from then on.
 */
export async function createCore(options: CoreOptions): Promise<Core & Closable> {
  const { config } = options;
  const db = await openDatabase({
    url: config.databaseUrl,
    dataDir: config.dataDir,
    fsync: config.fsync,
    pool: config.pool,
    ...(options.migrations ? { migrations: options.migrations } : {}),
  });
  const runs = createRunSupervisor(async (core) => {
    await recoverRuns(core);
  }, config.shares.runs);
  const { instanceId, databaseUrl } = config;
  const relay = databaseUrl
    ? createPostgresRelay({ url: config.directDatabaseUrl ?? databaseUrl, instanceId })
    : noRelay();
  const core: Core = {
    config,
    db,
    vault: openVault(config.dataDir, config.keys),
    models: createModelRegistry({
      environment: config.providers,
      defaultModel: config.defaultModel,
      overrides: config.models,
      guard: config,
      ...(options.demoTokenMs !== undefined ? { demoTokenMs: options.demoTokenMs } : {}),
    }),
    relay,
    events: createEventHub(relay),
    runs,
    jobs: createJobQueue(db, JOB_KINDS),
    sandbox: createSandbox({
      settings: config.sandbox,
      dataDir: config.dataDir,
      allowPrivateUrls: config.allowPrivateUrls,
    }),
    mcp: createMcpClients(config.mcp, config.allowPrivateUrls),
    telemetry: config.telemetry && (await createTelemetry(config.telemetry)),
    now: () => new Date(),
    monotonic: () => performance.now(),
  };
  // The embedded database has one process: whatever runs there was left by one that is gone.
  relay.hear("providers", (organizationId) => core.models.refresh(organizationId));
  await recoverRuns(core, db.kind === "pglite");
  runs.start(core);
  await core.jobs.start(core);
  await resumeParsing(core);
  const stopSweeps = startSweeps(core);
  const filler = startIndexFiller(core);
  const stopWatching = core.events.watch(({ type }) => {
    if (WRITES.has(type)) filler.wake();
  });
  let jobsEnd: Promise<void> | null = null;
  const stopJobs = () => {
    jobsEnd ??= core.jobs.stop();
    return jobsEnd;
  };
  return {
    ...core,
    async drain(withinMs) {
      await stopJobs();
      await runs.drain(withinMs);
      core.events.close();
    },
    async close() {
      runs.stop();
      stopSweeps();
      stopWatching();
      await filler.close();
      await stopJobs();
      for (const run of runs.active()) run.abort();
      await runs.drain(5000);
      await relay.close();
      await Promise.all([core.sandbox.close(), core.mcp.close(), core.telemetry?.close()]);
      await db.close();
    },
  };
}
