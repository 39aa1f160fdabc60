import { pythonRepr } from "../python-repr";
import { findBooleanArg, findIntegerArg, findStringArg, stringArg, type ToolArgs, ToolFailure } from "./tool-args";

/** A file to open, as the model asked for it: `offset` counts lines from 0, null `length` is to the end. */
export type FileRequest = { fileName: string; offset: number | null; length: number | null };

/** Reads the arguments of `open_files`. Throws `ToolFailure`. */
export function openRequest(args: ToolArgs): { requests: FileRequest[]; closeAllOthers: boolean } {
  const given = typeof args.file_requests === "string" ? parsedList(args.file_requests) : args.file_requests;
  const list = Array.isArray(given) ? given : [given];
  const requests = list.map((one): FileRequest => {
    const request = typeof one === "string" ? { file_name: one } : one;
    if (!isObject(request))
      throw new ToolFailure("Argument 'file_requests' must be a list of objects with a file_name.");
    const offset = findIntegerArg(request, "offset") ?? null;
    const length = findIntegerArg(request, "length") ?? null;
    if (offset !== null && offset < 0) throw new ToolFailure(`Offset for file must be non-negative, got ${offset}`);
    if (length !== null && length < 1) throw new ToolFailure(`Length for file must be positive, got ${length}`);
    return { fileName: stringArg(request, "file_name").trim(), offset, length };
  });
  if (requests.length === 0) throw new ToolFailure("At least one file has to be asked for.");
  const twice = requests.find((one, index) => requests.findIndex(({ fileName }) => fileName === one.fileName) < index);
  if (twice) throw new ToolFailure(`${twice.fileName} is asked for more than once.`);
  return { requests, closeAllOthers: findBooleanArg(args, "close_all_others") ?? false };
}

function parsedList(text: string): unknown {
  try {
    return text.trim().startsWith("[") ? JSON.parse(text) : text;
  } catch {
    throw new ToolFailure("Argument 'file_requests' must be a list.");
  }
}

const isObject = (value: unknown): value is ToolArgs =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Why a file can't be opened that the agent does not have. */
export function notAttached(fileName: string, attached: readonly string[]): ToolFailure {
  return new ToolFailure(
    `${fileName} not attached - did you get the filename correct? Currently you have the following files attached: ${pythonRepr([...attached])}`,
  );
}

/** A file that was opened; lines from 1, both ends inclusive. */
export type OpenedFile = { fileName: string; startLine: number; endLine: number };

/** What `open_files` returns. */
export function openedText(
  opened: readonly OpenedFile[],
  closed: readonly string[],
  { closeAllOthers, maxFilesOpen }: { closeAllOthers: boolean; maxFilesOpen: number },
): string {
  const names = opened.map(({ fileName, startLine, endLine }) => `${fileName} (lines ${startLine}-${endLine})`);
  const lines = [names.length === 1 ? `* Opened ${names[0]}` : `* Opened ${names.length} files: ${names.join(", ")}`];
  if (closed.length > 0) {
    const why = closeAllOthers ? "all others were to be closed" : `no more than ${maxFilesOpen} can be open`;
    lines.push(`* Closed ${closed.join(", ")}, as ${why}`);
  }
  return lines.join("\n");
}

export type GrepQuery = { pattern: string; include: string | null; contextLines: number; offset: number };

export const GREP_PAGE = 20;
const MAX_PATTERN_CHARS = 1000;
const MAX_CONTEXT_LINES = 20;

/** Reads the arguments of `grep_files`. A pattern is one of JavaScript's, whatever the case. Throws `ToolFailure`. */
export function grepQuery(args: ToolArgs): GrepQuery {
  // Python's way to say that case does not matter, which it does not anyway.
  const pattern = stringArg(args, "pattern").replace(/^\(\?i\)/, "");
  if (pattern === "") throw new ToolFailure("Empty search pattern provided");
  if (pattern.length > MAX_PATTERN_CHARS) {
    throw new ToolFailure(`Pattern too long: ${pattern.length} > ${MAX_PATTERN_CHARS} characters`);
  }
  try {
    new RegExp(pattern, "i");
  } catch (error) {
    throw new ToolFailure(`Invalid regex pattern: ${error instanceof Error ? error.message : String(error)}`);
  }
  return {
    pattern,
    include: findStringArg(args, "include")?.trim() || null,
    contextLines: Math.min(Math.max(findIntegerArg(args, "context_lines") ?? 1, 0), MAX_CONTEXT_LINES),
    offset: Math.max(findIntegerArg(args, "offset") ?? 0, 0),
  };
}

/** A line that matched, with the lines around it. Lines count from 1. */
export type GrepMatch = { fileName: string; line: number; around: { line: number; text: string }[] };

const MAX_LINE_CHARS = 500;
const RULE = "=".repeat(80);

/** What `grep_files` returns: `matches` is the page at `offset` of `total`. */
export function grepText(
  { pattern, offset }: Pick<GrepQuery, "pattern" | "offset">,
  { total, files, matches }: { total: number; files: number; matches: readonly GrepMatch[] },
): string {
  if (total === 0) return `No matches found for pattern: '${pattern}'`;
  if (matches.length === 0) return `No more matches for pattern: '${pattern}' (${total} in all, offset ${offset})`;
  const last = offset + matches.length;
  const head = `Found ${total} total matches across ${files} files (showing matches ${offset + 1}-${last} of ${total})`;
  const more = last < total ? `\n\nTo see more matches, call grep_files with offset=${last}` : "";
  return `${head}\n${RULE}\n${matches.map(matchText).join("\n\n")}${more}`;
}

function matchText({ fileName, line, around }: GrepMatch): string {
  const lines = around.map((one) => {
    const text = one.text.length > MAX_LINE_CHARS ? `${one.text.slice(0, MAX_LINE_CHARS).toWellFormed()}…` : one.text;
    return `${one.line === line ? ">" : " "} ${one.line}: ${text}`;
  });
  return [`=== ${fileName}:${line} ===`, ...lines].join("\n");
}

const DEFAULT_LIMIT = 5;
const MAX_LIMIT = 50;

/** Reads the arguments of `semantic_search_files`. Throws `ToolFailure`. */
export function semanticQuery(args: ToolArgs): { query: string; limit: number } {
  const query = stringArg(args, "query").trim();
  if (query === "") throw new ToolFailure("Empty search query provided");
  return { query, limit: Math.min(Math.max(findIntegerArg(args, "limit") ?? DEFAULT_LIMIT, 1), MAX_LIMIT) };
}

export type FoundInFile = { fileName: string; startLine: number; endLine: number; text: string };

/** What `semantic_search_files` returns. */
export function semanticText(query: string, found: readonly FoundInFile[]): string {
  if (found.length === 0) return `No semantic matches found for query: '${query}'`;
  const files = new Set(found.map((one) => one.fileName)).size;
  const passages = found.map(
    ({ fileName, startLine, endLine, text }) => `=== ${fileName} (lines ${startLine}-${endLine}) ===\n${text}`,
  );
  return `Found ${found.length} semantic matches in ${files} files for query: '${query}'\n${RULE}\n${passages.join("\n\n")}`;
}

/** Whether a name matches a pattern in which `*` stands for any text and `?` for one character, whatever the case. */
export function matchesGlob(name: string, pattern: string): boolean {
  const [text, glob] = [name.toLowerCase(), pattern.toLowerCase()];
  let [at, inGlob, star, resume] = [0, 0, -1, 0];
  while (at < text.length) {
    if (glob[inGlob] === "*") {
      star = inGlob++;
      resume = at;
    } else if (inGlob < glob.length && (glob[inGlob] === "?" || glob[inGlob] === text[at])) {
      inGlob++;
      at++;
    } else if (star >= 0) {
      inGlob = star + 1;
      at = ++resume;
    } else return false;
  }
  while (glob[inGlob] === "*") inGlob++;
  return inGlob === glob.length;
}
