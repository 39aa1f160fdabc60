/** What JSON can say. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export type SandboxLanguage = "python" | "javascript" | "typescript";

/** A package that a tool asks for; null takes the newest version. */
export type Requirement = { name: string; version: string | null };

export type SandboxLimits = {
  /** Wall clock from the moment that the code starts, in milliseconds; what it waits for counts. */
  timeoutMs: number;
  /** The most memory that the code may take beyond its interpreter's own, in bytes. */
  memoryBytes: number;
  /** The most characters kept of stdout and stderr together; writing ten times as many ends the call. */
  outputChars: number;
  /** The longest return, in characters; a longer one is cut, and `value` is null. */
  returnChars: number;
};

export const SANDBOX_LIMITS: SandboxLimits = {
  timeoutMs: 180_000,
  memoryBytes: 256 * 1024 * 1024,
  outputChars: 200_000,
  returnChars: 1_000_000,
};

/** A block as a tool sees it: the wire's block, of which these are the parts that the sandbox itself reads. */
export type SandboxBlock = { label: string; value: string; [key: string]: Json };

/**
 * The narrow channel to the one agent that a tool runs for. The server answers; nothing that a tool sends can name
 * another agent. A method that throws gives the tool an exception with the error's message.
 */
export type SandboxAgentPort = {
  agentId: string;
  /** The agent as the API shows it, given up front: `agent_state` of a function that declares it. */
  state: { [key: string]: Json };
  listBlocks(): Promise<SandboxBlock[]>;
  /** @throws when the agent has no block of that label. */
  readBlock(label: string): Promise<SandboxBlock>;
  writeBlock(label: string, value: string): Promise<SandboxBlock>;
  searchArchival(query: string, options: { tags: string[] | null; limit: number | null }): Promise<Json[]>;
  listArchival(options: { limit: number | null; after: string | null }): Promise<Json[]>;
  insertArchival(text: string, tags: string[] | null): Promise<Json[]>;
};

/** Functions of the server that the code may call by name, with keyword arguments (an object in JavaScript). */
export type SandboxFunctions = {
  names: string[];
  call(name: string, args: { [key: string]: Json }): Promise<Json>;
};

export type SandboxCall = {
  /** A process that ran code of one organization never runs code of another. */
  organizationId: string;
  language: SandboxLanguage;
  source: string;
  /** The function to call with `args`; null runs the source as a script, whose last expression is the result. */
  entry: string | null;
  /** Keyword arguments; in JavaScript the entry's parameters are filled by name, or by one object that it destructures. */
  args: Record<string, unknown>;
  /** The whole environment that the code sees. */
  env: Record<string, string>;
  limits?: Partial<SandboxLimits>;
  /** Host names that the code may fetch from ("example.org", "*.example.org"); no network at all when empty. */
  allowedHosts?: string[];
  requirements?: Requirement[];
  agent?: SandboxAgentPort | null;
  functions?: SandboxFunctions | null;
  /**
   * Runs the script in a process of its own, kept under this name: variables, functions, imports and files that earlier
   * calls of the organization left there, in the same language, are there still. Calls of one session wait for each other.
   */
  session?: string;
  /** Hears stdout and stderr while the code runs, in order, up to `outputChars`. */
  onOutput?: (stream: "stdout" | "stderr", text: string) => void;
  signal?: AbortSignal;
};

export type SandboxError = {
  /** The exception's class, or the sandbox's own `TimeoutError`, `MemoryError`, `OutputLimitError`, `CancelledError`, `RequirementError`, `SandboxError`. */
  type: string;
  message: string;
  traceback: string;
};

/** What became of the session that a call named. */
export type SessionNews = {
  began: "started" | "continued";
  /** Why what earlier calls left is gone, in words; null where nothing of it is known. */
  lost: string | null;
  /** Why the session ended with this call; null where it goes on. */
  ended: string | null;
};

export type SandboxResult = {
  /** `timeout` past `timeoutMs`; `killed` for memory, output, cancellation, or a process that died; `error` when the code threw. */
  status: "success" | "error" | "timeout" | "killed";
  /** What was returned, as JSON; null when it can't be said in JSON, or when it was cut. */
  value: Json;
  /** The return as Letta shows it: a string is itself, a dict is JSON, all else is Python's `str()` (in JavaScript: JSON). */
  text: string;
  /** Characters of the whole return before it was cut to `returnChars`. */
  textLength: number;
  error: SandboxError | null;
  /** Lines. */
  stdout: string[];
  stderr: string[];
  /** Blocks of `agent_state.memory` that the code left with another value than it was given. The caller saves them. */
  memoryEdits: { label: string; value: string }[];
  durationMs: number;
  /** The most memory that the code held, in bytes, never 0; null where it ended before that could be measured. */
  memoryBytes: number | null;
  /** Only for a call that named a session, and ran. */
  session?: SessionNews;
};

/** What an installation's sandbox is, for the settings page and health. */
export type SandboxReport = {
  python: "pyodide" | "local" | "e2b";
  /** Walls around each process that this machine offers, outermost first. */
  walls: string[];
  processes: { live: number; busy: number; most: number };
  /** Processes that are kept for a session, beside those. */
  sessions: { live: number; most: number };
};

/** Runs code that nobody trusts. */
export interface Sandbox {
  /** Runs one call. Whatever the code does is in the result; @throws never for what the code did. */
  run(call: SandboxCall): Promise<SandboxResult>;
  report(): Promise<SandboxReport>;
  /** Ends all processes. A call that is running gets `killed`. */
  close(): Promise<void>;
}

declare module "../core/core" {
  interface Core {
    sandbox: Sandbox;
  }
}
