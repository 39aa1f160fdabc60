import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startServer, type TestServer } from "../support/server";

const COMMAND = path.resolve(import.meta.dirname, "../../scripts/memoir.mjs");

let server: TestServer;
let folder: string;
beforeAll(async () => {
  server = await startServer({ environment: { MEMOIR_SEED: "on" } });
  folder = mkdtempSync(path.join(tmpdir(), "memoir-suites-"));
  mkdirSync(path.join(folder, "suites/deep"), { recursive: true });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

type Said = { code: number; out: string; err: string };

/** What the command says and how it ends, run in the folder of the suites. */
const memoir = (...args: string[]) =>
  new Promise<Said>((resolve) => {
    execFile(process.execPath, [COMMAND, "test", ...args, "--server", server.url], { cwd: folder }, (error, out, err) =>
      resolve({ code: typeof error?.code === "number" ? error.code : error ? -1 : 0, out, err }),
    );
  });

async function api<T>(method: string, route: string, body?: object): Promise<T> {
  const answer = await fetch(server.url + route, {
    method,
    headers: { "content-type": "application/json" },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  if (!answer.ok) throw new Error(`${method} ${route}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

const suite = (start: string) => `suite: The lost allergy
start: ${start}
cases:
  - name: Ada knows what Mara must not eat
    checks:
      - memory: {block: human, contains: walnuts}
`;
const write = (file: string, text: string) => writeFileSync(path.join(folder, file), text);
const read = (file: string) => readFileSync(path.join(folder, file), "utf8");

test("the lost allergy fails as of day 15 and passes after the restore, from a command, with reports", async () => {
  write("suites/deep/allergy.yaml", suite("{agent: Ada, days_ago: 16}"));
  const args = ["suites/**/*.yaml", "--junit", "junit.xml", "--markdown", "report.md", "--json", "report.json"];
  const lost = await memoir(...args);
  expect([lost.code, lost.err]).toEqual([1, ""]);
  expect(lost.out).toContain("block human contains “walnuts”\n        found: “Mara Lindqvist");
  expect(read("junit.xml")).toContain('tests="1" failures="1"');
  expect(read("report.md")).toContain("❌ The lost allergy: 0 of 1 passed, 1 failed");

  // A fork of that moment, in which the rewrite is taken back.
  type Agent = { id: string; name: string; blocks: { id: string; label: string }[] };
  const [ada] = await api<Agent[]>("GET", "/v1/agents?name=Ada");
  const human = (agent: Agent) => agent.blocks.find(({ label }) => label === "human")!.id;
  type Version = { operation: string; step_id: string; value: string };
  const versions = await api<Version[]>("GET", `/v1/blocks/${human(ada!)}/versions?limit=200`);
  const at = versions.findIndex(({ operation }) => operation === "memory_rethink");
  const forked = await api<{ agent_id: string }>("POST", `/v1/steps/${versions[at]!.step_id}/fork`, {
    moment: "after",
  });
  const fork = await api<Agent>("GET", `/v1/agents/${forked.agent_id}`);
  await api("PATCH", `/v1/blocks/${human(fork)}`, { value: versions[at + 1]!.value });
  write("suites/deep/allergy.yaml", suite(`{agent: ${fork.id}}`));
  const restored = await memoir(...args, "--update-baseline");
  expect([restored.code, restored.err]).toEqual([0, ""]);
  const [kept] = await api<{ version: number; baseline_run_id: string }[]>("GET", "/v1/suites");
  expect(kept).toMatchObject({ version: 2, baseline_run_id: expect.any(String) });
  expect(JSON.parse(read("report.json"))).toMatchObject([
    { file: "suites/deep/allergy.yaml", run: { status: "passed" } },
  ]);
});

test("a file that is wrong is said with its lines, and so is what there is not", async () => {
  write("wrong.yaml", "suite: Wrong\ncases:\n  - name: a\n    checks: [{memory: {contain: x}}]\n");
  const wrong = await memoir("wrong.yaml");
  expect([wrong.code, wrong.err]).toEqual([
    2,
    expect.stringContaining('wrong.yaml:4:24: cases.0.checks.0.memory.contain: nothing is called "contain" here'),
  ]);
  expect(await memoir("nowhere/*.yaml")).toMatchObject({
    code: 2,
    err: expect.stringContaining('no file "nowhere/*.yaml"'),
  });
});

test("your own checks run in the sandbox, in Python and TypeScript, on the whole result", async () => {
  const python =
    "def check(result):\n    return [block['label'] for block in result['blocks']] == ['human'] or 'other blocks'";
  const typescript = "function check(result: any) { return { passed: false, reason: result.turns.length + ' turns' } }";
  const checks = [
    { code: { language: "python", source: python } },
    { code: { language: "typescript", source: typescript } },
    { code: { language: "python", source: "def check(result):\n    return result['nothing']" } },
  ];
  const cases = [{ name: "own", start: { agent: "Ada" }, checks }];
  write("own.json", JSON.stringify({ suite: "Own", cases }));
  await memoir("own.json", "--json", "own-report.json");
  const [{ items }] = JSON.parse(read("own-report.json"));
  expect(items[0].result.findings.map((one: { passed: boolean; found: string }) => [one.passed, one.found])).toEqual([
    [false, "“other blocks”"],
    [false, "0 turns"],
    [false, expect.stringMatching(/^KeyError/)],
  ]);
});
