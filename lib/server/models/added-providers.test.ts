import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../config/env";
import { openTestCore, type TestCore } from "../testing/harness";

describe("providers", () => {
  let test_: TestCore;
  beforeAll(async () => {
    test_ = await openTestCore();
  });
  afterAll(() => test_.close());

  test("a key is encrypted at rest and never returned", async () => {
    const { status, body } = await test_.api<{ id: string }>("POST", "/v1/providers/", {
      name: "mine",
      provider_type: "groq",
      api_key: "very-secret-key",
    });
    expect(status).toBe(200);
    expect(JSON.stringify(body)).not.toContain("very-secret-key");
    const listed = await test_.api<unknown[]>("GET", "/v1/providers/");
    expect(JSON.stringify(listed.body)).not.toContain("very-secret-key");
    const [row] = await test_.core.db.query<{ api_key_enc: string }>("SELECT api_key_enc FROM provider WHERE id = $1", [
      body.id,
    ]);
    expect(row!.api_key_enc).not.toContain("very-secret-key");
    expect(test_.core.vault.decrypt(row!.api_key_enc)).toBe("very-secret-key");
  });

  test("a private address is refused, and nothing is kept", async () => {
    const { status, body } = await test_.api<{ detail: string }>("POST", "/v1/providers/", {
      name: "inside",
      provider_type: "vllm",
      base_url: "http://169.254.169.254/v1",
    });
    expect(status).toBe(400);
    expect(body.detail).toContain("private address");
    expect((await test_.api<unknown[]>("GET", "/v1/providers/?name=inside")).body).toEqual([]);
  });

  test("a name can be taken once, and deleting makes it free", async () => {
    const create = () =>
      test_.api<{ id: string }>("POST", "/v1/providers/", { name: "twice", provider_type: "openai", api_key: "k" });
    const first = await create();
    expect((await create()).status).toBe(409);
    expect((await test_.api<{ message: string }>("DELETE", `/v1/providers/${first.body.id}`)).body.message).toContain(
      "successfully deleted",
    );
    expect((await create()).status).toBe(200);
  });
});

describe("asking a provider", () => {
  let t: TestCore;
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.headers.authorization ?? "");
    const good = request.headers.authorization === "Bearer good-key";
    response.writeHead(good ? 200 : 401, { "content-type": "application/json" });
    response.end(JSON.stringify(good ? { data: [{ id: "a-model" }] } : { error: { message: "Incorrect API key" } }));
  });
  let base_url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    base_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
    t = await openTestCore({ config: readConfig({ MEMOIR_SEED: "off", MEMOIR_ALLOW_PRIVATE_URLS: "on" }) });
  });
  afterAll(async () => {
    await t?.close();
    server.close();
  });

  const add = (name: string, api_key: string) =>
    t.api<{ id: string }>("POST", "/v1/providers/", { name, provider_type: "vllm", base_url, api_key });

  test("with a wrong key says that the key is not accepted, before and after it is added", async () => {
    const body = { provider_type: "vllm", base_url, api_key: "wrong-key" };
    expect(await t.api("POST", "/v1/providers/check", body)).toMatchObject({
      status: 401,
      body: { detail: expect.stringContaining("key is not accepted") },
    });
    const added = await add("wrong", "wrong-key");
    expect((await t.api("POST", `/v1/providers/${added.body.id}/check`)).status).toBe(401);
    expect((await t.api("PATCH", `/v1/providers/${added.body.id}/refresh`)).status).toBe(401);
  });

  test("with the key that is kept confirms it, and a refresh notes when", async () => {
    const { body } = await add("right", "good-key");
    expect(await t.api("POST", `/v1/providers/${body.id}/check`)).toMatchObject({
      status: 200,
      body: { message: "Valid api key for provider_type=vllm" },
    });
    const before = asked.length;
    const refreshed = await t.api<{ last_synced: string | null }>("PATCH", `/v1/providers/${body.id}/refresh`);
    expect(refreshed.status).toBe(200);
    expect(refreshed.body.last_synced).not.toBeNull();
    expect(asked.length).toBeGreaterThan(before);
  });

  test("that is not there is a 404, one that can't be reached a 400 in words", async () => {
    const nobody = "provider-00000000-0000-4000-8000-00000000dead";
    expect((await t.api("POST", `/v1/providers/${nobody}/check`)).status).toBe(404);
    expect((await t.api("PATCH", `/v1/providers/${nobody}/refresh`)).status).toBe(404);
    const unreachable = { provider_type: "vllm", base_url: "http://127.0.0.1:9/v1", api_key: "k" };
    expect(await t.api("POST", "/v1/providers/check", unreachable)).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("could not be asked") },
    });
  });
});
