import { execFileSync } from "node:child_process";
import type { SandboxSettings } from "../../config/sandbox-settings";
import { type E2bStandIn, startE2bStandIn } from "./e2b-stand-in";
import { hasLocalPython } from "./open";

export type Implementation = {
  name: string;
  language: "python" | "javascript";
  settings: Partial<SandboxSettings>;
};

/** Whether there is a python3 on this machine, in which the stand-in for E2B runs what it is asked to. */
export const hasPython = (() => {
  try {
    execFileSync("python3", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

/** What the shared suites run over: each implementation that this machine can have. */
export async function implementations(): Promise<{ all: Implementation[]; standIn: E2bStandIn | null }> {
  const standIn = hasPython ? await startE2bStandIn() : null;
  const all: Implementation[] = [
    { name: "Python on Pyodide", language: "python", settings: {} },
    { name: "JavaScript on QuickJS", language: "javascript", settings: {} },
  ];
  // Where no jail can be built, a machine of the stand-in is no machine of its own: its files and names are this one's.
  if (await hasLocalPython()) {
    all.push({ name: "the machine's own Python", language: "python", settings: { python: "local" } });
    if (standIn) {
      const settings = { python: "e2b", e2b: standIn.settings } as const;
      all.push({ name: "Python at E2B (a stand-in)", language: "python", settings });
    }
  }
  return { all, standIn };
}
