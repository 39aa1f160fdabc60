import { ToolFailure } from "@/lib/engine/tools/tool-args";

/** What a workspace may hold. What would go beyond is refused, in words that say so. */
export const WORKSPACE_LIMITS = {
  fileBytes: 2 * 1024 * 1024,
  /** Of all files that are there, those of repositories included. */
  totalBytes: 32 * 1024 * 1024,
  files: 5000,
  /** With what its files were before, and that is kept for the past. */
  historyBytes: 256 * 1024 * 1024,
  pathChars: 400,
  depth: 24,
} as const;

/** The folder in which git keeps a repository. Only git writes there. */
export const GIT_FOLDER = ".git";

const CONTROL = /[\u0000-\u001f\u007f\\]/;

/**
 * A path within a workspace as it is kept: relative, with `/`, without `.` and `..`. The empty path is the workspace itself.
 *
 * @throws ToolFailure for a path that leads out of the workspace, or that no file could have.
 */
export function workspacePath(given: string): string {
  const parts = given
    .replaceAll("\\", "/")
    .split("/")
    .map((part) => part.trim())
    .filter((part) => part !== "" && part !== ".");
  const path = parts.join("/").normalize("NFC");
  if (parts.includes("..")) throw new ToolFailure(`'${given}' leads out of the workspace. Give a path within it.`);
  if (CONTROL.test(path)) throw new ToolFailure(`'${given}' has characters that no path may have.`);
  if (path.length > WORKSPACE_LIMITS.pathChars || parts.length > WORKSPACE_LIMITS.depth) {
    throw new ToolFailure(
      `A path may have ${WORKSPACE_LIMITS.pathChars} characters and ${WORKSPACE_LIMITS.depth} folders, and '${path.slice(0, 80)}…' has more.`,
    );
  }
  return path;
}

/** Whether a path lies in the folder, or is it. The empty folder is the workspace. */
export const isWithin = (path: string, folder: string) =>
  folder === "" || path === folder || path.startsWith(`${folder}/`);

/** Whether it is of a repository's own records. */
export const isGitOwn = (path: string) => path.split("/").includes(GIT_FOLDER);
