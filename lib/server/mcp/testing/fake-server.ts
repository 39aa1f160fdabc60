import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export type Asked = { method: string; params: Record<string, unknown>; headers: IncomingMessage["headers"] };

/** An MCP server (streamable HTTP) that does what a test says, also what no server should. */
export type FakeServer = {
  /** Of its endpoint. */
  url: string;
  port: number;
  asked: Asked[];
  tools: unknown[];
  /** What `tools/list` answers; without it, all tools at once. */
  list: ((cursor: string | undefined) => unknown) | null;
  /** What `tools/call` answers; throws to answer with a JSON-RPC error. */
  call: (name: string, args: Record<string, unknown>) => unknown;
  /** Methods that are never answered. */
  silent: Set<string>;
  /** Methods at which the connection is cut. */
  cutting: Set<string>;
  /** Decides over a request before anything else; answers it and says true to end it. */
  gate: (request: IncomingMessage, response: ServerResponse) => boolean | Promise<boolean>;
  /** Resolves when a request for this method has come in. */
  reached(method: string): Promise<void>;
  stop(): Promise<void>;
  /** Begins again on the same port, knowing no session. */
  restart(): Promise<void>;
};

export async function startFakeServer(
  changes: Partial<Pick<FakeServer, "tools" | "list" | "call" | "gate">> = {},
): Promise<FakeServer> {
  const sessions = new Set<string>();
  const waiting: { method: string; resolve: () => void }[] = [];
  let http: Server;
  const fake: FakeServer = {
    url: "",
    port: 0,
    asked: [],
    tools: [],
    list: null,
    call: () => ({ content: [] }),
    silent: new Set(),
    cutting: new Set(),
    gate: () => false,
    reached: (method) => new Promise((resolve) => waiting.push({ method, resolve })),
    async stop() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
    async restart() {
      sessions.clear();
      await listen(fake.port);
      // By the time that it answers, those who were connected before have noticed that they no longer are.
      await (await fetch(fake.url)).text();
    },
    ...changes,
  };
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    if (await fake.gate(request, response)) return;
    if (request.method !== "POST") return void response.writeHead(405).end();
    const message = JSON.parse(await bodyOf(request));
    fake.asked.push({ method: message.method, params: message.params ?? {}, headers: request.headers });
    for (const one of waiting.filter(({ method }) => method === message.method)) one.resolve();
    if (fake.silent.has(message.method)) return;
    if (fake.cutting.has(message.method)) return void request.socket.destroy();
    const session = request.headers["mcp-session-id"];
    if (message.method === "initialize") {
      const id = randomUUID();
      sessions.add(id);
      response.setHeader("mcp-session-id", id);
    } else if (!sessions.has(String(session))) {
      return void response.writeHead(404).end("no such session");
    }
    if (message.id === undefined) return void response.writeHead(202).end();
    json(response, { jsonrpc: "2.0", id: message.id, ...(await outcome(message.method, message.params ?? {})) });
  };
  const outcome = async (method: string, params: Record<string, unknown>) => {
    if (method === "initialize") {
      const { protocolVersion } = params;
      return { result: { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "fake", version: "1" } } };
    }
    if (method === "tools/list") {
      const cursor = typeof params.cursor === "string" ? params.cursor : undefined;
      return { result: fake.list ? fake.list(cursor) : { tools: fake.tools } };
    }
    if (method !== "tools/call") return { error: { code: -32601, message: `no method ${method}` } };
    try {
      return { result: await fake.call(String(params.name), Object(params.arguments)) };
    } catch (error) {
      return { error: { code: -32602, message: error instanceof Error ? error.message : String(error) } };
    }
  };
  const listen = (port: number) =>
    new Promise<void>((resolve) => {
      http = createServer((request, response) => {
        answer(request, response).catch(() => response.destroy());
      });
      http.listen(port, "127.0.0.1", resolve);
      http.on("listening", () => {
        fake.port = (http.address() as AddressInfo).port;
        fake.url = `http://127.0.0.1:${fake.port}/mcp`;
      });
    });
  await listen(0);
  return fake;
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}

export function json(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** A tool as servers describe them. */
export const described = (name: string, properties: Record<string, unknown> = {}, description = `Does ${name}.`) => ({
  name,
  description,
  inputSchema: { type: "object", properties },
});
