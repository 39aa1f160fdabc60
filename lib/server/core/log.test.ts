import { afterEach, expect, test } from "vitest";
import { readConfig } from "../config/env";
import { configureLog, log, withLogFields } from "./log";

afterEach(() => configureLog({ level: "warn", format: "text" }, []));

function record(settings: Parameters<typeof configureLog>[0], secrets: readonly string[] = []) {
  const lines: string[] = [];
  configureLog(settings, secrets, { write: (line) => void lines.push(line) });
  return lines;
}

test("a line is one object with level, time, sentence and fields, and those of what it works for", () => {
  const lines = record({ level: "info", format: "json" });
  withLogFields({ request_id: "r-1" }, () => log.info({ run_id: "run-1" }, "it went on"));
  log.info({}, "by itself");
  log.debug({}, "not said");
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { level: "info", time: expect.any(String), request_id: "r-1", run_id: "run-1", msg: "it went on" },
    { level: "info", time: expect.any(String), msg: "by itself" },
  ]);
});

test("text has the same on one line", () => {
  const lines = record({ level: "info", format: "text" });
  withLogFields({ request_id: "r-1" }, () => log.warn({ a: 1 }, "look\nhere"));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/WARN.*look/);
  expect(lines[0]).toContain("r-1");
});

test("of an error there is what it is, where it came from and why; nothing else that hangs on it", () => {
  const lines = record({ level: "info", format: "json" });
  const error = Object.assign(new Error("it broke", { cause: new TypeError("deeper") }), {
    code: "P1001",
    requestBodyValues: { prompt: "private words" },
    responseHeaders: { authorization: "x" },
  });
  log.error({ err: error }, "failed");
  expect(JSON.parse(lines[0]!).err).toMatchObject({
    type: "Error",
    message: "it broke",
    code: "P1001",
    cause: { message: "deeper" },
  });
  expect(lines[0]).not.toMatch(/private words|authorization/);
});

const MASTER_KEY = Buffer.alloc(32, 7).toString("base64");
const OLD_KEY = Buffer.alloc(32, 9).toString("hex");

test("no line has a secret in it, those of the environment or any of a known form", () => {
  const { secrets, log: settings } = readConfig({
    MEMOIR_PASSWORD: 'open sesame "now"',
    OPENAI_API_KEY: "a-key-of-mine",
    MEMOIR_PROVIDER_X_KEY: "another-key",
    MEMOIR_SECRET_KEY: MASTER_KEY,
    MEMOIR_SECRET_KEY_PREVIOUS: `${OLD_KEY}, ${MASTER_KEY}`,
    DATABASE_URL: "postgres://memoir:db-password@db/memoir",
  });
  const lines = record({ ...settings, format: "json" }, secrets);
  const said = [
    'open sesame "now"',
    "a-key-of-mine",
    "another-key",
    MASTER_KEY,
    OLD_KEY,
    "db-password",
    "postgres://u:unknown-pass@h/d",
    "Bearer abcdefghijkl",
    "memoir-cst-abc_DEF-123",
    "sk-proj-abcdefghijklmnopqrstuvwxyz",
  ];
  for (const text of said) log.error({ err: new Error(`it said ${text}`), path: `/x/${text}` }, `about ${text}`);
  for (const [index, text] of said.entries()) {
    const secret = text.replace(/^postgres:\/\/u:|@h\/d$|^Bearer /g, "");
    expect(lines[index]).not.toContain(JSON.stringify(secret).slice(1, -1));
    expect(() => JSON.parse(lines[index]!)).not.toThrow();
  }
});

test("level and format are words that it knows", () => {
  expect(readConfig({}).log).toEqual({ level: "info", format: process.stdout.isTTY ? "text" : "json" });
  expect(readConfig({ MEMOIR_LOG_LEVEL: "debug", MEMOIR_LOG_FORMAT: "text" }).log).toEqual({
    level: "debug",
    format: "text",
  });
  expect(() => readConfig({ MEMOIR_LOG_LEVEL: "loud" })).toThrow(/MEMOIR_LOG_LEVEL.*debug.*loud/);
  expect(() => readConfig({ MEMOIR_LOG_FORMAT: "xml" })).toThrow(/MEMOIR_LOG_FORMAT/);
});
