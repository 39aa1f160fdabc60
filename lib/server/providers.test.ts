import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { isPrivate } from "./net/public-url";
import { openTestCore, type TestCore } from "./testing/harness";

describe("addresses that the server may ask", () => {
  test.each([
    "127.0.0.1",
    "10.1.2.3",
    "169.254.169.254",
    "172.20.0.1",
    "192.168.1.1",
    "::1",
    "fd00::1",
    "fe80::1",
    "::ffff:127.0.0.1",
    "0.0.0.0",
    "100.64.0.1",
  ])("%s is private", (address) => expect(isPrivate(address)).toBe(true));
  test.each(["8.8.8.8", "1.1.1.1", "2606:4700::1111", "172.32.0.1"])("%s is public", (address) =>
    expect(isPrivate(address)).toBe(false),
  );
});

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
