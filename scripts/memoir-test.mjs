// `memoir test`: runs suites of files on a server, or on one that it starts on a folder of its own, and says what came of
// them. It ends with 0 where all passed, with 1 where a case failed, with 2 where something could not be run at all.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";

export const TEST_HELP = `  memoir test <file, folder or pattern> ...
                      run suites of tests (YAML or JSON); without --server on a server with a folder of its own
      --server <url> --key <key>      run them there (MEMOIR_URL, MEMOIR_KEY)
      --junit, --json, --markdown <file>   write what came of them; - prints it
      --case <name>  --variant <name>  --repeats <n>  --parallel <n>
      --bail                          begin nothing more once a case has failed
      --update-baseline               make the runs that passed the baselines of their suites`;

const OPTIONS = {
  server: { type: "string" },
  key: { type: "string" },
  junit: { type: "string" },
  json: { type: "string" },
  markdown: { type: "string" },
  case: { type: "string", multiple: true },
  variant: { type: "string", multiple: true },
  repeats: { type: "string" },
  parallel: { type: "string" },
  bail: { type: "boolean", default: false },
  "update-baseline": { type: "boolean", default: false },
};

/** What can't be run, in a sentence for who called. */
class CannotRun extends Error {}

/** @returns the exit code. */
export async function runTests(args, root) {
  let server = null;
  try {
    const { values, positionals } = readArguments(args);
    const files = filesOf(positionals);
    const url = values.server ?? process.env.MEMOIR_URL;
    server = url ? null : await startOwn(root);
    const call = caller(url ?? server.url, values.key ?? process.env.MEMOIR_KEY ?? null);
    return await runFiles(files, values, call);
  } catch (error) {
    if (!(error instanceof CannotRun)) throw error;
    console.error(error.message);
    return 2;
  } finally {
    await server?.stop();
  }
}

function readArguments(args) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new CannotRun(`${error.message}\n\n${TEST_HELP}`);
  }
}

async function runFiles(files, values, call) {
  const options = {
    ...(values.case ? { cases: values.case } : {}),
    ...(values.variant ? { variants: values.variant } : {}),
    ...(values.repeats ? { repeats: numberOf("repeats", values.repeats) } : {}),
    ...(values.parallel ? { parallel: numberOf("parallel", values.parallel) } : {}),
    ...(values.bail ? { bail: true } : {}),
  };
  const done = [];
  let isBad = false;
  for (const file of files) {
    const suite = await keep(file, call);
    if (!suite) isBad = true;
    if (!suite) continue;
    const run = await runSuite(suite, options, call);
    done.push({ file, suite, run, items: await itemsOf(run, call) });
    say(done.at(-1));
    if (values["update-baseline"] && run.status === "passed") await call("POST", `${runPath(run)}/approve`);
    if (values.bail && run.status === "failed") break;
  }
  await write(values, done, call);
  const failed = done.some(({ run }) => run.status !== "passed");
  return isBad ? 2 : failed ? 1 : 0;
}

function numberOf(name, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new CannotRun(`--${name} is a number from 1, not "${text}"`);
  return number;
}

/** Keeps a file as the suite of its name, or as a new version of it. Null for one that is wrong, which is said. */
async function keep(file, call) {
  const source = readFileSync(file, "utf8");
  const { problems, name } = await call("POST", "/v1/suites/check", { source });
  for (const { line, column, path: where, message } of problems)
    console.error(`${file}:${line}:${column}: ${where ? `${where}: ` : ""}${message}`);
  if (problems.length > 0) return null;
  const [known] = await call("GET", `/v1/suites?name=${encodeURIComponent(name)}`);
  return known ? call("PATCH", `/v1/suites/${known.id}`, { source }) : call("POST", "/v1/suites", { source });
}

const runPath = (run) => `/v1/suites/${run.suite_id}/runs/${run.id}`;
const LOOK_MS = 250;

async function runSuite(suite, options, call) {
  let run = await call("POST", `/v1/suites/${suite.id}/runs`, options);
  while (run.status === "running") {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    run = await call("GET", runPath(run));
  }
  return run;
}

async function itemsOf(run, call) {
  const items = [];
  for (;;) {
    const after = items.length > 0 ? `&after=${items.at(-1).id}` : "";
    const page = await call("GET", `${runPath(run)}/items?limit=100${after}`);
    items.push(...page);
    if (page.length < 100) return items;
  }
}

const SIGNS = { passed: "✓", failed: "✗", error: "!", skipped: "-", cancelled: "-" };

function say({ file, run, items }) {
  const { passed, total } = run.counts;
  console.log(`${run.suite_name} (${file}): ${passed} of ${total} passed`);
  for (const item of items) {
    const name = `${item.case_name}${item.variant ? ` [${item.variant}]` : ""}${item.repeat > 1 ? ` (${item.repeat})` : ""}`;
    console.log(`  ${SIGNS[item.status] ?? "?"} ${name}`);
    if (item.error) console.log(`      ${item.error}`);
    for (const finding of item.result?.findings ?? []) {
      if (finding.passed) continue;
      console.log(
        `      ${finding.expected}\n        found: ${finding.found}${finding.step_id ? ` (${finding.step_id})` : ""}`,
      );
    }
  }
}

async function write(values, done, call) {
  const texts = async (format) =>
    Promise.all(done.map(async ({ run }) => (await call("GET", `${runPath(run)}/report?format=${format}`)).text));
  if (values.junit) put(values.junit, oneJunit(await texts("junit")));
  if (values.markdown) put(values.markdown, (await texts("markdown")).join("\n"));
  if (values.json) {
    const shown = done.map(({ file, run, items }) => ({ file, run, items }));
    put(values.json, `${JSON.stringify(shown, null, 2)}\n`);
  }
}

/** Several documents as one: what stands within each is kept. */
function oneJunit(documents) {
  const suites = documents.map((text) => text.slice(text.indexOf("<testsuite "), text.lastIndexOf("</testsuites>")));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

function put(file, text) {
  if (file === "-") process.stdout.write(text);
  else writeFileSync(file, text);
}

function caller(url, key) {
  return async (method, route, body) => {
    const answer = await fetch(new URL(route, url), {
      method,
      headers: { "content-type": "application/json", ...(key ? { authorization: `Bearer ${key}` } : {}) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error) => {
      throw new CannotRun(`${url} can't be reached: ${error.cause?.message ?? error.message}`);
    });
    const text = await answer.text();
    if (answer.ok) return text === "" ? null : JSON.parse(text);
    throw new CannotRun(`${method} ${route}: ${answer.status} ${text.slice(0, 1000)}`);
  };
}

const SUITE_FILE = /\.(ya?ml|json)$/;

/** The files that are named: by themselves, by a folder, or by a pattern with * and **. */
function filesOf(named) {
  if (named.length === 0) throw new CannotRun(`memoir test needs a file, a folder or a pattern.\n\n${TEST_HELP}`);
  const files = named.flatMap((name) => {
    if (existsSync(name))
      return statSync(name).isDirectory() ? walk(name).filter((file) => SUITE_FILE.test(file)) : [name];
    const found = name.includes("*") ? matching(name) : [];
    if (found.length === 0) throw new CannotRun(`There is no file "${name}".`);
    return found;
  });
  return [...new Set(files)];
}

function matching(pattern) {
  const fixed = pattern.slice(0, pattern.indexOf("*"));
  const folder = fixed.includes("/") ? fixed.slice(0, fixed.lastIndexOf("/")) || "/" : ".";
  if (!existsSync(folder)) return [];
  const source = path
    .normalize(pattern)
    .replaceAll(/[.+^${}()|[\]\\?]/g, "\\$&")
    .replaceAll(/\*\*\/|\*\*|\*/g, (sign) => (sign === "**/" ? "(?:.*/)?" : sign === "**" ? ".*" : "[^/]*"));
  const wanted = new RegExp(`^${source}$`);
  return walk(folder).filter((file) => wanted.test(path.normalize(file)));
}

function walk(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const file = path.join(folder, entry.name);
      return entry.isDirectory() ? walk(file) : [file];
    });
}

const READY_MS = 240_000;

/** A server of its own, without pages, on a free port and a folder that goes with it. */
async function startOwn(root) {
  const program = path.join(root, "dist/server.mjs");
  if (!existsSync(program)) throw new CannotRun("This copy of Memoir has no build: npm run build makes one.");
  const folder = mkdtempSync(path.join(tmpdir(), "memoir-tests-"));
  const port = await freePort();
  const { DATABASE_URL: _, MEMOIR_PASSWORD: __, MEMOIR_AUTH: ___, ...environment } = process.env;
  const child = spawn(process.execPath, ["--enable-source-maps", program, "--api"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
    env: {
      ...{ ...environment, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
      ...{ HOST: "127.0.0.1", PORT: String(port), MEMOIR_DATA_DIR: folder },
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => void stop().then(() => process.exit(2)));
  for (const until = Date.now() + READY_MS; Date.now() < until && child.exitCode === null; ) {
    const isReady = await fetch(`${url}/v1/health`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) return { url, stop };
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await stop();
  throw new CannotRun("The server for the tests did not start.");
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
