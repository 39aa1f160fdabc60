import type { Sandbox, SandboxCall, SandboxResult } from "../sandbox/sandbox";

/** What a test's code does: answers a result, or the parts of one that matter. */
export type FakeCode = (call: SandboxCall) => Promise<Partial<SandboxResult>> | Partial<SandboxResult>;

export type FakeSandbox = Sandbox & {
  /** What was run, in order. */
  calls: SandboxCall[];
  /** Says what the function of this name (or, for a script, this text) does. */
  on(entryOrSource: string, code: FakeCode): void;
};

/** A sandbox that runs nothing: each function does what its test says. */
export function createFakeSandbox(): FakeSandbox {
  const codes = new Map<string, FakeCode>();
  const calls: SandboxCall[] = [];
  return {
    calls,
    on: (name, code) => void codes.set(name, code),
    async run(call) {
      calls.push(call);
      const code = codes.get(call.entry ?? call.source);
      if (!code) throw new Error(`the test has no code for ${call.entry ?? call.source}`);
      return { ...NOTHING, ...(await code(call)) };
    },
    report: async () => ({ python: "pyodide", walls: [], ...NO_PROCESSES }),
    close: async () => {},
  };
}

const NO_PROCESSES = { processes: { live: 0, busy: 0, most: 0 }, sessions: { live: 0, most: 0 } };

const NOTHING: SandboxResult = {
  status: "success",
  value: null,
  text: "None",
  textLength: 4,
  error: null,
  stdout: [],
  stderr: [],
  memoryEdits: [],
  durationMs: 1,
  memoryBytes: 1024,
};

/** The parts of a result that returned this text. */
export function returned(text: string): Partial<SandboxResult> {
  return { value: text, text, textLength: text.length };
}

/** The parts of a result that threw. */
export function threw(type: string, message: string): Partial<SandboxResult> {
  return {
    status: "error",
    text: "",
    textLength: 0,
    error: { type, message, traceback: `Traceback\n${type}: ${message}` },
  };
}
