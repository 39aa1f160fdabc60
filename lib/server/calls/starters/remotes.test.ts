import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { MemoryWrite } from "@/lib/engine/memory";
import type { ToolContext } from "@/lib/engine/tool";
import type { Ctx } from "../../core/core";
import { makeAgent } from "../../search/testing/fixtures";
import { openTestCore, type TestCore } from "../../testing/harness";
import { starterTools } from "./starters";

let t: TestCore;
let root: string;
let remote: Server;
let agentId: string;
let port: number;
const authorizations: (string | undefined)[] = [];

const git = (...args: string[]) =>
  execFileSync("git", ["-c", "user.name=T", "-c", "user.email=t@example.com", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "ignore"],
    encoding: "utf8",
  });

beforeAll(async () => {
  t = await openTestCore();
  await t.api("GET", "/v1/tools/");
  agentId = (await makeAgent(t.ctx.db)).agentId;
  root = mkdtempSync(path.join(tmpdir(), "memoir-git-"));
  git("init", "-q", "-b", "main", "work");
  writeFileSync(path.join(root, "work/read.me"), "of the remote\n");
  git("-C", "work", "add", ".");
  git("-C", "work", "commit", "-qm", "Begin");
  git("clone", "-q", "--bare", "work", "bare.git");
  git("-C", "bare.git", "config", "http.receivepack", "true");
  remote = createServer((request, response) => {
    authorizations.push(request.headers.authorization);
    const [pathInfo = "", query = ""] = (request.url ?? "").split("?");
    const backend = spawn("git", ["http-backend"], {
      env: {
        PATH: process.env.PATH,
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: "1",
        PATH_INFO: pathInfo,
        QUERY_STRING: query,
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers["content-type"] ?? "",
      } as unknown as NodeJS.ProcessEnv,
    });
    request.pipe(backend.stdin);
    const parts: Buffer[] = [];
    backend.stdout.on("data", (part: Buffer) => parts.push(part));
    backend.on("close", () => {
      const all = Buffer.concat(parts);
      const end = all.indexOf("\r\n\r\n");
      for (const line of all.subarray(0, end).toString().split("\r\n")) {
        const [name, value] = line.split(": ");
        if (name === "Status") response.statusCode = Number.parseInt(value!, 10);
        else response.setHeader(name!, value!);
      }
      response.end(all.subarray(end + 4));
    });
  });
  await new Promise<void>((resolve) => remote.listen(0, "127.0.0.1", resolve));
  port = (remote.address() as AddressInfo).port;
});
afterAll(async () => {
  await new Promise((resolve) => remote.close(resolve));
  rmSync(root, { recursive: true, force: true });
  await t.close();
});

let pending: MemoryWrite[] = [];
async function call(name: string, args: Record<string, unknown>, allowPrivateUrls = true) {
  const ctx: Ctx = { ...t.ctx, config: { ...t.ctx.config, allowPrivateUrls } };
  const context: ToolContext = {
    ...{ agentId, conversationId: "conv", runId: "run", stepId: "step", toolCallId: "c", blocks: [], pending },
    ...{ now: "2026-05-10T12:00:00.000Z", timezone: "UTC", signal: new AbortController().signal },
  };
  const outcome = await starterTools(ctx)[name]!.run!(args, context);
  if (outcome.status === "success") pending = [...pending, ...(outcome.writes ?? [])];
  return [outcome.status, outcome.content];
}

test("a remote is asked only where a person allowed its host and the address is public, and then cloned, pulled and pushed to", async () => {
  const url = `http://127.0.0.1:${port}/bare.git`;
  const clone = { action: "clone", url, repository: "r" };
  expect(await call("git_operations", clone)).toEqual(["error", expect.stringContaining("may not be asked")]);
  const [tool] = (await t.api<{ id: string }[]>("GET", "/v1/tools/?name=git_operations")).body;
  const metadata_ = { allowed_hosts: ["127.0.0.1"] };
  expect((await t.api("PATCH", `/v1/tools/${tool!.id}`, { metadata_ })).status).toBe(200);
  // Allowed by name, but the server itself asks no private address.
  expect(await call("git_operations", clone, false)).toEqual(["error", expect.stringMatching(/private/)]);
  expect(authorizations).toEqual([]);

  expect(await call("git_operations", clone)).toEqual(["success", expect.stringContaining("on branch main")]);
  expect(await call("file_manager", { action: "read", path: "r/read.me" })).toEqual([
    "success",
    expect.stringContaining("1: of the remote"),
  ]);
  await call("file_manager", { action: "write", path: "r/mine.txt", content: "mine\n" });
  await call("git_operations", { action: "commit", repository: "r", message: "Add mine" });
  expect(await call("git_operations", { action: "push", repository: "r" })).toEqual(["success", "Pushed main."]);
  expect(git("-C", "bare.git", "log", "--format=%s", "main")).toBe("Add mine\nBegin\n");

  git("-C", "work", "pull", "-q", "../bare.git", "main");
  writeFileSync(path.join(root, "work/more.txt"), "more\n");
  git("-C", "work", "add", ".");
  git("-C", "work", "commit", "-qm", "More");
  git("-C", "work", "push", "-q", "../bare.git", "main");
  expect(await call("git_operations", { action: "pull", repository: "r" })).toEqual(["success", expect.any(String)]);
  expect((await call("file_manager", { action: "list", path: "r" }))[1]).toContain("r/more.txt");
});
