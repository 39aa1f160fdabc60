import { createHash } from "node:crypto";

type Node = { bytes: Uint8Array; mtime: number };

/** A file that git wrote, by its path below the root; null where it was deleted. */
export type Changed = { path: string; bytes: Uint8Array | null };

/**
 * Files in memory as isomorphic-git wants a file system. A file's time follows from what is in it, so that git, which
 * compares times and sizes before contents, never takes one content for another.
 */
export function createMemoryFs(files: readonly { path: string; bytes: Uint8Array }[]) {
  const nodes = new Map<string, Node>(files.map(({ path, bytes }) => [`/${path}`, nodeOf(bytes)]));
  const folders = new Set<string>(["/"]);
  for (const path of nodes.keys()) addParents(folders, path);
  const changed = new Set<string>();

  const promises = {
    async readFile(given: string, options?: { encoding?: string } | string) {
      const node = nodes.get(clean(given));
      if (!node) throw missing(given);
      const encoding = typeof options === "string" ? options : options?.encoding;
      return encoding === "utf8" ? Buffer.from(node.bytes).toString("utf8") : Buffer.from(node.bytes);
    },
    async writeFile(given: string, data: Uint8Array | string) {
      const path = clean(given);
      if (folders.has(path)) throw failure("EISDIR", given);
      nodes.set(path, nodeOf(typeof data === "string" ? Buffer.from(data) : new Uint8Array(data)));
      addParents(folders, path);
      changed.add(path);
    },
    async unlink(given: string) {
      const path = clean(given);
      if (!nodes.delete(path)) throw missing(given);
      changed.add(path);
    },
    async readdir(given: string) {
      const path = clean(given);
      if (nodes.has(path)) throw failure("ENOTDIR", given);
      if (!folders.has(path)) throw missing(given);
      const prefix = path === "/" ? "/" : `${path}/`;
      const names = new Set<string>();
      for (const one of [...nodes.keys(), ...folders]) {
        if (one.startsWith(prefix) && one.length > prefix.length) names.add(one.slice(prefix.length).split("/")[0]!);
      }
      return [...names].sort();
    },
    async mkdir(given: string) {
      const path = clean(given);
      if (folders.has(path) || nodes.has(path)) throw failure("EEXIST", given);
      folders.add(path);
      addParents(folders, path);
    },
    async rmdir(given: string) {
      const path = clean(given);
      if ([...nodes.keys(), ...folders].some((one) => one.startsWith(`${path}/`))) throw failure("ENOTEMPTY", given);
      folders.delete(path);
    },
    async rm(given: string) {
      const path = clean(given);
      for (const one of [...nodes.keys()].filter((name) => name === path || name.startsWith(`${path}/`))) {
        nodes.delete(one);
        changed.add(one);
      }
      for (const one of [...folders].filter((name) => name === path || name.startsWith(`${path}/`)))
        folders.delete(one);
    },
    async stat(given: string) {
      const path = clean(given);
      const node = nodes.get(path);
      if (!node && !folders.has(path)) throw missing(given);
      const time = node?.mtime ?? 1;
      return {
        type: node ? "file" : "dir",
        mode: node ? 0o100644 : 0o40000,
        size: node?.bytes.length ?? 0,
        ino: 0,
        dev: 0,
        uid: 0,
        gid: 0,
        mtimeMs: time * 1000,
        ctimeMs: time * 1000,
        isFile: () => node !== undefined,
        isDirectory: () => node === undefined,
        isSymbolicLink: () => false,
      };
    },
    lstat: (given: string) => promises.stat(given),
    async readlink(given: string): Promise<string> {
      throw missing(given);
    },
    // A link would be a way out of what a workspace is: it is kept as the text that it points to.
    symlink: (target: string, given: string) => promises.writeFile(given, target),
    async chmod() {},
  };
  return {
    promises,
    text: (path: string) => {
      const node = nodes.get(clean(path));
      return node ? Buffer.from(node.bytes).toString("utf8") : null;
    },
    changes: (): Changed[] =>
      [...changed].map((path) => ({ path: path.slice(1), bytes: nodes.get(path)?.bytes ?? null })),
  };
}

export type MemoryFs = ReturnType<typeof createMemoryFs>;

function nodeOf(bytes: Uint8Array): Node {
  return { bytes, mtime: createHash("sha1").update(bytes).digest().readUInt32BE(0) >>> 1 };
}

function clean(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function addParents(folders: Set<string>, path: string): void {
  for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) folders.add(path.slice(0, end));
}

const missing = (path: string) => failure("ENOENT", path);
function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}
