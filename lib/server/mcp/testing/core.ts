import type { WireMcpServer } from "@/lib/api/mcp";
import type { WireTool } from "@/lib/api/tools";
import { readConfig } from "../../config/env";
import { openTestCore, type TestCore } from "../../testing/harness";

export type McpCore = TestCore & {
  /** Adds a server by the API. */
  add(serverName: string, config: Record<string, unknown>): Promise<WireMcpServer>;
  toolsOf(id: string): Promise<WireTool[]>;
};

/** Settings under which servers of this machine may be used, and slow ones are given up soon. */
export const openSettings = (changes: Record<string, string> = {}) =>
  readConfig({
    MEMOIR_SEED: "off",
    MEMOIR_ALLOW_PRIVATE_URLS: "on",
    MEMOIR_MCP_STDIO: "on",
    MEMOIR_ALLOWED_HOSTS: "*.test",
    MEMOIR_MCP_CONNECT_MS: "20000",
    MEMOIR_MCP_CALL_MS: "20000",
    PATH: process.env.PATH,
    ...changes,
  });

export async function openMcpCore(changes: Record<string, string> = {}): Promise<McpCore> {
  const t = await openTestCore({ config: openSettings(changes) });
  return {
    ...t,
    async add(server_name, config) {
      const answer = await t.api<WireMcpServer>("POST", "/v1/mcp-servers/", { server_name, config });
      if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body;
    },
    toolsOf: async (id) => (await t.api<WireTool[]>("GET", `/v1/mcp-servers/${id}/tools`)).body,
  };
}
