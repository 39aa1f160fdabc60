import { describe, expect, test } from "vitest";
import { readConfig } from "../config/env";
import { judge } from "./door";

/** What becomes of a request for this host, and of a page of that origin. */
function verdictOf(environment: Record<string, string>, host: string, origin?: string): string {
  const headers: Record<string, string | undefined> = { host, origin };
  const asking = { method: "GET", path: "/v1/agents", header: (name: string) => headers[name] };
  return judge(asking, readConfig({ MEMOIR_SEED: "off", ...environment }).door).kind;
}

const PASSWORD = { MEMOIR_PASSWORD: "a password" };

describe("the name that a server is asked by", () => {
  test.each(["evil.example", "evil.example:8283", "localhost.evil.example", "memoir"])(
    "%s is refused without a password, and will do with one",
    (host) => {
      expect(verdictOf({}, host)).toBe("refused");
      expect(verdictOf(PASSWORD, host)).toBe("own");
      expect(verdictOf({ ...PASSWORD, HOST: "0.0.0.0" }, host)).toBe("own");
    },
  );

  test.each<Record<string, string>>([
    { MEMOIR_PUBLIC_URL: "https://memoir.example.com" },
    { MEMOIR_ALLOWED_HOSTS: "memoir.example.com" },
  ])("is one of those that were given, with a password too: %j", (given) => {
    expect(verdictOf({ ...PASSWORD, ...given }, "evil.example")).toBe("refused");
    expect(verdictOf({ ...PASSWORD, ...given }, "memoir.example.com")).toBe("own");
    expect(verdictOf({ ...PASSWORD, ...given }, "127.0.0.1:8283")).toBe("own");
  });
});

test("pages of other origins are foreign with a password as without", () => {
  for (const environment of [{}, PASSWORD, { ...PASSWORD, HOST: "0.0.0.0" }]) {
    expect(verdictOf(environment, "localhost:8283", "https://evil.example")).toBe("foreign");
    expect(verdictOf(environment, "localhost:8283", "null")).toBe("refused");
    expect(verdictOf(environment, "localhost:8283", "http://localhost:3000")).toBe("foreign");
    expect(verdictOf(environment, "localhost:8283", "http://localhost:8283")).toBe("own");
  }
});
