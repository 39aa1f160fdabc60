// Versions and requirements of Python packages: PEP 440 and 508, as far as wheels in pure Python need them.

/** The Python that tools run on, for the markers of requirements. */
const ENVIRONMENT = {
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

/** PEP 508: what may be the name of a package at all. */
const NAME = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?$/i;
const MAX_NAME_CHARS = 128;
/** PEP 440: comparisons with versions, separated by commas. */
const SPECIFIERS = /^[\w.*+!<>=~, -]{0,200}$/;
const MAX_LINE_CHARS = 1000;
const MAX_LINES = 5000;

export const isName = (name) => name.length <= MAX_NAME_CHARS && NAME.test(name);
export const areSpecifiers = (text) => SPECIFIERS.test(text);

/** The name as indexes write it (PEP 503). */
export const normalizeName = (name) => name.toLowerCase().replace(/[-_.]+/g, "-");

/** The numbers of a final release, or null for what is a pre-release, a development version, or no version. */
export function releaseOf(version) {
  const match = /^v?(?:\d+!)?(\d+(?:\.\d+)*)(?:\.post(\d+))?(?:\+.*)?$/.exec(version.trim());
  return match ? [...match[1].split(".").map(Number), ...(match[2] ? [Number(match[2])] : [])] : null;
}

export function compareReleases(a, b) {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const difference = (a[at] ?? 0) - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether a version is one of those that `>=1.2, <2, !=1.5` and their like allow; a bare version allows itself. */
export function satisfies(version, specifiers) {
  return specifiers
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .every((one) => satisfiesOne(version, one));
}

function satisfiesOne(version, specifier) {
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

/**
 * What a wheel's METADATA says that it needs here, as `{ name, specifiers }`: dependencies of extras and of other systems
 * left out. `isRefused` stands with what is no requirement of an index: an address, or what can't be read.
 */
export function dependenciesOf(metadata) {
  // The description comes after the first empty line, and may be as long as it likes.
  const lines = metadata.split(/\r?\n\r?\n/, 1)[0].split("\n", MAX_LINES);
  return lines.flatMap((line) => {
    const requirement = /^Requires-Dist:(.*)$/i.exec(line.trimEnd())?.[1]?.trim();
    if (requirement === undefined) return [];
    if (requirement.length > MAX_LINE_CHARS) return [{ name: "", specifiers: "", isRefused: true }];
    return dependencyOf(requirement);
  });
}

function dependencyOf(requirement) {
  const [, wanted = "", marker] = /^([^;]*)(?:;(.*))?$/.exec(requirement) ?? [];
  const [, address] = /^[^[(<>=!~@;]*(?:\[[^\]]*\])?\s*@(.*)$/.exec(requirement) ?? [];
  // After an address, a marker stands behind a space and a semicolon.
  const condition = address === undefined ? marker : /\s;(.*)$/.exec(requirement)?.[1];
  if (condition?.trim() && !holds(condition)) return [];
  const [, name = "", specifiers = ""] =
    /^([A-Za-z0-9._-]+)\s*(?:\[[^\]]*\])?\s*\(?([^)]*)\)?$/.exec(wanted.trim()) ?? [];
  if (address !== undefined || !isName(name) || !areSpecifiers(specifiers)) {
    return [{ name: isName(name) ? normalizeName(name) : "", specifiers: "", isRefused: true }];
  }
  return [{ name: normalizeName(name), specifiers, isRefused: false }];
}

/** An environment marker (PEP 508), without nested brackets. */
function holds(marker) {
  return marker
    .replace(/[()]/g, " ")
    .split(/\sor\s/)
    .some((part) => part.split(/\sand\s/).every(holdsOne));
}

function holdsOne(comparison) {
  const [, left = "", operator = "", right = ""] =
    /^\s*(\S+?)\s*(===|==|!=|~=|>=|<=|>|<|\bnot in\b|\bin\b)\s*(.+?)\s*$/.exec(comparison) ?? [];
  const value = (side) =>
    /^["']/.test(side) ? side.slice(1, -1) : Object.hasOwn(ENVIRONMENT, side) ? ENVIRONMENT[side] : "";
  if (operator === "in") return value(right).includes(value(left));
  if (operator === "not in") return !value(right).includes(value(left));
  if (/version/.test(left)) return satisfies(value(left), operator + value(right));
  return operator === "==" ? value(left) === value(right) : operator === "!=" && value(left) !== value(right);
}
