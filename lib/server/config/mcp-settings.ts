/** What the operator says about MCP servers. */
export type McpSettings = {
  /** Whether servers may be programs on this machine, and where those are looked for; null refuses them. */
  stdio: { path: string } | null;
  /** How long a server may take to be connected to, and to list its tools. */
  connectMs: number;
  /** How long one call of a tool may take. */
  callMs: number;
  /** How long a connection that nobody uses stays open. */
  idleMs: number;
};

/** What somebody is told who wants a program for a server where that is off. */
export const STDIO_OFF =
  "MCP servers of type stdio are programs on the machine of this server, and off: the operator allows them with MEMOIR_MCP_STDIO=on";
