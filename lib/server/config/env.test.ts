import { expect, test } from "vitest";
import { ConfigError } from "./config-error";
import { readConfig } from "./env";

test("without settings the server listens to this machine alone, on Letta's port", () => {
  expect(readConfig({})).toMatchObject({
    host: "127.0.0.1",
    port: 8283,
    password: null,
    databaseUrl: null,
    seed: true,
  });
});

test.each(["0.0.0.0", "::", "192.168.1.2", "example.org"])("HOST=%s without a password is refused", (host) => {
  expect(() => readConfig({ HOST: host })).toThrow(ConfigError);
  expect(() => readConfig({ HOST: host, MEMOIR_PASSWORD: "  " })).toThrow(/MEMOIR_PASSWORD=<secret>/);
  expect(readConfig({ HOST: host, MEMOIR_PASSWORD: "secret" })).toMatchObject({ host, password: "secret" });
  expect(readConfig({ HOST: host, LETTA_SERVER_PASSWORD: "secret" }).password).toBe("secret");
});

test.each(["127.0.0.1", "::1", "localhost"])("HOST=%s needs no password", (host) => {
  expect(readConfig({ HOST: host }).host).toBe(host);
});

test.each([
  ["PORT", "http"],
  ["PORT", "70000"],
  ["MEMOIR_LEASE_MS", "soon"],
  ["MEMOIR_LEASE_MS", "0"],
  ["MEMOIR_MAX_BODY_BYTES", "-1"],
  ["MEMOIR_MAX_UPLOAD_BYTES", "0"],
])("%s=%s is refused by name", (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(new RegExp(`${name}.*${value}`));
});

test("endpoints of one's own are named by their variable", () => {
  const env = { MEMOIR_PROVIDER_MY_BOX_URL: "http://box:1234/v1", MEMOIR_PROVIDER_MY_BOX_KEY: "k" };
  expect(readConfig(env).providers.compatible).toEqual([
    { name: "my-box", baseUrl: "http://box:1234/v1", apiKey: "k" },
  ]);
});

test("programs are MCP servers only where the operator says so in so many words", () => {
  for (const word of [undefined, "", "off", "true", "1", "ON"]) {
    expect(readConfig({ MEMOIR_MCP_STDIO: word, PATH: "/bin" }).mcp.stdio).toBeNull();
  }
  expect(readConfig({ MEMOIR_MCP_STDIO: "on", PATH: "/bin" }).mcp.stdio).toEqual({ path: "/bin" });
});

test.each(["memoir.example.com", "ftp://example.com", "javascript:alert(1)"])(
  "MEMOIR_PUBLIC_URL=%s is refused",
  (url) => {
    expect(() => readConfig({ MEMOIR_PUBLIC_URL: url })).toThrow(/MEMOIR_PUBLIC_URL/);
    expect(readConfig({ MEMOIR_PUBLIC_URL: "https://memoir.example.com" }).publicUrl).toBe(
      "https://memoir.example.com",
    );
  },
);

test("Python runs where MEMOIR_SANDBOX_PYTHON says, and at E2B only with a key", () => {
  expect(readConfig({ E2B_API_KEY: "k" }).sandbox.python).toBe("pyodide");
  expect(() => readConfig({ MEMOIR_SANDBOX_PYTHON: "docker" })).toThrow(/MEMOIR_SANDBOX_PYTHON.*docker/);
  expect(() => readConfig({ MEMOIR_SANDBOX_PYTHON: "e2b" })).toThrow(/set E2B_API_KEY/);
  const { sandbox } = readConfig({ MEMOIR_SANDBOX_PYTHON: "e2b", E2B_API_KEY: "k", E2B_DOMAIN: "e2b.example" });
  expect(sandbox).toMatchObject({
    python: "e2b",
    e2b: { apiKey: "k", template: "base", domain: "e2b.example", apiUrl: null, sandboxUrl: null },
  });
});

test("two processes never have one name", () => {
  expect(readConfig({}).instanceId).not.toBe(readConfig({}).instanceId);
});
