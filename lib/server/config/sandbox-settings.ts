/** How E2B is reached: see the settings of the same names in `env.ts`. Nulls are E2B's own addresses. */
export type E2bSettings = {
  apiKey: string;
  template: string;
  domain: string | null;
  apiUrl: string | null;
  sandboxUrl: string | null;
};

/** How an installation runs tools: see the settings of the same names in `env.ts`. */
export type SandboxSettings = {
  python: "pyodide" | "local" | "e2b";
  /** Where Python's machines are rented; needed for "e2b". */
  e2b: E2bSettings | null;
  /** The most processes alive at once. */
  processes: number;
  /** The most of them that work for one organization at once. */
  processesPerOrganization: number;
  /** The most that any call may have, whatever it asks for. */
  ceilings: { timeoutMs: number; memoryBytes: number };
  /** How long a process waits for the next call before it ends. */
  idleMs: number;
  /** The most processes that are kept for sessions, beside those, and how long each waits for its next call. */
  sessions: { most: number; idleMs: number };
  /** Where Python packages come from, as "simple" pages; null for nowhere. */
  pipIndex: string | null;
  /** Where JavaScript packages come from; null for nowhere. */
  npmRegistry: string | null;
  /** Origins that files of packages may come from, beside those of the two. */
  packageOrigins: string[];
};
