import type { McpSettings } from "../config/mcp-settings";
import { createPublicFetch, type PublicFetch } from "../net/public-fetch";
import { createMcpPool, type McpPool } from "./pool";

/** What the process holds to talk to MCP servers. */
export type McpClients = {
  pool: McpPool;
  fetch: PublicFetch;
  /** Ends every connection and every program that was started. */
  close(): Promise<void>;
};

export function createMcpClients(settings: McpSettings, allowPrivateUrls: boolean): McpClients {
  const pool = createMcpPool(settings);
  const fetch = createPublicFetch({ allowPrivate: allowPrivateUrls });
  return {
    pool,
    fetch,
    async close() {
      await pool.close();
      fetch.close();
    },
  };
}

declare module "../core/core" {
  interface Core {
    mcp: McpClients;
  }
}
