#!/usr/bin/env node
// The command of a packed Memoir, which brings its build: `memoir` serves from anywhere, with its data in the folder that it
// was called in.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { runTests, TEST_HELP } from "./memoir-test.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));

const HELP = `memoir ${version}

  memoir              serve on http://localhost:8283, with the data in .memoir of this folder
  memoir rotate-key   seal the secrets of that data with a new key
  memoir reset-password <email>
                      print a link by which a person sets a password (without a Postgres, stop the server first)
  memoir backup <file>
                      write all of that data and its key into a new file (without a Postgres, stop the server first)
  memoir restore <file>
                      put a backup into an empty folder or database
${TEST_HELP}
  memoir --version

Settings are environment variables: PORT, HOST, MEMOIR_DATA_DIR, DATABASE_URL, MEMOIR_PASSWORD, MEMOIR_AUTH, OPENAI_API_KEY and others
(docs/configuration.md).`;

/** The server's options for each command, made of the arguments that it takes. */
const COMMANDS = {
  start: { takes: 0, options: () => [] },
  "rotate-key": { takes: 0, options: () => ["--rotate-key"] },
  backup: { takes: 1, options: (file) => [`--backup=${path.resolve(file)}`] },
  restore: { takes: 1, options: (file) => [`--restore=${path.resolve(file)}`] },
  "reset-password": { takes: 1, options: (email) => [`--reset-password=${email}`] },
};
const [command = "start", ...rest] = process.argv.slice(2);

if (command === "--version" || command === "-v") console.log(version);
else if (command === "--help" || command === "-h" || command === "help") console.log(HELP);
else if (command === "test") process.exitCode = await runTests(rest, ROOT);
else if (!Object.hasOwn(COMMANDS, command) || rest.length !== COMMANDS[command].takes)
  fail(`memoir does not know "${[command, ...rest].join(" ")}".\n\n${HELP}`);
else serve(COMMANDS[command].options(...rest));

function serve(options) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Memoir needs Node 20.19 or newer; this is ${process.versions.node}.`);
  const program = path.join(ROOT, "dist/server.mjs");
  if (!existsSync(program)) fail("This copy of Memoir has no build. In a clone of the repository, use npm start.");
  const server = spawn(process.execPath, ["--enable-source-maps", program, ...options], {
    // Its pages and migrations lie there.
    cwd: ROOT,
    stdio: "inherit",
    env: {
      ...process.env,
      NODE_ENV: "production",
      NEXT_TELEMETRY_DISABLED: "1",
      MEMOIR_DATA_DIR: path.resolve(process.env.MEMOIR_DATA_DIR?.trim() || ".memoir"),
    },
  });
  // npm's shell dies of a signal without passing it on: without its parent, the server would hold port and data unseen.
  if (process.env.npm_lifecycle_event) {
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && server.kill("SIGTERM"), 500).unref();
  }
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
  server.on("exit", (code, signal) => process.exit(code ?? (signal ? 1 : 0)));
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}
