import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { SandboxSettings } from "../../config/sandbox-settings";
import { createSandbox } from "../create-sandbox";
import type { Sandbox, SandboxAgentPort, SandboxCall, SandboxLanguage, SandboxResult } from "../sandbox";

export type TestSandbox = {
  sandbox: Sandbox;
  /** Runs a function (or, with `entry: null`, a script) of the suite's language. */
  run(source: string, call?: Partial<SandboxCall>): Promise<SandboxResult>;
  dataDir: string;
  close(): Promise<void>;
};

const ORGANIZATION = "org-of-the-tests";

export function openTestSandbox(
  language: SandboxLanguage,
  settings: Partial<SandboxSettings> = {},
  options: { allowPrivateUrls?: boolean; dataDir?: string } = {},
): TestSandbox {
  const dataDir = options.dataDir ?? mkdtempSync(path.join(tmpdir(), "memoir-sandbox-test-"));
  const sandbox = createSandbox({
    settings: {
      ...{ python: "pyodide", processes: 4, idleMs: 60_000, sessions: { most: 4, idleMs: 60_000 } },
      ...{ e2b: null, pipIndex: null, npmRegistry: null, packageOrigins: [] },
      ceilings: { timeoutMs: 3_600_000, memoryBytes: 4096 * 1024 * 1024 },
      ...{ processesPerOrganization: settings.processes ?? 4, ...settings },
    },
    dataDir,
    allowPrivateUrls: options.allowPrivateUrls ?? false,
  });
  return {
    sandbox,
    dataDir,
    run: (source, call = {}) =>
      sandbox.run({
        ...{ organizationId: ORGANIZATION, language, source, entry: null, args: {}, env: {} },
        ...call,
        limits: { timeoutMs: 20_000, ...call.limits },
      }),
    async close() {
      await sandbox.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** An agent that keeps what is written to it, and what was asked of it. */
export function fakeAgent(agentId = "agent-own") {
  const blocks = new Map([
    ["human", "Ada likes tea."],
    ["persona", "I am Memoir."],
  ]);
  const passages: { id: string; text: string; tags: string[] }[] = [];
  const shown = (label: string) => ({ label, value: blocks.get(label) ?? "" });
  const port: SandboxAgentPort = {
    agentId,
    state: { id: agentId, name: "Tester", memory: { blocks: [...blocks.keys()].map(shown) } },
    listBlocks: async () => [...blocks.keys()].map(shown),
    async readBlock(label) {
      if (!blocks.has(label)) throw new Error(`no block ${label}`);
      return shown(label);
    },
    async writeBlock(label, value) {
      blocks.set(label, value);
      return shown(label);
    },
    searchArchival: async (query) => passages.filter(({ text }) => text.includes(query)),
    listArchival: async () => passages,
    async insertArchival(text, tags) {
      const passage = { id: `passage-${passages.length}`, text, tags: tags ?? [] };
      passages.push(passage);
      return [passage];
    },
  };
  return { port, blocks, passages };
}

/** Whether this machine can jail a Python of its own. */
export async function hasLocalPython(): Promise<boolean> {
  const box = openTestSandbox("python", { python: "local" });
  const { error } = await box.run("1");
  await box.close();
  return error?.type !== "SandboxError";
}
