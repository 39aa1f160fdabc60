import { expect, test } from "vitest";
import { accessModeOf } from "./access-mode";
import { ConfigError } from "./config-error";
import { readConfig } from "./env";

test("MEMOIR_AUTH=accounts is the third way to run; any other word is refused with what to write", () => {
  expect(accessModeOf(readConfig({}))).toBe("alone");
  expect(accessModeOf(readConfig({ MEMOIR_PASSWORD: "p" }))).toBe("password");
  expect(accessModeOf(readConfig({ MEMOIR_AUTH: "accounts" }))).toBe("accounts");
  expect(accessModeOf(readConfig({ MEMOIR_AUTH: "accounts", MEMOIR_PASSWORD: "p" }))).toBe("accounts");
  for (const word of ["account", "ACCOUNTS", "password", "alone", "off"]) {
    expect(() => readConfig({ MEMOIR_AUTH: word })).toThrow(ConfigError);
    expect(() => readConfig({ MEMOIR_AUTH: word })).toThrow(/MEMOIR_AUTH knows one word, "accounts"/);
  }
});

test("accounts open other addresses as a password does, and any name where none is named", () => {
  expect(readConfig({ MEMOIR_AUTH: "accounts", HOST: "0.0.0.0" })).toMatchObject({ host: "0.0.0.0", password: null });
  expect(readConfig({ MEMOIR_AUTH: "accounts" }).door.hosts).toEqual(["*"]);
});

test.each([
  [{}, true],
  [{ HOST: "localhost" }, true],
  [{ MEMOIR_PUBLIC_URL: "http://localhost:8283" }, true],
  [{ HOST: "0.0.0.0" }, false],
  [{ MEMOIR_PUBLIC_URL: "https://memoir.example.com" }, false],
  [{ MEMOIR_ALLOWED_HOSTS: "memoir.lan" }, false],
  [{ MEMOIR_TRUSTED_PROXIES: "loopback" }, false],
])("a server with %o is for its own machine alone: %s", (environment, isLocal) => {
  expect(readConfig({ MEMOIR_AUTH: "accounts", ...environment }).localOnly).toBe(isLocal);
});
