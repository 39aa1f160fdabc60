import type { Sandbox, SandboxResult } from "./sandbox";

/** How an installation runs tools: see the settings of the same names in `env.ts`. */
export type SandboxSettings = {
  python: "pyodide" | "local";
  /** The most processes alive at once. */
  processes: number;
  /** How long a process waits for the next call before it ends. */
  idleMs: number;
  pipIndex: string | null;
  npmRegistry: string | null;
};

export type SandboxOptions = { settings: SandboxSettings; dataDir: string; allowPrivateUrls: boolean };

/** The sandbox of a server. Nothing starts before the first call. */
export function createSandbox(_options: SandboxOptions): Sandbox {
  return noSandbox();
}

/** Where no tool is meant to run: every call fails. */
export function noSandbox(): Sandbox {
  const failed: SandboxResult = {
    status: "error",
    value: null,
    text: "",
    textLength: 0,
    error: { type: "SandboxError", message: "This server runs no tools.", traceback: "" },
    stdout: [],
    stderr: [],
    memoryEdits: [],
    durationMs: 0,
    memoryBytes: 0,
  };
  return {
    run: async () => ({ ...failed }),
    report: async () => ({ python: "pyodide", walls: [], processes: { live: 0, busy: 0, most: 0 } }),
    close: async () => {},
  };
}
