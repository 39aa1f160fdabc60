import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

const ROOT = path.resolve(__dirname, "../../..");
const read = (file: string) => readFileSync(path.join(ROOT, file), "utf8");

/** Times that tests make short, and what every program finds in its environment. */
const UNTOLD = new Set([
  "MEMOIR_LEASE_MS",
  "MEMOIR_MCP_CALL_MS",
  "MEMOIR_MCP_IDLE_MS",
  "MEMOIR_SANDBOX_IDLE_MS",
  "MEMOIR_SANDBOX_SESSION_IDLE_MS",
]);

test("every variable that the configuration reads is in the tables of the documentation", () => {
  const files = readdirSync(__dirname).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
  const source = files.map((name) => read(`lib/server/config/${name}`)).join("\n");
  const names = new Set(Array.from(source.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g), (match) => match[1]!));
  expect(names.size).toBeGreaterThan(80);
  const told = ["README.md", "docs/configuration.md", "docs/teams.md"].map(read).join("\n");
  const missing = [...names].filter((name) => !UNTOLD.has(name) && !told.includes(name));
  expect(missing).toEqual([]);
});
