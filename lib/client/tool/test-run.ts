import type { WireToolExecution } from "@/lib/api/tool-runs";
import { api, unwrap } from "../api/api";
import type { Tool } from "../api/wire";
import type { ToolBody } from "./tool-draft";
import type { SourceLanguage } from "./tools";

/** What came of trying a tool. */
export type TestRun = {
  status: "success" | "error";
  output: string;
  stdout: string;
  stderr: string;
  /** Milliseconds, from the call to its return. */
  durationMs: number;
  /** The most that its code held; null where it has none, or nobody can tell. */
  memoryBytes: number | null;
};

export type Trial = {
  args: Record<string, unknown>;
  /** The agent that it runs for; null for none. */
  agentId: string | null;
  signal: AbortSignal;
};

/** A source with the settings that it runs by. */
export type Tried = {
  code: string;
  language: Exclude<SourceLanguage, "json">;
  settings: Pick<ToolBody, "pip_requirements" | "npm_requirements" | "return_char_limit" | "metadata_">;
};

/** Runs a source and its settings as they stand in the editor, saved or not. */
export async function trySource(
  { code, language, settings }: Tried,
  { args, agentId, signal }: Trial,
): Promise<TestRun> {
  const { pip_requirements, npm_requirements, metadata_ } = settings;
  const said = await unwrap(
    api.POST("/v1/tools/run", {
      body: {
        source_code: code,
        source_type: language,
        args,
        ...(agentId ? { agent_id: agentId } : {}),
        pip_requirements,
        npm_requirements,
        metadata_,
        ...(settings.return_char_limit ? { return_char_limit: settings.return_char_limit } : {}),
      },
      signal,
    }),
  );
  return {
    status: said.status === "success" ? "success" : "error",
    output: textOf(said.tool_return),
    stdout: linesOf(said.stdout),
    stderr: linesOf(said.stderr),
    durationMs: said.duration_ms,
    memoryBytes: said.memory_bytes || null,
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
    ...returnedOf(said),
    stdout: linesOf(said.stdout),
    durationMs: said.duration_ms,
    memoryBytes: said.memory_bytes || null,
  };
}

/** Runs a tool on its MCP server, for no agent. */
export async function tryOnServer(serverId: string, toolId: string, { args, signal }: Trial): Promise<TestRun> {
  const said = await unwrap(
    api.POST("/v1/mcp-servers/{mcp_server_id}/tools/{tool_id}/run", {
      params: { path: { mcp_server_id: serverId, tool_id: toolId } },
      body: { args },
      signal,
    }),
  );
  return {
    status: said.status,
    ...returnedOf(said),
    stdout: linesOf(said.stdout),
    durationMs: said.duration_ms,
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

/** What failed returns nothing: why stands in the place of the return. */
function returnedOf({ status, func_return, stderr }: Pick<WireToolExecution, "status" | "func_return" | "stderr">) {
  return status === "error"
    ? { output: linesOf(stderr), stderr: "" }
    : { output: textOf(func_return), stderr: linesOf(stderr) };
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : (JSON.stringify(value) ?? ""));
const linesOf = (value: unknown): string => (Array.isArray(value) ? value.map(String).join("\n") : "");
