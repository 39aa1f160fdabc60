import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { createSandbox } from "@/lib/server/sandbox/create-sandbox";
import type { SandboxCall } from "@/lib/server/sandbox/sandbox";

/**
 * What a call in the sandbox costs beside the same function outside of it: `npx tsx bench/sandbox.ts [calls]`. Python's
 * outside is the machine's own, as a function in a process that runs already and as a process per call.
 */
const calls = Number(process.argv[2] ?? 200);

const PYTHON = `import json, re
def work(text: str, n: int) -> dict:
    words = re.findall(r"\\w+", text.lower())
    counts = {word: words.count(word) for word in sorted(set(words))}
    return {"counts": counts, "sum": sum(i * i for i in range(n)), "json": len(json.dumps(counts))}`;
const JAVASCRIPT = `function work(text, n) {
  const words = text.toLowerCase().match(/\\w+/g);
  const counts = Object.fromEntries([...new Set(words)].sort().map((word) => [word, words.filter((one) => one === word).length]));
  let sum = 0;
  for (let i = 0; i < n; i++) sum += i * i;
  return { counts, sum, json: JSON.stringify(counts).length };
}`;
const args = { text: "The quick brown fox jumps over the lazy dog and the cat. ".repeat(20), n: 10_000 };

type Row = { what: string; times: number[] };

function show({ what, times }: Row): void {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2).padStart(9);
  console.log(`${what.padEnd(48)} best ${at(0)} ms   p50 ${at(0.5)} ms   p95 ${at(0.95)} ms`);
}

async function time(count: number, work: () => unknown): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) {
    const started = performance.now();
    await work();
    times.push(performance.now() - started);
  }
  return times;
}

const pythonOutside = () =>
  execFileSync(
    "python3",
    [
      "-c",
      `${PYTHON}
import time, sys
args = json.loads(sys.argv[1])
for _ in range(${calls}):
    t = time.perf_counter(); work(**args); print((time.perf_counter() - t) * 1000)`,
      JSON.stringify(args),
    ],
    { encoding: "utf8" },
  )
    .trim()
    .split("\n")
    .map(Number);

async function main(): Promise<void> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "memoir-bench-"));
  const sessions = { most: 4, idleMs: 60_000 };
  const common = {
    processesPerOrganization: 4,
    ceilings: { timeoutMs: 3_600_000, memoryBytes: 4096 * 1024 * 1024 },
    processes: 4,
    idleMs: 60_000,
    sessions,
    e2b: null,
    pipIndex: null,
    npmRegistry: null,
    packageOrigins: [],
  };
  const settings = { ...common, python: "pyodide" } as const;
  const sandbox = createSandbox({ settings, dataDir, allowPrivateUrls: false });
  const call = (language: "python" | "javascript", pause: number) => async () => {
    if (pause > 0) await new Promise((done) => setTimeout(done, pause));
    const source = language === "python" ? PYTHON : JAVASCRIPT;
    const asked: SandboxCall = { organizationId: "org-bench", language, source, entry: "work", args, env: {} };
    const started = performance.now();
    const result = await sandbox.run(asked);
    if (result.status !== "success") throw new Error(JSON.stringify(result.error));
    return { whole: performance.now() - started, inside: result.durationMs };
  };
  const sample = async (language: "python" | "javascript", pause: number) => {
    const run = call(language, pause);
    const samples: Awaited<ReturnType<typeof run>>[] = [];
    for (let n = 0; n < calls; n++) samples.push(await run());
    return samples;
  };
  const outside = {
    python: pythonOutside(),
    javascript: await time(
      calls,
      new Function("args", `${JAVASCRIPT}; return work(args.text, args.n);`).bind(null, args),
    ),
  };
  for (const language of ["python", "javascript"] as const) {
    const started = performance.now();
    await call(language, 0)();
    console.log(`${language}: first call, with the start of a process: ${(performance.now() - started).toFixed(0)} ms`);
    await sample(language, 0);
    const apart = await sample(language, 30);
    const row = await sample(language, 0);
    show({ what: `${language}: outside`, times: outside[language] });
    show({ what: `${language}: sandbox, calls apart`, times: apart.map(({ whole }) => whole) });
    show({ what: `${language}: sandbox, calls back to back`, times: row.map(({ whole }) => whole) });
    show({ what: `${language}: inside the sandbox's process`, times: apart.map(({ inside }) => inside) });
    const median = (times: number[]) => times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
    const ratio = median(apart.map(({ whole }) => whole)) / median(outside[language]);
    console.log(`${language}: ratio to the same function outside: ${ratio.toFixed(1)}\n`);
  }
  show({
    what: "python3: a process for each call",
    times: await time(20, () =>
      execFileSync("python3", [
        "-c",
        `${PYTHON}
import sys
work(**json.loads(sys.argv[1]))`,
        JSON.stringify(args),
      ]),
    ),
  });
  const { walls, processes } = await sandbox.report();
  console.log(`walls: ${walls.join(", ")}; processes: ${processes.live}`);
  console.log(
    execFileSync(
      "sh",
      [
        "-c",
        "ps -e -o rss=,args= | grep -E 'node .*workers/(python|javascript).mjs' | grep -v -E 'unshare|setpriv|grep' | awk '{print $1/1024 \" MB\"}'",
      ],
      { encoding: "utf8" },
    ),
  );
  await sandbox.close();
  rmSync(dataDir, { recursive: true, force: true });
}

await main();
