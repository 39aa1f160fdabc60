import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { E2bSettings } from "../../config/sandbox-settings";
import { descendants } from "../process";

/** A machine of the stand-in: a folder of its own on this one, and what runs there. */
type Machine = {
  id: string;
  token: string;
  folder: string;
  children: Map<number, ChildProcess>;
  streams: Set<ServerResponse>;
};

export type E2bStandIn = {
  settings: E2bSettings;
  /** What was asked of the API, in order. */
  asked: { method: string; path: string; body: Record<string, unknown> }[];
  /** Ids of machines that run. */
  running(): string[];
  /** Folders of machines, also of those that are gone. */
  folders(): string[];
  /** Answers requests for a new machine with this status, or as it should. */
  refuseWith(status: number | null): void;
  /** Ends all machines, as E2B does with those whose time is over. */
  loseAll(): void;
  close(): Promise<void>;
};

type Answer = { status: number; body?: object };

/**
 * What E2B's client needs of E2B, over real HTTP on this machine: the REST API for machines, and in each the process API
 * (Connect, as JSON) of `envd`. Commands run for real, as this process's user: the machines' own walls are not stood in for.
 *
 * @param options `jail: false` is a machine whose system can build none.
 */
export async function startE2bStandIn(options: { jail?: boolean } = {}): Promise<E2bStandIn> {
  const apiKey = `e2b_${randomUUID().replaceAll("-", "")}`;
  const machines = new Map<string, Machine>();
  const asked: E2bStandIn["asked"] = [];
  const folders: string[] = [];
  let refusal: number | null = null;

  function lose(machine: Machine): void {
    machines.delete(machine.id);
    for (const stream of machine.streams) stream.destroy();
    for (const { pid } of machine.children.values()) if (pid) killTree(pid);
    rmSync(machine.folder, { recursive: true, force: true });
  }

  function rent(templateID: unknown): Answer {
    if (refusal !== null) return { status: refusal, body: { code: refusal, message: "refused" } };
    const folder = mkdtempSync(path.join(tmpdir(), "e2b-stand-in-"));
    const machine = {
      id: `i${randomUUID().slice(0, 18)}`,
      token: randomUUID(),
      folder,
      children: new Map(),
      streams: new Set<ServerResponse>(),
    };
    machines.set(machine.id, machine);
    folders.push(folder);
    const known = { templateID, clientID: "stand-in", envdVersion: "0.5.7", envdAccessToken: machine.token };
    return { status: 201, body: { sandboxID: machine.id, ...known } };
  }

  function api({ method, url = "", headers }: IncomingMessage, body: Record<string, unknown>): Answer {
    const failed = (status: number, message: string) => ({ status, body: { code: status, message } });
    if (headers["x-api-key"] !== apiKey) return failed(401, `no such key: ${headers["x-api-key"]}`);
    if (method === "POST" && url === "/v2/sandboxes") return rent(body.templateID);
    const [, id, what] = /^\/sandboxes\/([^/]+)(?:\/(\w+))?$/.exec(url) ?? [];
    const machine = machines.get(id ?? "");
    if (!machine) return failed(404, "no such sandbox");
    if (method === "DELETE" && !what) lose(machine);
    else if (what !== "timeout") return failed(404, "no such path");
    return { status: 204 };
  }

  async function envd(
    { url, headers }: IncomingMessage,
    response: ServerResponse,
    bytes: Buffer,
  ): Promise<Answer | null> {
    const machine = machines.get(String(headers["e2b-sandbox-id"]));
    if (!machine) return { status: 502, body: { code: "unavailable", message: "The sandbox was not found" } };
    if (headers["x-access-token"] !== machine.token) return { status: 401, body: { code: "unauthenticated" } };
    if (url === "/health") return { status: 204 };
    if (url === "/process.Process/Start") {
      // The first five bytes say how long the message is.
      start(machine, response, JSON.parse(bytes.subarray(5).toString()), options.jail ?? true);
      return null;
    }
    const { process: which, input, signal } = JSON.parse(bytes.toString());
    const child = machine.children.get(which?.pid);
    if (!child?.pid) return { status: 404, body: { code: "not_found", message: "process not found" } };
    if (url === "/process.Process/SendInput") {
      await new Promise((done) => child.stdin?.write(Buffer.from(input.stdin, "base64"), done));
      return { status: 200, body: {} };
    }
    if (url !== "/process.Process/SendSignal" || signal !== "SIGNAL_SIGKILL") return { status: 404, body: {} };
    // As the system does it: those below it die with it only where a jail says so.
    child.kill("SIGKILL");
    return { status: 200, body: {} };
  }

  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    let answer: Answer | null;
    if (request.headers["e2b-sandbox-id"]) answer = await envd(request, response, bytes);
    else {
      const body = bytes.length > 0 ? JSON.parse(bytes.toString()) : {};
      asked.push({ method: request.method ?? "", path: request.url ?? "", body });
      answer = api(request, body);
    }
    if (!answer) return;
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(answer.body && JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const loseAll = () => {
    for (const machine of [...machines.values()]) lose(machine);
  };
  return {
    settings: { apiKey, template: "base", domain: null, apiUrl: url, sandboxUrl: url },
    asked,
    running: () => [...machines.keys()],
    folders: () => [...folders],
    refuseWith(status) {
      refusal = status;
    },
    loseAll,
    async close() {
      loseAll();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type StartRequest = {
  process: { cmd: string; args?: string[]; envs?: Record<string, string>; cwd?: string };
  stdin?: boolean;
};

/** Runs a command, and streams what becomes of it. */
function start(machine: Machine, response: ServerResponse, asked: StartRequest, hasJail: boolean): void {
  const { cmd, envs = {}, cwd } = asked.process;
  // A login shell would set the path anew.
  const args = (asked.process.args ?? []).filter((arg) => hasJail || arg !== "-l");
  const env = {
    PATH: hasJail ? process.env.PATH : `${folderWithoutJail(machine.folder)}:${process.env.PATH}`,
    HOME: machine.folder,
    TMPDIR: machine.folder,
    NODE_ENV: "test",
    ...envs,
  } as const;
  const stdin = asked.stdin ? "pipe" : "ignore";
  const child = spawn(cmd, args, { cwd: cwd || machine.folder, env, stdio: [stdin, "pipe", "pipe"] });
  response.writeHead(200, { "content-type": "application/connect+json" });
  machine.streams.add(response);
  response.once("close", () => machine.streams.delete(response));
  const send = (event: object) => response.writableEnded || response.write(envelope(0, { event }));
  const end = () => response.writableEnded || response.end(envelope(2, {}));
  child.stdin?.on("error", () => {});
  child.once("error", end);
  if (child.pid === undefined) return;
  machine.children.set(child.pid, child);
  send({ start: { pid: child.pid } });
  child.stdout?.on("data", (data: Buffer) => send({ data: { stdout: data.toString("base64") } }));
  child.stderr?.on("data", (data: Buffer) => send({ data: { stderr: data.toString("base64") } }));
  child.once("close", (code, signal) => {
    machine.children.delete(child.pid ?? 0);
    const status = signal ? `signal: ${signal}` : `exit status ${code}`;
    send({ end: { exitCode: code ?? -1, exited: signal === null, status, ...(signal && { error: status }) } });
    end();
  });
}

/** A message of Connect's streams. */
function envelope(flags: number, message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(5);
  head.writeUInt8(flags, 0);
  head.writeUInt32BE(body.length, 1);
  return Buffer.concat([head, body]);
}

/** A folder in which the program that begins a jail does not work. */
function folderWithoutJail(folder: string): string {
  const bin = path.join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, "unshare"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  return bin;
}

function killTree(pid: number): void {
  for (const one of [...descendants(pid), pid]) {
    try {
      process.kill(one, "SIGKILL");
    } catch {}
  }
}
