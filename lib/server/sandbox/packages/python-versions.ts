/** The Python that tools run on, for the markers of requirements. */
const ENVIRONMENT: Record<string, string> = {
  python_version: "3.14",
  python_full_version: "3.14.0",
  sys_platform: "emscripten",
  platform_system: "Emscripten",
  os_name: "posix",
  implementation_name: "cpython",
  platform_python_implementation: "CPython",
  platform_machine: "wasm32",
  extra: "",
};

export type Dependency = { name: string; specifiers: string };

/** The name as indexes write it (PEP 503). */
export const normalizeName = (name: string) => name.toLowerCase().replace(/[-_.]+/g, "-");

/** The numbers of a final release, or null for what is a pre-release, a development version, or no version. */
export function releaseOf(version: string): number[] | null {
  const match = /^v?(?:\d+!)?(\d+(?:\.\d+)*)(?:\.post(\d+))?(?:\+.*)?$/.exec(version.trim());
  return match ? [...match[1]!.split(".").map(Number), ...(match[2] ? [Number(match[2])] : [])] : null;
}

export function compareReleases(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is one of those that `>=1.2, <2, !=1.5` and their like allow; a bare version allows itself. */
export function satisfies(version: string, specifiers: string): boolean {
  return specifiers
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .every((one) => satisfiesOne(version, one));
}

function satisfiesOne(version: string, specifier: string): boolean {
  const [, operator = "==", wanted = ""] = /^(===|==|!=|~=|>=|<=|>|<)?\s*(.+)$/.exec(specifier) ?? [];
  const own = releaseOf(version);
  if (operator === "===" || !own) return version === wanted;
  const isPrefix = wanted.endsWith(".*");
  const other = releaseOf(isPrefix ? wanted.slice(0, -2) : wanted);
  if (!other) return operator === "==" ? version === wanted : operator === "!=";
  const difference = compareReleases(isPrefix ? own.slice(0, other.length) : own, other);
  switch (operator) {
    case "==":
      return difference === 0;
    case "!=":
      return difference !== 0;
    case ">=":
      return difference >= 0;
    case "<=":
      return difference <= 0;
    case ">":
      return difference > 0;
    case "<":
      return difference < 0;
    default:
      return difference >= 0 && compareReleases(own.slice(0, other.length - 1), other.slice(0, -1)) === 0;
  }
}

/** What a wheel's METADATA says that it needs here: dependencies of extras and of other systems left out. */
export function dependenciesOf(metadata: string): Dependency[] {
  return [...metadata.matchAll(/^Requires-Dist:\s*(.+?)\s*$/gim)].flatMap(([, line = ""]) => {
    const [requirement = "", marker] = line.split(/;(.*)/s);
    if (marker?.trim() && !holds(marker)) return [];
    const [, name, specifiers] = /^([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?([^)]*)\)?$/.exec(requirement.trim()) ?? [];
    return name ? [{ name: normalizeName(name), specifiers: specifiers ?? "" }] : [];
  });
}

/** An environment marker (PEP 508), without nested brackets. */
function holds(marker: string): boolean {
  return marker
    .replace(/[()]/g, " ")
    .split(/\sor\s/)
    .some((part) => part.split(/\sand\s/).every(holdsOne));
}

function holdsOne(comparison: string): boolean {
  const [, left = "", operator = "", right = ""] =
    /^\s*(\S+?)\s*(===|==|!=|~=|>=|<=|>|<|\bnot in\b|\bin\b)\s*(.+?)\s*$/.exec(comparison) ?? [];
  const value = (side: string) => (/^["']/.test(side) ? side.slice(1, -1) : (ENVIRONMENT[side] ?? ""));
  if (operator === "in") return value(right).includes(value(left));
  if (operator === "not in") return !value(right).includes(value(left));
  if (/version/.test(left)) return satisfies(value(left), operator + value(right));
  return operator === "==" ? value(left) === value(right) : operator === "!=" && value(left) !== value(right);
}
