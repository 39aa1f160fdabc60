// Runs everything: unit and database tests, the official clients and crash tests against the built server, the pages in
// a real browser. Installs and builds what is missing first. Tests that open a database take the server that
// TEST_DATABASE_URL names, and the embedded one without it. `--database` runs those alone, `--sql` of them those whose
// statements are most of what they test (see .ci/run).
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { stripVTControlCharacters } from "node:util";
import { findBrowser } from "./browser.mjs";
import { bin, build, installClient, prepare, ROOT } from "./setup.mjs";

/** What these do, the database does: types, plans, locks, search. */
const SQL_ROOMS = ["backup", "db", "jobs", "ledger", "records", "search", "usage"];
const REPORTS = path.join(ROOT, "test-results");
const only = process.argv.slice(2);
const wants = (name) => only.length === 0 || only.includes(`--${name}`);

prepare();
rmSync(REPORTS, { recursive: true, force: true });
const suites = [];
if (wants("unit")) suites.push(vitest("unit", ["lib", "components", "scripts"], []));
else if (wants("database")) suites.push(vitest("database", databaseTests(), []));
else if (wants("sql")) suites.push(vitest("sql", databaseTests(SQL_ROOMS), []));
if (wants("api") || wants("crash") || wants("attacks") || wants("ade")) build();
if (wants("api")) {
  for (const client of ["letta-0", "letta-1", "letta-code", "vercel-ai"]) installClient(client);
  suites.push(vitest("api", ["e2e/api"], ["--config", "e2e/vitest.config.ts"]));
}
// Beside these, only what is another test on another database: the others bring their own.
const crash =
  only.includes("--database") || only.includes("--sql") ? ["e2e/crash/crash.test.ts"] : ["e2e/crash", "e2e/cluster"];
if (wants("crash")) suites.push(vitest("crash", crash, ["--config", "e2e/vitest.config.ts"]));
if (wants("attacks")) suites.push(vitest("attacks", ["e2e/attacks"], ["--config", "e2e/vitest.config.ts"]));
if (wants("ade")) suites.push(playwright());

const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
const failed = suites.reduce((sum, suite) => sum + suite.failed, 0);
for (const { name, failures } of suites) for (const failure of failures) console.log(`failed in ${name}: ${failure}`);
for (const suite of suites)
  console.log(
    `${suite.name}: ${suite.passed} passed, ${suite.failed} failed${suite.skipped ? `, ${suite.skipped} skipped` : ""} (${suite.seconds} s)`,
  );
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || suites.some((suite) => suite.status !== 0) ? 1 : 0);

function secondsSince(started) {
  return Math.round((Date.now() - started) / 1000);
}

/** The tests that open a database: those that name what opens one. What a model is sent is the same on each. */
function databaseTests(rooms = [""]) {
  const opens = /testing\/(harness|running-core)|openDatabase|startServer/;
  return readdirSync(path.join(ROOT, "lib"), { recursive: true })
    .filter((name) => /\.test\.tsx?$/.test(name) && !name.startsWith("server/models/"))
    .filter((name) => rooms.some((room) => name.startsWith(path.join("server", room))))
    .filter((name) => opens.test(readFileSync(path.join(ROOT, "lib", name), "utf8")))
    .map((name) => path.join("lib", name));
}

function vitest(name, paths, options) {
  const started = Date.now();
  const report = path.join(REPORTS, `${name}.json`);
  const result = spawnSync(
    bin("vitest"),
    [
      "run",
      ...options,
      ...paths,
      "--passWithNoTests",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    { cwd: ROOT, stdio: "inherit", env: process.env },
  );
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  const broken = counts?.numFailedTestSuites > 0 && counts.numFailedTests === 0 ? counts.numFailedTestSuites : 0;
  return {
    name,
    seconds: secondsSince(started),
    status: result.status ?? 1,
    passed: counts?.numPassedTests ?? 0,
    failed: counts ? counts.numFailedTests + broken : 1,
    skipped: counts ? counts.numPendingTests + counts.numTodoTests : 0,
    failures: counts ? vitestFailures(counts) : ["it wrote no report"],
  };
}

/** What failed, a line each: its file, its name and the first line of the reason. */
function vitestFailures({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = path.relative(ROOT, name);
    const failed = assertionResults.filter((test) => test.status === "failed");
    if (failed.length === 0) return status === "failed" ? [`${file}: ${firstLine(message)}`] : [];
    return failed.map((test) => `${file} > ${test.fullName}: ${firstLine(test.failureMessages?.[0])}`);
  });
}

function playwrightFailures({ suites = [], errors = [] }) {
  const of = (suite, file) => [
    ...(suite.specs ?? [])
      .filter((spec) => !spec.ok)
      .map((spec) => {
        const error = spec.tests.flatMap((test) => test.results).flatMap((result) => result.errors)[0];
        return `${file}:${spec.line} > ${spec.title}: ${firstLine(error?.message)}`;
      }),
    ...(suite.suites ?? []).flatMap((inner) => of(inner, file)),
  ];
  return [...errors.map((error) => firstLine(error.message)), ...suites.flatMap((suite) => of(suite, suite.file))];
}

function firstLine(text) {
  return stripVTControlCharacters(text ?? "")
    .split("\n")
    .find((line) => line.trim())
    ?.slice(0, 300);
}

function playwright() {
  const started = Date.now();
  const report = path.join(REPORTS, "ade.json");
  const result = spawnSync(bin("playwright"), ["test", "--config", "e2e/playwright.config.ts"], {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, MEMOIR_BROWSER: findBrowser(), PLAYWRIGHT_JSON_OUTPUT_NAME: report },
  });
  const whole = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  const stats = whole?.stats;
  return {
    name: "ade",
    seconds: secondsSince(started),
    status: result.status ?? 1,
    passed: stats?.expected ?? 0,
    failed: stats ? stats.unexpected + stats.flaky : 1,
    skipped: stats?.skipped ?? 0,
    failures: whole ? playwrightFailures(whole) : ["it wrote no report"],
  };
}
