import type { z } from "@hono/zod-openapi";
import type { updateToolBody } from "@/lib/api/tools";
import type { Tool } from "../api/wire";
import { readTags, type SourceLanguage } from "./tools";

export type Requirement = { name: string; version: string };
export type RequirementKind = "pip" | "npm";

/** How a tool is described and run, as a person types it in. Hosts are lines; numbers that are left empty are the default. */
export type ToolDraft = {
  description: string;
  tags: string;
  limit: string;
  approval: boolean;
  parallel: boolean;
  timeout: string;
  memory: string;
  hosts: string;
  pip: readonly Requirement[];
  npm: readonly Requirement[];
};

type Change = z.input<typeof updateToolBody>;
/** What is sent of a draft. */
export type ToolBody = Required<
  Pick<
    Change,
    | "description"
    | "tags"
    | "return_char_limit"
    | "default_requires_approval"
    | "enable_parallel_execution"
    | "pip_requirements"
    | "npm_requirements"
    | "metadata_"
  >
>;

/** What is wrong, by field; of requirements by their row. */
export type DraftProblems = Partial<Record<"limit" | "timeout" | "memory" | "hosts", string>> &
  Record<RequirementKind, Record<number, string>>;

/** The tag of a tool that may be run again after a crash. */
export const IDEMPOTENT = "idempotent";
const DEFAULT_RETURN_CHARS = 50_000;
/** As the server has them: seconds of a call, and megabytes of its memory. */
export const TIMEOUT = { least: 0.1, most: 3600, usual: 180 };
export const MEMORY = { least: 16, most: 4096, usual: 256 };
const RETURN = { least: 1, most: 1_000_000 };
const MAX_HOSTS = 100;
const HOST = /^(\*\.)?[a-zA-Z0-9.-]+$/;

/** The draft of a tool as it is kept, or of a new one. */
export function draftOf(tool: Tool | null): ToolDraft {
  const { timeout_seconds, memory_mb, allowed_hosts } = tool?.metadata_ ?? {};
  const rows = (kept: Tool["pip_requirements"] | undefined) =>
    (kept ?? []).map(({ name, version }) => ({ name, version: version ?? "" }));
  return {
    description: tool?.description ?? "",
    tags: (tool?.tags ?? []).join(", "),
    limit: String(tool?.return_char_limit ?? DEFAULT_RETURN_CHARS),
    approval: tool?.default_requires_approval ?? false,
    parallel: tool?.enable_parallel_execution ?? false,
    timeout: typeof timeout_seconds === "number" ? String(timeout_seconds) : "",
    memory: typeof memory_mb === "number" ? String(memory_mb) : "",
    hosts: Array.isArray(allowed_hosts) ? allowed_hosts.join("\n") : "",
    pip: rows(tool?.pip_requirements),
    npm: rows(tool?.npm_requirements),
  };
}

/** What a draft means, and what is wrong in it. Keys of `metadata` that say nothing of how the code runs stay. */
export function readDraft(
  draft: ToolDraft,
  metadata: Readonly<Record<string, unknown>>,
): { body: ToolBody; problems: DraftProblems } {
  const problems: DraftProblems = { pip: problemsOfRows(draft.pip), npm: problemsOfRows(draft.npm) };
  const number = (field: "limit" | "timeout" | "memory", bounds: { least: number; most: number }, isWhole: boolean) => {
    const text = draft[field].trim();
    const value = Number(text);
    const isFine = Number.isFinite(value) && value >= bounds.least && value <= bounds.most;
    if (text === "") return undefined;
    if (!isFine || (isWhole && !Number.isInteger(value))) {
      problems[field] = `${isWhole ? "A whole number" : "A number"} from ${bounds.least} to ${bounds.most}.`;
    }
    return value;
  };
  const { timeout_seconds: _, memory_mb: __, allowed_hosts: ___, ...foreign } = metadata;
  const timeout = number("timeout", TIMEOUT, false);
  const memory = number("memory", MEMORY, true);
  const hosts = draft.hosts.split(/[\s,]+/).filter(Boolean);
  const wrong = hosts.find((host) => !HOST.test(host));
  if (wrong !== undefined) problems.hosts = `${wrong} is no host name: one such as api.example.com, or *.example.com.`;
  else if (hosts.length > MAX_HOSTS) problems.hosts = `At most ${MAX_HOSTS} hosts.`;
  return {
    problems,
    body: {
      description: draft.description,
      tags: readTags(draft.tags),
      return_char_limit: number("limit", RETURN, true) ?? DEFAULT_RETURN_CHARS,
      default_requires_approval: draft.approval,
      enable_parallel_execution: draft.parallel,
      pip_requirements: requirementsOf(draft.pip),
      npm_requirements: requirementsOf(draft.npm),
      metadata_: {
        ...foreign,
        ...(timeout === undefined ? {} : { timeout_seconds: timeout }),
        ...(memory === undefined ? {} : { memory_mb: memory }),
        ...(hosts.length === 0 ? {} : { allowed_hosts: hosts }),
      },
    },
  };
}

export const hasProblem = ({ pip, npm, ...fields }: DraftProblems): boolean =>
  [fields, pip, npm].some((part) => Object.keys(part).length > 0);

/** What differs between what is kept and what is wanted. */
export function changesOf(saved: ToolBody, wanted: ToolBody): Partial<ToolBody> {
  const keys = Object.keys(wanted) as (keyof ToolBody)[];
  const changed = keys.filter((key) => JSON.stringify(saved[key]) !== JSON.stringify(wanted[key]));
  return Object.fromEntries(changed.map((key) => [key, wanted[key]]));
}

/** Rows in which nothing was typed are no requirements. */
const isTyped = ({ name, version }: Requirement) => name.trim() !== "" || version.trim() !== "";

const requirementsOf = (rows: readonly Requirement[]) =>
  rows.filter(isTyped).map(({ name, version }) => ({ name: name.trim(), version: version.trim() || null }));

function problemsOfRows(rows: readonly Requirement[]): Record<number, string> {
  const problems: Record<number, string> = {};
  const seen = new Set<string>();
  for (const [index, row] of rows.entries()) {
    if (!isTyped(row)) continue;
    const name = normal(row.name);
    if (name === "") problems[index] = "The package's name is missing.";
    else if (seen.has(name)) problems[index] = "This package is named twice.";
    seen.add(name);
  }
  return problems;
}

/** As package indexes compare names. */
const normal = (name: string) =>
  name
    .trim()
    .toLowerCase()
    .replaceAll(/[-_.]+/g, "-");

/**
 * What the server said of requirements, by row: in a refusal of the tool, or in the failure of a run whose packages
 * could not be had. What it said of something else is not among them.
 */
export function problemsOfRequirements(
  kind: RequirementKind,
  rows: readonly Requirement[],
  said: string,
): Record<number, string> {
  const problems: Record<number, string> = {};
  const sent = rows.flatMap((row, index) => (isTyped(row) ? [index] : []));
  for (const [, at, message] of said.matchAll(new RegExp(`${kind}_requirements\\.(\\d+)\\.?\\w*: ([^;]+)`, "g"))) {
    const index = sent[Number(at)];
    if (index !== undefined && message) problems[index] = message;
  }
  const failed = /RequirementError: (.*)/.exec(said)?.[1];
  if (failed) {
    const words = failed.split(/[\s@,;()]+/).map(normal);
    for (const index of sent) if (words.includes(normal(rows[index]?.name ?? ""))) problems[index] = failed;
  }
  return problems;
}

/** Tags with one more, or without it. */
export function withTag(tags: string, tag: string, isThere: boolean): string {
  const others = readTags(tags).filter((one) => one !== tag);
  return (isThere ? [...others, tag] : others).join(", ");
}

/** What makes a tool of a source and its settings: of these, those that its language has. */
export function newToolBody(code: string, language: SourceLanguage, settings: ToolBody) {
  const { description, pip_requirements, npm_requirements, return_char_limit, ...rest } = settings;
  return {
    source_code: code,
    source_type: language,
    ...rest,
    ...(description ? { description } : {}),
    ...(return_char_limit ? { return_char_limit } : {}),
    ...(language === "python" && pip_requirements?.length ? { pip_requirements } : {}),
    ...(language === "typescript" && npm_requirements?.length ? { npm_requirements } : {}),
  };
}
