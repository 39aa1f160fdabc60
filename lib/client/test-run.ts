import type { WireToolExecution } from "@/lib/api/tool-runs";
import { api, unwrap } from "./api";
import type { SourceLanguage } from "./tools";
import type { Tool } from "./wire";

/** What came of trying a tool. */
export type TestRun = {
  status: "success" | "error";
  output: string;
  stdout: string;
  stderr: string;
  /** Milliseconds: of the call itself, or, where the server does not say, from here and back. */
  durationMs: number;
  isRoundTrip: boolean;
  memoryBytes: number | null;
};

export type Trial = {
  args: Record<string, unknown>;
  /** The agent that it runs for; null for none. */
  agentId: string | null;
  signal: AbortSignal;
};

/** Runs a source as it stands in the editor, saved or not. */
export async function trySource(
  source: { code: string; language: Exclude<SourceLanguage, "json">; tool: Tool | null },
  { args, agentId, signal }: Trial,
): Promise<TestRun> {
  const { tool } = source;
  const started = performance.now();
  const said = await unwrap(
    api.POST("/v1/tools/run", {
      body: {
        source_code: source.code,
        source_type: source.language,
        args,
        ...(agentId ? { agent_id: agentId } : {}),
        ...(tool?.pip_requirements ? { pip_requirements: tool.pip_requirements } : {}),
        ...(tool?.npm_requirements ? { npm_requirements: tool.npm_requirements } : {}),
        ...(tool ? { return_char_limit: tool.return_char_limit, metadata_: tool.metadata_ } : {}),
      },
      signal,
    }),
  );
  return {
    status: said.status === "success" ? "success" : "error",
    output: textOf(said.tool_return),
    stdout: linesOf(said.stdout),
    stderr: linesOf(said.stderr),
    durationMs: performance.now() - started,
    isRoundTrip: true,
    memoryBytes: null,
  };
}

/** Runs a tool that is attached to an agent, as the agent would. */
export async function tryForAgent(
  name: string,
  { args, agentId, signal }: Trial & { agentId: string },
): Promise<TestRun> {
  const path = { agent_id: agentId, tool_name: name };
  const said: WireToolExecution = await unwrap(
    api.POST("/v1/agents/{agent_id}/tools/{tool_name}/run", { params: { path }, body: { args }, signal }),
  );
  return {
    status: said.status,
    output: textOf(said.func_return),
    stdout: linesOf(said.stdout),
    stderr: linesOf(said.stderr),
    durationMs: said.duration_ms,
    isRoundTrip: false,
    memoryBytes: said.memory_bytes,
  };
}

/** Runs a tool on its MCP server, for no agent. */
export async function tryOnServer(serverId: string, toolId: string, { args, signal }: Trial): Promise<TestRun> {
  const started = performance.now();
  const said = await unwrap(
    api.POST("/v1/mcp-servers/{mcp_server_id}/tools/{tool_id}/run", {
      params: { path: { mcp_server_id: serverId, tool_id: toolId } },
      body: { args },
      signal,
    }),
  );
  return {
    status: said.status,
    output: textOf(said.func_return),
    stdout: linesOf(said.stdout),
    stderr: linesOf(said.stderr),
    durationMs: performance.now() - started,
    isRoundTrip: true,
    memoryBytes: null,
  };
}

/** The id of the server that an MCP tool runs on, as the server keeps it with the tool. */
export function serverIdOf(tool: Pick<Tool, "metadata_">): string | null {
  const { mcp } = tool.metadata_;
  return typeof mcp === "object" && mcp !== null && "server_id" in mcp && typeof mcp.server_id === "string"
    ? mcp.server_id
    : null;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
const linesOf = (value: unknown): string => (Array.isArray(value) ? value.map(String).join("\n") : "");
