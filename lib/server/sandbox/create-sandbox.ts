import path from "node:path";
import type { SandboxSettings } from "../config/sandbox-settings";
import { createPublicFetch } from "../net/public-fetch";
import { SourceError } from "../threads/source-error";
import { inThread } from "../threads/threads";
import { createAnswers } from "./answers";
import { createNodeModules } from "./packages/node-modules";
import { createRegistry } from "./packages/registry";
import { RequirementError } from "./packages/requirement-error";
import { createWheels } from "./packages/wheels";
import { createPool } from "./pool";
import { createOutput, failedResult, toResult } from "./results";
import { SANDBOX_LIMITS, type Sandbox, type SandboxCall, type SandboxLimits, type SandboxResult } from "./sandbox";
import { createSessions } from "./sessions";
import type { Assignment, WorkerKind } from "./worker";
import { createWorkers } from "./workers";

export type SandboxOptions = { settings: SandboxSettings; dataDir: string; allowPrivateUrls: boolean };

/** The sandbox of a server. Nothing starts before the first call. */
export function createSandbox({ settings, dataDir, allowPrivateUrls }: SandboxOptions): Sandbox {
  const workers = createWorkers({ ...settings, dataDir });
  const { owned, start } = workers;
  const pool = createPool({
    ...{ most: settings.processes, mostPerOrganization: settings.processesPerOrganization },
    ...{ idleMs: settings.idleMs, owned, start },
  });
  const sessions = createSessions({ ...settings.sessions, take: pool.take });
  const registryAt = (url: string | null) =>
    url === null ? null : createRegistry({ url, fileOrigins: settings.packageOrigins });
  const registries = { pip: registryAt(settings.pipIndex), npm: registryAt(settings.npmRegistry) };
  // Folders of earlier versions held files under names that others had given them: nothing is read from there.
  const wheels = createWheels({
    ...{ index: registries.pip, folder: path.join(dataDir, "sandbox/kept-wheels"), lend: pool.lend },
  });
  const nodeModules = createNodeModules({
    ...{ registry: registries.npm, folder: path.join(dataDir, "sandbox/kept-modules"), lend: pool.lend },
  });
  const fetch = createPublicFetch({ allowPrivate: allowPrivateUrls });

  async function pythonJob(call: SandboxCall, limits: SandboxLimits) {
    const files = await wheels.wheelsFor(call.organizationId, call.requirements ?? []);
    const packages = files.map((file) => file.path);
    const job = { ...commonJob(call, limits), source: call.source, packages, keep: call.session !== undefined };
    return { job, files };
  }

  async function javascriptJob(call: SandboxCall, limits: SandboxLimits) {
    const isKept = call.session !== undefined;
    const { code, params } = await inThread(call.organizationId, "prepareJavaScript", {
      ...{ source: call.source, entry: call.entry, argNames: Object.keys(call.args), isKept },
    });
    const modules = await nodeModules.modulesFor(call.organizationId, call.requirements ?? []);
    return { job: { ...commonJob(call, limits), code, params, modules }, files: [] };
  }

  function withinCeilings(limits: SandboxLimits): SandboxLimits {
    const { timeoutMs, memoryBytes } = settings.ceilings;
    return {
      ...limits,
      timeoutMs: Math.min(limits.timeoutMs, timeoutMs),
      memoryBytes: Math.min(limits.memoryBytes, memoryBytes),
    };
  }

  type Job = Awaited<ReturnType<typeof pythonJob> | ReturnType<typeof javascriptJob>>;
  const inOrder = createOrder();

  async function run(call: SandboxCall): Promise<SandboxResult> {
    const limits = withinCeilings({ ...SANDBOX_LIMITS, ...call.limits });
    const output = createOutput(limits.outputChars, call.onOutput);
    const kind: WorkerKind = call.language === "python" ? "python" : "javascript";
    const { organizationId, signal, session } = call;
    const keep = session !== undefined;
    try {
      if (keep && call.entry !== null) throw new Error("only a script can run in a session");
      const making: Promise<Job> = kind === "python" ? pythonJob(call, limits) : javascriptJob(call, limits);
      const { job, files } = await (keep ? inOrder(JSON.stringify([organizationId, kind, session]), making) : making);
      const assignment: Assignment = {
        head: { type: "run", outputChars: limits.outputChars, memoryBytes: limits.memoryBytes, keep },
        job: Buffer.from(JSON.stringify(job)),
        files,
        timeoutMs: limits.timeoutMs,
        memoryBytes: limits.memoryBytes,
        signal,
        output: output.write,
        answer: createAnswers(call, fetch),
      };
      const who = { kind, organizationId, signal };
      if (session !== undefined) {
        const { ending, news } = await sessions.run({ ...who, name: session }, (worker) => worker.run(assignment));
        return { ...toResult(ending, limits, output, labelsOf(call)), session: news };
      }
      const ending = await pool.lend(who, (worker) => worker.run(assignment));
      return toResult(ending, limits, output, labelsOf(call));
    } catch (error) {
      return notRun(call, error);
    }
  }

  return {
    run,
    report: async () => ({
      ...{ python: settings.python, walls: await workers.walls() },
      ...{ processes: pool.counts(), sessions: sessions.counts() },
    }),
    async close() {
      fetch.close();
      registries.pip?.close();
      registries.npm?.close();
      await Promise.all([sessions.close(), pool.close()]);
      await workers.close();
    },
  };
}

/** Hands on what is made for one key in the order in which it was asked for: a session runs its calls as they came. */
function createOrder() {
  const last = new Map<string, Promise<unknown>>();
  return async <T>(key: string, making: Promise<T>): Promise<T> => {
    const before = last.get(key);
    const mine = Promise.allSettled([before, making]);
    last.set(key, mine);
    await mine;
    if (last.get(key) === mine) last.delete(key);
    return making;
  };
}

function commonJob(call: SandboxCall, limits: SandboxLimits) {
  const { entry, args, env, agent } = call;
  return {
    ...{ entry, args, env, returnChars: limits.returnChars },
    network: (call.allowedHosts ?? []).length > 0,
    agent: agent ? { id: agent.agentId, state: agent.state } : null,
    functions: call.functions?.names ?? [],
  };
}

/** The blocks that a call may have changed in `agent_state`: those that it was shown. */
function labelsOf({ agent }: SandboxCall): ReadonlySet<string> {
  const { memory, blocks } = agent?.state ?? {};
  const shown = memory && typeof memory === "object" && !Array.isArray(memory) ? (memory.blocks ?? blocks) : blocks;
  if (!Array.isArray(shown)) return new Set();
  const labels = shown.map((block) =>
    block && typeof block === "object" && !Array.isArray(block) ? block.label : null,
  );
  return new Set(labels.filter((label) => typeof label === "string"));
}

function notRun(call: SandboxCall, error: unknown): SandboxResult {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RequirementError) {
    return failedResult("error", { type: "RequirementError", message, traceback: "" });
  }
  if (error instanceof SourceError) return failedResult("error", { type: error.type, message, traceback: "" });
  if (call.signal?.aborted) {
    return failedResult("killed", { type: "CancelledError", message: "The call was cancelled.", traceback: "" });
  }
  return failedResult("error", { type: "SandboxError", message, traceback: "" });
}

const NO_PROCESSES = { processes: { live: 0, busy: 0, most: 0 }, sessions: { live: 0, most: 0 } };

/** Where no tool is meant to run: every call fails. */
export function noSandbox(): Sandbox {
  const error = { type: "SandboxError", message: "This server runs no tools.", traceback: "" };
  return {
    run: async () => failedResult("error", error),
    report: async () => ({ python: "pyodide", walls: [], ...NO_PROCESSES }),
    close: async () => {},
  };
}
