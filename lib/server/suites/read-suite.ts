import { isMap, isScalar, LineCounter, type Node, type ParsedNode, parseDocument, type YAMLError } from "yaml";
import { REQUEST_LIMITS } from "@/lib/api/limits";
import { type SuiteContent, suiteContent } from "@/lib/api/suite-file";
import type { SuiteProblem } from "@/lib/api/suites";

/** What a suite's file says, or all that is wrong with it. JSON is YAML too. */
export type ReadSuite = { content: SuiteContent; problems: [] } | { content: null; problems: SuiteProblem[] };

/** Reads a suite's file. Pure; for a thread, since others wrote it. */
export function readSuite(source: string): ReadSuite {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
  if (document.errors.length > 0) return wrong(document.errors.map((error) => ofYaml(error, lines)));
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    return wrong([{ line: 1, column: 1, path: "", message: error instanceof Error ? error.message : String(error) }]);
  }
  if (value === null || typeof value !== "object" || Array.isArray(value))
    return wrong([
      { line: 1, column: 1, path: "", message: "a suite is a mapping that begins with `suite:` and its name" },
    ]);
  const parsed = suiteContent.safeParse(value);
  if (parsed.success) return { content: parsed.data, problems: [] };
  const problems = parsed.error.issues.flatMap((issue) => flat(issue)).slice(0, REQUEST_LIMITS.issues);
  const placed = problems.map(({ path, message }) => ({
    ...placeOf(document.contents, path, lines),
    path: path.join("."),
    message,
  }));
  return wrong(placed.toSorted((a, b) => a.line - b.line || a.column - b.column));
}

const wrong = (problems: SuiteProblem[]): ReadSuite => ({ content: null, problems });

function ofYaml(error: YAMLError, lines: LineCounter): SuiteProblem {
  const { line, col } = lines.linePos(error.pos[0]);
  return { line, column: col, path: "", message: error.message };
}

type Issue = { code?: string; path: PropertyKey[]; message: string; keys?: string[]; errors?: Issue[][] };
type Flat = { path: (string | number)[]; message: string };

/** An issue at the place that it means: of a union, what is wrong with the form that comes closest. */
function flat(issue: unknown, before: (string | number)[] = []): Flat[] {
  const { code, path, message, keys, errors } = issue as Issue;
  const here = [...before, ...(path as (string | number)[])];
  if (code === "unrecognized_keys" && keys)
    return keys.map((key) => ({ path: [...here, key], message: `nothing is called "${key}" here` }));
  if (code === "invalid_union" && errors && errors.length > 0) {
    const deepest = errors.map((all) => all.flatMap((one) => flat(one, here)));
    const closest = deepest.toSorted((a, b) => depthOf(b) - depthOf(a) || a.length - b.length)[0]!;
    if (depthOf(closest) > here.length || closest.length === 1) return closest;
  }
  return [{ path: here, message }];
}

const depthOf = (issues: readonly Flat[]) => Math.max(0, ...issues.map(({ path }) => path.length));

/** Where a path stands: its key where it has one, else the closest thing around it that is there. */
function placeOf(root: ParsedNode | null, path: readonly (string | number)[], lines: LineCounter) {
  let node: Node | null = root;
  let at = root?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step));
      if (!pair) break;
      at = (pair.key as Node).range?.[0] ?? at;
      node = (pair.value as Node | null) ?? null;
    } else if (node && "get" in node) {
      const next = (node as { get(key: unknown, keep: boolean): unknown }).get(step, true) as Node | undefined;
      if (!next) break;
      at = next.range?.[0] ?? at;
      node = next;
    } else break;
  }
  const { line, col } = lines.linePos(at);
  return { line, column: col };
}

declare module "../threads/threads" {
  interface Tasks {
    readSuite: { input: string; value: ReadSuite };
  }
}
