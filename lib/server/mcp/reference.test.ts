import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WireMcpServer, WireMcpStatus, WireMcpToolResult } from "@/lib/api/mcp";
import { type McpCore, openMcpCore } from "./testing/core";
import { programOf, startEverything } from "./testing/reference";

let t: McpCore;
let folder: string;
beforeAll(async () => {
  t = await openMcpCore();
  folder = mkdtempSync(path.join(tmpdir(), "memoir-test-"));
});
afterAll(async () => {
  await t.close();
  rmSync(folder, { recursive: true, force: true });
});

async function run(
  server: WireMcpServer,
  name: string,
  args: Record<string, unknown> = {},
): Promise<WireMcpToolResult> {
  const tool = (await t.toolsOf(server.id)).find((one) => one.name === name);
  if (!tool) throw new Error(`no tool ${name}`);
  const answer = await t.api<WireMcpToolResult>("POST", `/v1/mcp-servers/${server.id}/tools/${tool.id}/run`, { args });
  if (answer.status !== 200) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const node = (program: string, ...args: string[]) => ({
  mcp_server_type: "stdio",
  command: process.execPath,
  args: [program, ...args],
});
const script = (code: string) => ({ mcp_server_type: "stdio", command: process.execPath, args: ["-e", code] });
const remove = (server: WireMcpServer) => t.api("DELETE", `/v1/mcp-servers/${server.id}`);
const statusOf = async (server: WireMcpServer) =>
  (await t.api<WireMcpStatus>("GET", `/v1/mcp-servers/${server.id}/status`)).body;

describe.each(["stdio", "sse", "streamable_http"] as const)("the reference server over %s", (type) => {
  it("has its tools listed and run", async () => {
    const remote = type === "stdio" ? null : await startEverything(type === "sse" ? "sse" : "streamableHttp");
    const config = remote ? { mcp_server_type: type, server_url: remote.url } : node(programOf("everything"));
    const server = await t.add(`everything over ${type}`, config);
    try {
      const names = (await t.toolsOf(server.id)).map((tool) => tool.name);
      expect(names).toEqual(expect.arrayContaining(["echo", "get-sum", "get-tiny-image", "get-structured-content"]));
      expect(await run(server, "echo", { message: "hello" })).toMatchObject({
        status: "success",
        func_return: "Echo: hello",
      });
      expect((await run(server, "get-sum", { a: 2, b: 3 })).func_return).toContain("5");
      expect((await run(server, "get-sum", { a: "two" })).status).toBe("error");
      expect((await run(server, "get-tiny-image")).func_return).toEqual(
        expect.arrayContaining([{ type: "image", source: expect.objectContaining({ media_type: "image/png" }) }]),
      );
      const weather = await run(server, "get-structured-content", { location: "Chicago" });
      expect(JSON.parse(String(weather.func_return))).toHaveProperty("temperature");
      const report = await t.api("PATCH", `/v1/mcp-servers/${server.id}/refresh`);
      expect(report.body).toEqual({ deleted: [], updated: [], added: [] });
    } finally {
      await remove(server);
      await remote?.stop();
    }
  });
});

describe.each(["sse", "streamableHttp"] as const)("the reference server over %s", (transport) => {
  it("is used again when it was killed and came back", async () => {
    const first = await startEverything(transport);
    const mcp_server_type = transport === "sse" ? "sse" : "streamable_http";
    const server = await t.add(`mortal over ${transport}`, { mcp_server_type, server_url: first.url });
    expect((await run(server, "echo", { message: "one" })).func_return).toBe("Echo: one");
    await first.stop();
    await expect(run(server, "echo", { message: "two" })).rejects.toThrow("502");
    const second = await startEverything(transport, first.port);
    expect((await run(server, "echo", { message: "three" })).func_return).toBe("Echo: three");
    await remove(server);
    await second.stop();
  });
});

describe("a program", () => {
  it("remembers for as long as its connection is open (server-memory)", async () => {
    const file = path.join(folder, "memory.jsonl");
    const server = await t.add("memory", { ...node(programOf("memory")), env: { MEMORY_FILE_PATH: file } });
    const entities = [{ name: "Ada", entityType: "person", observations: ["likes engines"] }];
    expect((await run(server, "create_entities", { entities })).status).toBe("success");
    expect((await run(server, "search_nodes", { query: "engines" })).func_return).toContain("Ada");
    expect(readFileSync(file, "utf8")).toContain("Ada");
    await remove(server);
  });

  it("works in the folders that it is given (server-filesystem)", async () => {
    writeFileSync(path.join(folder, "note.txt"), "written before");
    const server = await t.add("filesystem", node(programOf("filesystem"), folder));
    const read = await run(server, "read_text_file", { path: path.join(folder, "note.txt") });
    expect(read.func_return).toContain("written before");
    expect(await run(server, "read_text_file", { path: "/etc/hostname" })).toMatchObject({ status: "error" });
    await remove(server);
  });

  it("finds an empty environment but for what is configured, and an empty folder that goes with it", async () => {
    process.env.MEMOIR_TEST_LEAK = "must not be seen";
    const env = { GREETING: "hello", API_KEY: "very-secret-key" };
    const server = await t.add("everything's environment", { ...node(programOf("everything")), env });
    expect(server).toMatchObject({ env: { GREETING: "********", API_KEY: "********" } });
    const seen = JSON.parse(String((await run(server, "get-env")).func_return));
    expect(Object.keys(seen).toSorted()).toEqual(["API_KEY", "GREETING", "PATH"]);
    expect(seen).toMatchObject({ GREETING: "hello", API_KEY: "********" });
    delete process.env.MEMOIR_TEST_LEAK;
    await remove(server);

    const where = await t.add("where", script(tellingCwd()));
    const cwd = (await t.toolsOf(where.id))[0]!.description!;
    expect(cwd).toMatch(/memoir-mcp-/);
    expect(readdirSync(cwd)).toEqual([]);
    await remove(where);
    await until(() => !existsSync(cwd));
  });

  it("that ends, says nothing, talks nonsense or is not there fails alone, with its last words", async () => {
    const ending = await t.add("ending", script("console.error('no key given: tell-tale-key'); process.exit(3)"));
    expect((await statusOf(ending)).error).toContain("no key given");
    const missing = await t.add("missing", { mcp_server_type: "stdio", command: "no-such-program-9", args: [] });
    expect((await statusOf(missing)).error).toContain("ENOENT");
    const chatty = await t.add("chatty", script(`console.log("Welcome!\\n{}\\n[1,2"); ${tellingCwd()}`));
    expect(await statusOf(chatty)).toMatchObject({ tools: 1, error: null });
    for (const server of [ending, missing, chatty]) await remove(server);
  });

  it("is started again when it was killed, and ends with its children when the server does", async () => {
    const own = await openMcpCore();
    const server = await own.add("family", script(family()));
    const [tool] = await own.toolsOf(server.id);
    const pids = async () => {
      const path = `/v1/mcp-servers/${server.id}/tools/${tool!.id}/run`;
      const answer = await own.api<WireMcpToolResult>("POST", path, { args: {} });
      return answer.status === 200 ? (JSON.parse(String(answer.body.func_return)) as number[]) : null;
    };
    const first = (await pids())!;
    process.kill(first[0]!, "SIGKILL");
    await until(() => !isAlive(first[1]!));
    const second = (await until(pids))!;
    expect(second[0]).not.toBe(first[0]);
    expect(second.map(isAlive)).toEqual([true, true]);
    await own.close();
    await until(() => !second.some(isAlive));
  });
});

/** A server of one tool, whose description is the folder that it runs in. */
const tellingCwd = () => serverCode("description: process.cwd()", "''");

/** A server with a child that ignores the signal to end; its tool answers with the process ids of both. */
const family = () =>
  `const child = require("node:child_process").spawn(process.execPath,
    ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)"], { stdio: "ignore" });
  ${serverCode("description: 'family'", "JSON.stringify([process.pid, child.pid])")}`;

const serverCode = (tool: string, text: string) => `
  require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
    const { id, method, params } = JSON.parse(line);
    const result = {
      initialize: () => ({ protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "s", version: "1" } }),
      "tools/list": () => ({ tools: [{ name: "tool_" + process.pid, inputSchema: { type: "object" }, ${tool} }] }),
      "tools/call": () => ({ content: [{ type: "text", text: ${text} }] }),
    }[method];
    if (id !== undefined) console.log(JSON.stringify({ jsonrpc: "2.0", id, result: result() }));
  });`;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks until the answer is yes. */
async function until<T>(ask: () => T | Promise<T>): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const answer = await ask();
    if (answer) return answer;
    if (Date.now() > deadline) throw new Error("not in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
