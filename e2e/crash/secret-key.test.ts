import { spawn } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer, type TestServer } from "../support/server";

const ROOT = path.resolve(import.meta.dirname, "../..");

let model: ScriptedModel;
let server: TestServer;
beforeAll(async () => {
  model = await startScriptedModel();
  server = await startServer({ modelUrl: model.url, environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on" } });
});
afterAll(async () => {
  await server?.stop();
  await model?.close();
});

async function api<Body = Record<string, unknown>>(method: string, route: string, body?: unknown) {
  const response = await fetch(server.url + route, {
    method,
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

/** The model takes every key but `wrong`: a provider's check says whether the right one was sent. */
async function addProvider(name: string): Promise<string> {
  const added = await api<{ id: string }>("POST", "/v1/providers/", {
    name,
    provider_type: "vllm",
    base_url: model.url,
    api_key: "sk-kept",
  });
  expect(added.status).toBe(200);
  return added.body.id;
}

async function makeAgent(handle: string): Promise<string> {
  const made = await api<{ id: string }>("POST", "/v1/agents/", { model: handle, include_base_tools: false });
  expect(made.status).toBe(200);
  return made.body.id;
}

const say = (agent: string) =>
  api("POST", `/v1/agents/${agent}/messages`, { messages: [{ role: "user", content: "Hello" }] });

function rotate(): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ["dist/server.mjs", "--rotate-key"], {
    cwd: ROOT,
    env: { ...process.env, DATABASE_URL: "", MEMOIR_DATA_DIR: server.dataDir },
  });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, output })));
}

test("after a rotation of the key by the command all secrets are read; beside a server it waits its turn", async () => {
  const id = await addProvider("rotated");
  const agent = await makeAgent("rotated/scripted");
  const beside = await rotate();
  expect(beside).toMatchObject({ code: 1, output: expect.stringContaining("in use by process") });
  await server.kill();
  const rotated = await rotate();
  expect(rotated).toMatchObject({ code: 0, output: expect.stringContaining("1 secrets are sealed with the new key") });
  await server.restart();
  expect((await api("POST", `/v1/providers/${id}/check`)).status).toBe(200);
  expect((await say(agent)).status).toBe(200);
  expect(server.output()).not.toContain("can't be read");
});

test("where the key is lost only what was sealed with it fails, in a sentence, and the start says what", async () => {
  const id = await addProvider("lost");
  const lost = await makeAgent("lost/scripted");
  const other = await makeAgent("openai/scripted");
  const key = path.join(server.dataDir, "secret.key");
  await server.kill();
  rmSync(key);
  await server.restart();
  expect(existsSync(key)).toBe(true);
  expect(server.output()).toMatch(/secrets can't be read, because they were sealed with another key/);
  expect(server.output()).toContain("API key of provider lost");

  for (const route of ["/v1/models/", "/v1/models/embedding", "/v1/providers/", `/v1/agents/${lost}`, "/v1/agents/"]) {
    expect((await api("GET", route)).status, route).toBe(200);
  }
  await makeAgent("openai/scripted");
  expect((await say(other)).status).toBe(200);
  const refused = {
    status: 409,
    body: { detail: expect.stringMatching(/'lost' can't be read.*Give the secret again/) },
  };
  expect(await say(lost)).toMatchObject(refused);
  expect(await api("POST", `/v1/providers/${id}/check`)).toMatchObject(refused);
  expect(await api("POST", "/v1/agents/", { model: "lost/scripted" })).toMatchObject(refused);
  // Given anew, it works anew.
  expect((await api("PATCH", `/v1/providers/${id}`, { api_key: "sk-again" })).status).toBe(200);
  expect((await say(lost)).status).toBe(200);
});
