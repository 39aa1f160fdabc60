import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import {
  findBooleanArg,
  findEnumArg,
  findIntegerArg,
  findStringArg,
  stringArg,
  type ToolArgs,
  ToolFailure,
} from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import { decodeBytes } from "../../core/decode";
import { isGitOwn, isWithin, workspacePath } from "../../workspaces/paths";
import { noFile, openWorkspace, type Workspace, type WorkspaceFile } from "../../workspaces/workspace";
import { inTool } from "./in-tool";

const ACTIONS = ["list", "read", "write", "append", "replace", "move", "copy", "delete", "search"] as const;
const MOST_LISTED = 500;
const MOST_MATCHES = 100;
const READ_CHARS = 40_000;

/** `file_manager`: the files of the agent's own workspace. What it writes is kept with its return. */
export async function fileManager(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  const action = findEnumArg(args, "action", ACTIONS);
  if (!action) throw new ToolFailure(`Missing required argument 'action': one of ${ACTIONS.join(", ")}.`, "TypeError");
  const workspace = await openWorkspace(ctx, call.agentId, call.pending);
  const content = await ACTS[action](workspace, args, ctx);
  return { status: "success", content, writes: workspace.writes() };
}

type Act = (workspace: Workspace, args: ToolArgs, ctx: Ctx) => string | Promise<string>;

const ACTS: Record<(typeof ACTIONS)[number], Act> = {
  ...{ list, read, write, append, replace, delete: remove, search },
  move: (workspace, args) => transfer(workspace, args, true),
  copy: (workspace, args) => transfer(workspace, args, false),
};

/** A path that a model may write: what git keeps is git's alone. */
function ownPath(args: ToolArgs, name = "path"): string {
  const path = workspacePath(stringArg(args, name));
  if (path === "") throw new ToolFailure(`Argument '${name}' must name a file.`);
  if (isGitOwn(path)) throw new ToolFailure(`'${path}' is git's own. Use git_operations to change a repository.`);
  return path;
}

const visible = (files: readonly WorkspaceFile[], folder: string) =>
  files.filter((file) => isWithin(file.path, folder) && !isGitOwn(file.path));

function list(workspace: Workspace, args: ToolArgs): string {
  const folder = workspacePath(findStringArg(args, "path") ?? "");
  const files = visible(workspace.files(), folder);
  const place = folder === "" ? "the workspace" : `'${folder}'`;
  if (files.length === 0) return `There are no files in ${place}.`;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const lines = files.slice(0, MOST_LISTED).map((file) => `${file.path} (${sizeOf(file.size)})`);
  const more =
    files.length > MOST_LISTED ? [`… and ${files.length - MOST_LISTED} more. Name a folder to see them.`] : [];
  return [`${count(files.length, "file")} in ${place}, ${sizeOf(bytes)}:`, ...lines, ...more].join("\n");
}

async function read(workspace: Workspace, args: ToolArgs): Promise<string> {
  const path = workspacePath(stringArg(args, "path"));
  const lines = linesOf(await textOf(workspace, path));
  const first = Math.max(1, findIntegerArg(args, "start_line") ?? 1);
  const last = Math.min(lines.length, findIntegerArg(args, "end_line") ?? lines.length);
  if (lines.length > 0 && first > lines.length) {
    throw new ToolFailure(`Line ${first} is beyond the end of '${path}', which has ${count(lines.length, "line")}.`);
  }
  const shown: string[] = [];
  let chars = 0;
  for (let line = first; line <= last; line++) {
    const text = `${line}: ${lines[line - 1]}`;
    if (shown.length > 0 && chars + text.length > READ_CHARS) {
      shown.push(`… ${count(last - line + 1, "line")} more. Read on from start_line ${line}.`);
      break;
    }
    chars += text.length + 1;
    shown.push(text.length > READ_CHARS ? `${text.slice(0, READ_CHARS)}… (the line is longer)` : text);
  }
  return [`'${path}', lines ${Math.min(first, lines.length)}-${last} of ${lines.length}:`, ...shown].join("\n");
}

async function write(workspace: Workspace, args: ToolArgs): Promise<string> {
  const path = ownPath(args);
  const before = workspace.find(path);
  if (before && findBooleanArg(args, "overwrite") === false) {
    throw new ToolFailure(`'${path}' is there already, and overwrite is false.`);
  }
  const bytes = Buffer.from(stringArg(args, "content"));
  await workspace.write(path, bytes, "file_manager");
  return `${before ? "Replaced" : "Wrote"} '${path}' (${sizeOf(bytes.length)}).`;
}

async function append(workspace: Workspace, args: ToolArgs): Promise<string> {
  const path = ownPath(args);
  const before = workspace.find(path) ? await textOf(workspace, path) : "";
  const joint = before === "" || before.endsWith("\n") ? "" : "\n";
  const bytes = Buffer.from(before + joint + stringArg(args, "content"));
  await workspace.write(path, bytes, "file_manager");
  return `Added to '${path}', which has ${sizeOf(bytes.length)} now.`;
}

async function replace(workspace: Workspace, args: ToolArgs): Promise<string> {
  const path = ownPath(args);
  const [old, fresh] = [stringArg(args, "old_text"), stringArg(args, "content")];
  if (old === "") throw new ToolFailure("Argument 'old_text' is empty. To add text, use append.");
  const text = await textOf(workspace, path);
  const times = text.split(old).length - 1;
  if (times === 0) throw new ToolFailure(`'${path}' does not say: ${old.slice(0, 200)}`);
  if (times > 1 && findBooleanArg(args, "replace_all") !== true) {
    throw new ToolFailure(`'${path}' says it ${times} times. Give more of the text around it, or set replace_all.`);
  }
  await workspace.write(path, Buffer.from(text.replaceAll(old, () => fresh)), "file_manager");
  return `Replaced it in '${path}'${times > 1 ? `, ${times} times` : ""}.`;
}

async function transfer(workspace: Workspace, args: ToolArgs, isMove: boolean): Promise<string> {
  const [from, to] = [ownPath(args), ownPath(args, "destination")];
  const files = visible(workspace.files(), from);
  if (files.length === 0) throw noFile(from, workspace.files());
  if (isWithin(to, from)) throw new ToolFailure(`'${to}' lies in '${from}' itself. Choose another destination.`);
  const target = (path: string) => to + path.slice(from.length);
  const taken = files.map((file) => target(file.path)).find((path) => workspace.find(path));
  if (taken && findBooleanArg(args, "overwrite") !== true) {
    throw new ToolFailure(`'${taken}' is there already. Set overwrite to replace it.`);
  }
  const bytes = await workspace.readAll(files);
  for (const file of files) {
    if (isMove) workspace.delete(file.path, "file_manager");
    await workspace.write(target(file.path), bytes.get(file.path)!, "file_manager");
  }
  return `${isMove ? "Moved" : "Copied"} ${count(files.length, "file")} from '${from}' to '${to}'.`;
}

function remove(workspace: Workspace, args: ToolArgs): string {
  const path = ownPath(args);
  const files = workspace.files().filter((file) => isWithin(file.path, path));
  if (files.length === 0) throw noFile(path, workspace.files());
  if (files[0]!.path !== path && findBooleanArg(args, "recursive") !== true) {
    throw new ToolFailure(`'${path}' is a folder of ${count(files.length, "file")}. Set recursive to delete them all.`);
  }
  for (const file of files) workspace.delete(file.path, "file_manager");
  return `Deleted ${count(files.length, "file")}.`;
}

async function search(workspace: Workspace, args: ToolArgs, ctx: Ctx): Promise<string> {
  const pattern = stringArg(args, "pattern");
  const files = visible(workspace.files(), workspacePath(findStringArg(args, "path") ?? ""));
  const bytes = await workspace.readAll(files);
  const texts = files.flatMap(({ path }) => {
    const text = decodeBytes(bytes.get(path)!);
    return text === null ? [] : [{ path, text }];
  });
  const found = await inTool(ctx, "searchTexts", { pattern, texts, most: MOST_MATCHES });
  if ("wrong" in found) throw new ToolFailure(`'${pattern}' is no regular expression: ${found.wrong}`);
  if (found.total === 0) return `Nothing in ${count(texts.length, "file")} matches '${pattern}'.`;
  const lines = found.matches.map(({ path, line, text }) => `${path}:${line}: ${text}`);
  const more = found.total > found.matches.length ? [`… and ${found.total - found.matches.length} more lines.`] : [];
  return [`${count(found.total, "line")} match '${pattern}':`, ...lines, ...more].join("\n");
}

async function textOf(workspace: Workspace, path: string): Promise<string> {
  const text = decodeBytes(await workspace.read(path));
  if (text !== null) return text;
  throw new ToolFailure(
    `'${path}' is not text. data_processing reads spreadsheets; other tools can't read what is not text.`,
  );
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/u);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

export const count = (n: number, what: string) => `${n} ${what}${n === 1 ? "" : "s"}`;

export function sizeOf(bytes: number): string {
  if (bytes < 1024) return count(bytes, "byte");
  return bytes < 1024 * 1024 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
