// The table of all operations in docs/operations.md, made from the table of endpoints: `npx tsx scripts/operations.ts` writes it anew.
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Endpoint } from "../lib/api/endpoint";
import { ENDPOINTS } from "../lib/api/endpoints";
import { UNAVAILABLE } from "../lib/api/unavailable";

const PAGE = path.resolve(import.meta.dirname, "../docs/operations.md");
const BEGIN = "<!-- operations -->";
const END = "<!-- /operations -->";

type Operation = { method: string; path: string; own: boolean; why: string | null };

/** Every operation that is routed, in the order of its path. */
export function operations(): Operation[] {
  const works = (ENDPOINTS as readonly Endpoint[]).map((row) => ({
    method: row.method.toUpperCase(),
    path: row.path,
    own: row.own ?? false,
    why: null,
  }));
  const fails = UNAVAILABLE.map(({ method, path, why }) => ({ method: method.toUpperCase(), path, own: false, why }));
  return [...works, ...fails];
}

/** A table a resource; a line a path. */
export function operationsTable(): string {
  const resources = new Map<string, Map<string, Operation[]>>();
  for (const operation of operations()) {
    const resource = operation.path.split("/")[2] ?? "";
    const paths = resources.get(resource) ?? new Map<string, Operation[]>();
    paths.set(operation.path, [...(paths.get(operation.path) ?? []), operation]);
    resources.set(resource, paths);
  }
  const sections = [...resources].sort(([a], [b]) => a.localeCompare(b)).map(sectionOf);
  const all = operations();
  const missing = all.filter((operation) => operation.why !== null).length;
  const own = all.filter((operation) => operation.own).length;
  return `${all.length - missing} operations work, ${own} of them Memoir's own; ${missing} answer 501.\n\n${sections.join("\n\n")}`;
}

function sectionOf([resource, paths]: [string, Map<string, Operation[]>]): string {
  const lines = [...paths]
    .sort(([a], [b]) => a.localeCompare(b))
    .flatMap(([route, here]) =>
      [...groupBy(here, statusOf)].map(
        ([status, some]) => `| \`${route}\` | ${some.map(({ method }) => method).join(" ")} | ${status} |`,
      ),
    );
  const count = [...paths.values()].flat().length;
  return `<details><summary>${resource} (${count})</summary>\n\n| path | methods | |\n|---|---|---|\n${lines.join("\n")}\n\n</details>`;
}

function statusOf({ own, why }: Operation): string {
  if (why !== null) return `501: ${why}`;
  return own ? "works; Memoir's own" : "works";
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** The page with its table in place. @throws Error when the marks are missing. */
export function withTable(page: string): string {
  const begin = page.indexOf(BEGIN);
  const end = page.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`docs/operations.md lacks ${BEGIN} … ${END}`);
  return `${page.slice(0, begin + BEGIN.length)}\n${operationsTable()}\n${page.slice(end)}`;
}

export const readPage = () => readFileSync(PAGE, "utf8");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) writeFileSync(PAGE, withTable(readPage()));
