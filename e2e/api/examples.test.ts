import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Script, type ScriptedModel, startScriptedModel } from "../support/scripted-model";
import { startServer, type TestServer } from "../support/server";

const ROOT = path.resolve(import.meta.dirname, "../..");
const run = promisify(execFile);

/** A Python that has the official client; the samples in Python are skipped where there is none. */
const PYTHON = process.env.MEMOIR_TEST_PYTHON ?? "python3";
const hasPythonClient = (() => {
  try {
    execFileSync(PYTHON, ["-c", "import letta_client"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

let model: ScriptedModel;
let server: TestServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "memoir-examples-"));
  model = await startScriptedModel({ models: ["gpt-4.1"] });
  server = await startServer({ modelUrl: model.url });
  await build({
    entryPoints: ["support-agent", "code-agent", "research-agent"].map((name) => `examples/${name}.ts`),
    absWorkingDir: ROOT,
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    nodePaths: [path.join(ROOT, "e2e/clients/letta-1/node_modules")],
    logLevel: "warning",
  });
});
afterAll(async () => {
  await server?.stop();
  await model?.close();
  rmSync(folder, { recursive: true, force: true });
});

const LANGUAGES: [string, boolean, (name: string) => [string, string[]]][] = [
  ["TypeScript", true, (name) => [process.execPath, [path.join(folder, `${name.replace("_", "-")}.mjs`)]]],
  ["Python", hasPythonClient, (name) => [PYTHON, [path.join(ROOT, `examples/${name}.py`)]]],
];

const call = (name: string, args: Record<string, unknown>) => ({ name, args });

describe.each(LANGUAGES)("the samples in %s, with the official client", (_, isHere, command) => {
  async function sample(name: string, ...scripts: Script[]): Promise<string> {
    model.reset();
    model.push(...scripts);
    const env = { PATH: process.env.PATH, LETTA_BASE_URL: server.url } as unknown as NodeJS.ProcessEnv;
    const [program, args] = command(name);
    return (await run(program, args, { env })).stdout;
  }

  it.skipIf(!isHere)("the support agent finds the answer in its folder, with the source", async () => {
    const said = await sample(
      "support_agent",
      { calls: [call("knowledge_base_lookup", { query: "warranty of lamps" })] },
      { text: "Five years (faq.md)." },
    );
    expect(model.requests[0]!.tools!.map((tool) => tool.function.name)).toEqual(
      expect.arrayContaining(["web_search", "knowledge_base_lookup"]),
    );
    expect(said).toMatch(
      /^\[knowledge_base_lookup\] 1 found[\s\S]*faq\.md \(lines \d+-\d+\)[\s\S]*warranty of five years/,
    );
    expect(said).toContain("Five years (faq.md).");
  });

  it.skipIf(!isHere)("the code assistant keeps files in a repository, and runs code", async () => {
    const source = "def slug(title):\n    return '-'.join(title.lower().split())\n";
    const said = await sample(
      "code_agent",
      { calls: [call("file_manager", { action: "write", path: "slug.py", content: source })] },
      { calls: [call("run_code", { language: "python", code: `${source}print(slug('Hello World'))` })] },
      { calls: [call("git_operations", { action: "init" })] },
      { calls: [call("git_operations", { action: "commit", message: "Add slug" })] },
      { calls: [call("git_operations", { action: "log" })] },
      { text: "It is committed." },
    );
    expect(said).toContain("Wrote 'slug.py'");
    expect(said).toContain("hello-world");
    expect(said).toMatch(/\[main [0-9a-f]{7}\] Add slug\n1 file changed/);
    expect(said).toMatch(/[0-9a-f]{10} \d{4}-\d\d-\d\d \d\d:\d\d .+: Add slug\nIt is committed\./);
  });

  it.skipIf(!isHere)("the research agent quotes with a place, sums up a table, and draws it", async () => {
    const said = await sample(
      "research_agent",
      { calls: [call("document_analysis", { action: "outline", file_name: "report.md" })] },
      {
        calls: [call("document_analysis", { action: "quotes", file_name: "report.md", query: "three times as many" })],
      },
      {
        calls: [
          call("data_processing", {
            ...{ action: "query", path: "counts.csv", group_by: ["roof"] },
            aggregates: [{ function: "sum", column: "bees", as: "bees" }],
          }),
          call("data_processing", { action: "chart", path: "counts.csv", x: "month", y: ["bees"], series: "roof" }),
        ],
      },
      { text: "It helps." },
    );
    expect(said).toMatch(/- Bees in the city \(line 1\)\n {2}- Method \(line 3\)/);
    expect(said).toContain("“Roofs with clover had three times as many bees as roofs without.”");
    expect(said).toContain("report.md, line 7)");
    expect(said).toMatch(/\| clover \| 710 \|\n\| bare \| 225 \|/);
    const shown = JSON.stringify(model.requests.at(-1)!.messages);
    expect(shown).toMatch(/data:image\/png;base64,iVBOR/);
    expect(said).toContain("It helps.");
  });
});
