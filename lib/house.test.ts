import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = path.resolve(import.meta.dirname, "..");

/** Which room may import from which: the direction of the house. `api` here means `lib/api`, and so on. */
const ALLOWED: Record<string, readonly string[]> = {
  "lib/api": [],
  "lib/stream": [],
  "lib/text": [],
  "lib/engine": ["lib/stream", "lib/text"],
  "lib/server": ["lib/api", "lib/stream", "lib/text", "lib/engine"],
  "lib/client": ["lib/api", "lib/stream", "lib/text"],
  components: ["lib/api", "lib/stream", "lib/text", "lib/client"],
  app: ["lib/api", "lib/stream", "lib/text", "lib/server", "lib/client", "components"],
};

/** The rooms of the server, floor by floor: a room may import from those below it, and from no other. */
const FLOORS: readonly (readonly string[])[] = [
  ["config"],
  ["core"],
  ["db", "net", "relay", "threads", "telemetry", "metrics"],
  ["images", "vault", "jobs", "sandbox"],
  ["models"],
  ["records", "search"],
  ["audit", "fair-use", "links", "usage"],
  ["agent-config"],
  ["archives", "blocks", "tools"],
  ["folders", "mcp", "identities", "workspaces"],
  ["conversations", "calls"],
  ["run"],
  ["groups", "callbacks", "openai", "schedules", "reviews"],
  ["agents", "batches"],
  ["accounts", "agent-file", "backup", "ledger"],
  ["templates", "erasure"],
  ["suites"],
  ["seed"],
  ["http"],
  ["start"],
];

/** Arrows that lead upwards, each with its reason. */
const UPWARDS: Record<string, string> = {
  "calls → agents": "a tool's code is given its agent as the API shows it",
  "run → callbacks": "the end of a run is told to who asked for it",
  "callbacks → batches": "the end of a batch is told with what became of its items",
};

/** Packages that belong to one place. */
const PACKAGES: [pattern: RegExp, places: readonly string[]][] = [
  [/^(ai|@ai-sdk\/.*)$/, ["lib/server/models"]],
  [/^(@prisma\/.*|pg|pglite-prisma-adapter|@electric-sql\/.*)$/, ["lib/server"]],
  [/^(react|react-dom|next)(\/.*)?$/, ["app", "components", "lib/client", "lib/server/start/serve.ts"]],
  [/^(@lezer\/.*|@babel\/.*)$/, ["lib/server/tools/derive", "lib/server/sandbox"]],
  [/^(@mozilla\/readability|linkedom)$/, ["lib/server/tools/builtins"]],
  [/^sharp$/, ["lib/server/images"]],
  [/^(better-auth(\/.*)?|openid-client)$/, ["lib/server/accounts"]],
  [/^pg-boss$/, ["lib/server/jobs"]],
  [/^prom-client$/, ["lib/server/metrics"]],
  [/^recharts$/, ["components/dashboard"]],
  [/^e2b$/, ["lib/server/sandbox/e2b"]],
  [/^(isomorphic-git|read-excel-file|echarts|@resvg\/resvg-wasm)(\/.*)?$/, ["lib/server/calls/starters/work"]],
  [/^@modelcontextprotocol\/sdk\//, ["lib/server/mcp"]],
  [/^@opentelemetry\/.*$/, ["lib/server/telemetry"]],
  [/^(@codemirror\/.*|@uiw\/.*|@xyflow\/.*)$/, ["components"]],
  [/^(hono|@hono\/node-server)(\/.*)?$/, ["lib/server"]],
];

/** Engine, stream and text read no clock, no dice and no environment: all of it comes through ports. */
const IMPURE = /\bDate\.now\(|new Date\(\)|Math\.random\(|process\.env|randomUUID|performance\.now\(/;

const MAX_LINES = 400;

type Source = { file: string; text: string; imports: { path: string; typeOnly: boolean }[] };

function sources(): Source[] {
  return ["lib", "app", "components"]
    .flatMap((room) => walk(path.join(ROOT, room)))
    .filter((file) => /\.tsx?$/.test(file) && !file.includes("/generated/") && !file.endsWith(".d.ts"))
    .map((file) => {
      const text = readFileSync(file, "utf8");
      return { file: path.relative(ROOT, file), text, imports: importsOf(text) };
    });
}

function walk(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? walk(file) : [file];
  });
}

function importsOf(text: string): Source["imports"] {
  const found = text.matchAll(/^(?:import|export)\s+(type\s+)?(?:[^"';]*?\sfrom\s+)?["']([^"']+)["']/gms);
  const dynamic = text.matchAll(/\bimport\(\s*["']([^"']+)["']\s*\)/g);
  return [
    ...Array.from(found, (match) => ({ path: match[2]!, typeOnly: Boolean(match[1]) })),
    ...Array.from(dynamic, (match) => ({ path: match[1]!, typeOnly: false })),
  ];
}

const isTest = (file: string) => /\.test\.tsx?$/.test(file) || file.includes("/testing/");
const roomOf = (file: string) => Object.keys(ALLOWED).find((room) => file.startsWith(`${room}/`));

/** The file of the repository that an import means, or null for a package. */
function target(source: Source, imported: string): string | null {
  if (imported.startsWith("@/")) return imported.slice(2);
  return imported.startsWith(".") ? path.normalize(path.join(path.dirname(source.file), imported)) : null;
}

const all = sources();
const code = all.filter((source) => !isTest(source.file));

describe("the house", () => {
  test("rooms import only in the direction of the house", () => {
    const wrong = code.flatMap((source) => {
      const room = roomOf(source.file);
      if (!room) return [];
      return source.imports.flatMap((one) => {
        const to = target(source, one.path);
        const other = to && roomOf(`${to}/`);
        if (!other || other === room || ALLOWED[room]!.includes(other)) return [];
        return [`${source.file} imports ${one.path}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  test("the rooms of the server import only from the floors below, but for what is named", () => {
    const floorOf = (room: string) => FLOORS.findIndex((floor) => floor.includes(room));
    const wrong = code.flatMap((source) => {
      const [, room] = /^lib\/server\/([^/]+)\//.exec(source.file) ?? [];
      if (!room) return source.file.startsWith("lib/server/") ? [`${source.file} is in no room`] : [];
      if (floorOf(room) < 0) return [`the room of ${source.file} is on no floor`];
      return source.imports.flatMap((one) => {
        const [, other] = /^lib\/server\/([^/]+)\//.exec(target(source, one.path) ?? "") ?? [];
        if (!other || other === room || floorOf(other) < floorOf(room) || UPWARDS[`${room} → ${other}`]) return [];
        return [`${source.file} imports ${one.path}`];
      });
    });
    expect(wrong).toEqual([]);
  });

  test("two rooms of the browser's side never import from each other", () => {
    const arrows = new Set(
      code.flatMap((source) => {
        const [, room] = /^lib\/client\/([^/]+)\//.exec(source.file) ?? [];
        return source.imports.flatMap((one) => {
          const [, other] = /^lib\/client\/([^/]+)\//.exec(target(source, one.path) ?? "") ?? [];
          return room && other && other !== room ? [`${room} → ${other}`] : [];
        });
      }),
    );
    const mutual = [...arrows].filter((arrow) => arrows.has(arrow.split(" → ").toReversed().join(" → ")));
    expect(mutual).toEqual([]);
  });

  test("components and the browser's client take only types from the wire contract", () => {
    const wrong = code
      .filter((source) => source.file.startsWith("components/") || source.file.startsWith("lib/client/"))
      .flatMap((source) =>
        source.imports
          .filter((one) => one.path.startsWith("@/lib/api") && !one.typeOnly)
          .map((one) => `${source.file} imports ${one.path}`),
      );
    expect(wrong).toEqual([]);
  });

  test("packages are used where they belong", () => {
    const wrong = code.flatMap((source) =>
      source.imports.flatMap((one) => {
        const rule = PACKAGES.find(([pattern]) => pattern.test(one.path));
        if (!rule || one.typeOnly || rule[1].some((place) => source.file.startsWith(place))) return [];
        return [`${source.file} imports ${one.path}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("the environment is read in one file", () => {
    const wrong = code.filter(
      (source) => source.text.includes("process.env") && source.file !== "lib/server/config/env.ts",
    );
    expect(wrong.map((source) => source.file)).toEqual([]);
  });

  test("engine, stream and text are pure", () => {
    const wrong = code.filter(
      (source) =>
        /^lib\/(engine|stream|text)\//.test(source.file) &&
        IMPURE.test(source.text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")),
    );
    expect(wrong.map((source) => source.file)).toEqual([]);
  });

  test("no file imports itself over others, not even types", () => {
    const graph = new Map(
      code.map((source) => [
        source.file.replace(/\.tsx?$/, ""),
        source.imports.flatMap((one) => target(source, one.path) ?? []),
      ]),
    );
    expect(cyclesOf(graph)).toEqual([]);
  });

  test("a test that puts other modules in the place of some runs apart, as vitest.config.ts lists it", () => {
    const listed = readFileSync(path.join(ROOT, "vitest.config.ts"), "utf8");
    const replacing = ["lib", "scripts", "components"]
      .flatMap((room) => walk(path.join(ROOT, room)))
      .filter((file) => /\.test\.tsx?$/.test(file) && /^\s*vi\.(do)?mock\(/m.test(readFileSync(file, "utf8")))
      .map((file) => path.relative(ROOT, file));
    expect(replacing.filter((file) => !listed.includes(file))).toEqual([]);
  });

  test("the OpenAPI document has the version of the package", () => {
    const { version } = JSON.parse(readFileSync(path.join(ROOT, "package.json"), "utf8"));
    expect(readFileSync(path.join(ROOT, "lib/api/openapi.ts"), "utf8")).toContain(`API_VERSION = "${version}"`);
  });

  test(`no file is longer than ${MAX_LINES} lines`, () => {
    const long = code.filter((source) => source.text.split("\n").length > MAX_LINES);
    expect(long.map((source) => source.file)).toEqual([]);
  });
});

function cyclesOf(graph: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (file: string, trail: string[]) => {
    if (trail.includes(file)) found.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
    else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
      done.add(file);
    }
  };
  for (const file of graph.keys()) visit(file, []);
  return found;
}
