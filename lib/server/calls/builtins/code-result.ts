import type { SandboxResult } from "../../sandbox/sandbox";

/** What `run_code` answers (contract §3.7, Built-ins): `error` only where the code threw. */
export type CodeResult = {
  results: string[];
  logs: { stdout: string[]; stderr: string[] };
  error?: { name: string; value: string; traceback: string };
};

export function toCodeResult({ status, text, error, stdout, stderr }: SandboxResult): CodeResult {
  const isNothing = status !== "success" || text === "None" || text === "null" || text === "undefined" || text === "";
  return {
    results: isNothing ? [] : [text],
    logs: { stdout, stderr },
    ...(error && { error: { name: error.type, value: error.message, traceback: error.traceback } }),
  };
}
