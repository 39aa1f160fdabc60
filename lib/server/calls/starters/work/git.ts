import { createTwoFilesPatch } from "diff";
import git, { type WalkerEntry } from "isomorphic-git";
import type { GIT_ACTIONS } from "./git-actions";
import { type RemoteAccess, remoteHttp } from "./git-http";
import { type Changed, createMemoryFs, type MemoryFs } from "./memory-fs";

/** A call of `git_operations`, with the files of the repository's folder. `folder` is its path, empty for the root. */
export type GitTask = {
  action: (typeof GIT_ACTIONS)[number];
  folder: string;
  files: { path: string; bytes: Uint8Array }[];
  author: { name: string; email: string };
  /** Seconds since 1970. */
  timestamp: number;
  args: {
    message: string | null;
    branch: string | null;
    from: string | null;
    to: string | null;
    paths: string[];
    isDeletion: boolean;
    isAbort: boolean;
    url: string | null;
    limit: number;
  };
  remote: RemoteAccess;
};

/** `refused` is why it was not done, in words for the model. */
export type GitResult = { refused: string } | { text: string; changes: Changed[] };

class Refused extends Error {}

const DIFF_CHARS = 60_000;
const TEXT_BYTES = 512 * 1024;

/** Runs one git command on files in memory. What it says is as git would say it, about. */
export async function runGit(task: GitTask): Promise<GitResult> {
  const memory = createMemoryFs(task.files);
  const repository = { fs: memory, dir: `/${task.folder}` };
  try {
    const isThere = memory.text(`${repository.dir}/.git/HEAD`) !== null;
    if (!isThere && task.action !== "init" && task.action !== "clone") {
      throw new Refused(`There is no repository in '${task.folder || "/"}'. Make one with the action init.`);
    }
    if (isThere && task.action === "clone")
      throw new Refused(`There is a repository in '${task.folder || "/"}' already.`);
    const text = await ACTS[task.action](repository, task, memory);
    return { text, changes: memory.changes() };
  } catch (error) {
    if (error instanceof Refused) return { refused: error.message };
    if (error instanceof git.Errors.MergeConflictError) return { refused: `${error.message}` };
    const { code, message, name } = error as Error & { code?: string };
    if (code && code !== "InternalError") return { refused: `git: ${message}` };
    throw Object.assign(new Error(`git: ${message}`), { name });
  }
}

type Repository = { fs: MemoryFs; dir: string };
type Act = (repository: Repository, task: GitTask, memory: MemoryFs) => Promise<string>;

const ACTS: Record<GitTask["action"], Act> = {
  init,
  status,
  diff,
  commit,
  log,
  branch,
  checkout,
  merge,
  clone,
  fetch: fetchRemote,
  pull,
  push,
};

async function init(repository: Repository, { args }: GitTask): Promise<string> {
  await git.init({ ...repository, defaultBranch: args.branch ?? "main" });
  return `Initialized a repository in '${repository.dir}' on branch ${args.branch ?? "main"}.`;
}

type Change = { path: string; what: "added" | "modified" | "deleted" };

/** What differs between the last commit and the files that are there. */
async function changesOf(repository: Repository): Promise<Change[]> {
  const matrix = await git.statusMatrix({ ...repository, ref: "HEAD" }).catch(async (error: { code?: string }) => {
    // Before the first commit there is no HEAD to compare with.
    if (error.code !== "NotFoundError") throw error;
    const paths = await workingFiles(repository);
    return paths.map((path): [string, number, number, number] => [path, 0, 2, 0]);
  });
  return matrix.flatMap(([path, head, work]): Change[] => {
    if (head === 0 && work !== 0) return [{ path, what: "added" }];
    if (head === 1 && work === 0) return [{ path, what: "deleted" }];
    return work === 2 ? [{ path, what: "modified" }] : [];
  });
}

async function workingFiles(repository: Repository): Promise<string[]> {
  const paths = (await git.walk({
    ...repository,
    trees: [git.WORKDIR()],
    map: async (path, [entry]) => (path !== "." && (await entry?.type()) === "blob" ? path : undefined),
  })) as string[];
  const ignored = await Promise.all(paths.map((filepath) => git.isIgnored({ ...repository, filepath })));
  return paths.filter((_, index) => !ignored[index]);
}

const head = async (repository: Repository) =>
  (await git.currentBranch(repository).catch(() => undefined)) ?? "no branch";

async function status(repository: Repository, _: GitTask, memory: MemoryFs): Promise<string> {
  const changes = await changesOf(repository);
  const merging = memory.text(`${repository.dir}/.git/MERGE_HEAD`)
    ? ["A merge is not over: resolve it and commit."]
    : [];
  const lines = changes.map(({ path, what }) => `${what}: ${path}`);
  const state = changes.length === 0 ? ["Nothing to commit: the files are as in the last commit."] : lines;
  return [`On branch ${await head(repository)}.`, ...merging, ...state].join("\n");
}

async function diff(repository: Repository, { args }: GitTask): Promise<string> {
  const from = args.from ?? "HEAD";
  const trees = [
    await treeOf(repository, from),
    args.to === null ? git.WORKDIR() : git.TREE({ ref: await oidOf(repository, args.to) }),
  ];
  const patches: string[] = [];
  await git.walk({
    ...repository,
    trees,
    map: async (path, [before, after]) => {
      if (path === ".") return true;
      if (args.to === null && !before && (await git.isIgnored({ ...repository, filepath: path }))) return null;
      if ((await before?.type()) === "tree" || (await after?.type()) === "tree") return true;
      if (args.paths.length > 0 && !args.paths.some((one) => path === one || path.startsWith(`${one}/`))) return null;
      if ((await before?.oid()) === (await after?.oid())) return null;
      patches.push(patchOf(path, await textOf(before), await textOf(after)));
      return null;
    },
  });
  if (patches.length === 0) return "There are no differences.";
  const text = patches.join("\n");
  return text.length > DIFF_CHARS ? `${text.slice(0, DIFF_CHARS)}\n… the diff is longer: name paths.` : text;
}

/** Null stands for what is no text, undefined for a file that is not there. */
function patchOf(path: string, before: string | null | undefined, after: string | null | undefined): string {
  if (before === null || after === null) return `Binary file ${path} differs.`;
  const from = before === undefined ? "/dev/null" : `a/${path}`;
  const to = after === undefined ? "/dev/null" : `b/${path}`;
  const patch = createTwoFilesPatch(from, to, before ?? "", after ?? "");
  return patch.split("\n").slice(1).join("\n").trimEnd();
}

async function treeOf(repository: Repository, ref: string) {
  const isEmpty = ref === "HEAD" && (await git.resolveRef({ ...repository, ref }).catch(() => null)) === null;
  // The tree without anything in it, which git knows without having it.
  return git.TREE({ ref: isEmpty ? await git.writeTree({ ...repository, tree: [] }) : await oidOf(repository, ref) });
}

async function oidOf(repository: Repository, ref: string): Promise<string> {
  const found = await git.resolveRef({ ...repository, ref }).catch(() => git.expandOid({ ...repository, oid: ref }));
  return found;
}

/** Null for what is no text, or too long to compare; undefined for nothing. */
async function textOf(entry: WalkerEntry | null | undefined): Promise<string | null | undefined> {
  const bytes = await entry?.content();
  if (!bytes) return undefined;
  if (bytes.length > TEXT_BYTES || bytes.includes(0)) return null;
  return Buffer.from(bytes).toString("utf8");
}

const MARKERS = /^(<{7} |={7}$|>{7} )/mu;

async function commit(repository: Repository, task: GitTask, memory: MemoryFs): Promise<string> {
  const { message, paths } = task.args;
  if (!message?.trim()) throw new Refused("A commit needs a message: say what it changes.");
  const all = await changesOf(repository);
  const changes = all.filter(
    ({ path }) => paths.length === 0 || paths.some((one) => path === one || path.startsWith(`${one}/`)),
  );
  const other = memory.text(`${repository.dir}/.git/MERGE_HEAD`)?.trim();
  if (changes.length === 0 && !other) {
    throw new Refused(all.length > 0 ? "Nothing has changed at those paths." : "There is nothing to commit.");
  }
  for (const { path, what } of changes) {
    if (other && MARKERS.test(memory.text(`${repository.dir}/${path}`) ?? "")) {
      throw new Refused(`'${path}' still has the marks of a conflict. Write what it should say, then commit.`);
    }
    if (what === "deleted") await git.remove({ ...repository, filepath: path });
    else await git.add({ ...repository, filepath: path });
  }
  const parent = other ? [await git.resolveRef({ ...repository, ref: "HEAD" }), other] : undefined;
  const oid = await git.commit({ ...repository, message, author: authorOf(task), ...(parent && { parent }) });
  if (other) await memory.promises.unlink(`${repository.dir}/.git/MERGE_HEAD`);
  const files = `${changes.length} file${changes.length === 1 ? "" : "s"}`;
  return `[${await head(repository)} ${oid.slice(0, 7)}] ${message.split("\n")[0]}\n${files} changed.`;
}

const authorOf = ({ author, timestamp }: GitTask) => ({ ...author, timestamp, timezoneOffset: 0 });

async function log(repository: Repository, { args }: GitTask): Promise<string> {
  const isEmpty = (await git.resolveRef({ ...repository, ref: args.from ?? "HEAD" }).catch(() => null)) === null;
  if (isEmpty && args.from === null) return "There are no commits yet.";
  const commits = await git.log({
    ...repository,
    ref: args.from ? await oidOf(repository, args.from) : "HEAD",
    depth: args.limit,
    ...(args.paths[0] && { filepath: args.paths[0], force: true, follow: false }),
  });
  return commits
    .map(({ oid, commit: { author, message, parent } }) => {
      const at = new Date(author.timestamp * 1000).toISOString().slice(0, 16).replace("T", " ");
      const merges = parent.length > 1 ? " (merge)" : "";
      return `${oid.slice(0, 10)} ${at} ${author.name}${merges}: ${message.trim()}`;
    })
    .join("\n");
}

async function branch(repository: Repository, { args }: GitTask): Promise<string> {
  const current = await head(repository);
  if (!args.branch) {
    const names = await git.listBranches(repository);
    if (names.length === 0) return `On branch ${current}, which has no commit yet.`;
    return names.map((name) => `${name === current ? "* " : "  "}${name}`).join("\n");
  }
  if (args.isDeletion) {
    if (args.branch === current)
      throw new Refused(`'${current}' is the branch that you are on. Check out another first.`);
    await git.deleteBranch({ ...repository, ref: args.branch });
    return `Deleted branch ${args.branch}.`;
  }
  await git.branch({
    ...repository,
    ref: args.branch,
    ...(args.from && { object: await oidOf(repository, args.from) }),
  });
  return `Made branch ${args.branch}. Use checkout to work on it.`;
}

async function checkout(repository: Repository, { args }: GitTask): Promise<string> {
  const { paths } = args;
  if (paths.length > 0) {
    await git.checkout({
      ...repository,
      ref: args.branch ?? "HEAD",
      filepaths: paths,
      force: true,
      noUpdateHead: true,
    });
    return `Restored ${paths.join(", ")} from ${args.branch ?? "the last commit"}.`;
  }
  if (!args.branch) throw new Refused("Name the branch to check out, or paths to restore from the last commit.");
  await git.checkout({ ...repository, ref: args.branch });
  return `On branch ${args.branch}.`;
}

async function merge(repository: Repository, task: GitTask, memory: MemoryFs): Promise<string> {
  const current = await head(repository);
  const mergeHead = `${repository.dir}/.git/MERGE_HEAD`;
  if (task.args.isAbort) {
    if (memory.text(mergeHead) === null) throw new Refused("There is no merge to give up.");
    await git.checkout({ ...repository, ref: current, force: true });
    await memory.promises.unlink(mergeHead);
    return `The merge was given up: the files are as in the last commit on ${current}.`;
  }
  const { branch: theirs } = task.args;
  if (!theirs) throw new Refused("Name the branch to merge.");
  if ((await changesOf(repository)).length > 0)
    throw new Refused("There are changes that are not committed. Commit them first.");
  try {
    const done = await git.merge({
      ...{ ...repository, theirs, abortOnConflict: false },
      ...{ author: authorOf(task), ...(task.args.message && { message: task.args.message }) },
    });
    await git.checkout({ ...repository, ref: current, force: true });
    if (done.alreadyMerged) return `${current} has all of ${theirs} already.`;
    return `Merged ${theirs} into ${current}${done.fastForward ? " (fast-forward)" : ""}: ${done.oid?.slice(0, 7)}.`;
  } catch (error) {
    if (!(error instanceof git.Errors.MergeConflictError)) throw error;
    await memory.promises.writeFile(mergeHead, `${await oidOf(repository, theirs)}\n`);
    const files = error.data.filepaths.join(", ");
    return `Merging ${theirs} met conflicts in ${files}. They hold both sides between <<<<<<< and >>>>>>>: write what they should say and commit, or merge with abort.`;
  }
}

async function clone(repository: Repository, { args, remote }: GitTask): Promise<string> {
  if (!args.url) throw new Refused("Name the address to clone.");
  await git.clone({
    ...{ ...repository, url: args.url, singleBranch: true, depth: Math.max(1, args.limit) },
    ...{ noTags: true, ...(args.branch && { ref: args.branch }), ...remoteHttp(remote) },
  });
  return `Cloned ${args.url} into '${repository.dir}', on branch ${await head(repository)}.`;
}

async function fetchRemote(repository: Repository, { args, remote }: GitTask): Promise<string> {
  const got = await git.fetch({
    ...repository,
    ...remoteHttp(remote),
    ...(args.branch && { ref: args.branch }),
    tags: false,
  });
  return `Fetched ${got.fetchHeadDescription ?? "the remote"}: ${got.fetchHead?.slice(0, 7) ?? "nothing new"}.`;
}

async function pull(repository: Repository, task: GitTask): Promise<string> {
  if ((await changesOf(repository)).length > 0)
    throw new Refused("There are changes that are not committed. Commit them first.");
  await git.pull({
    ...repository,
    ...remoteHttp(task.remote),
    author: authorOf(task),
    singleBranch: true,
    fastForward: true,
  });
  return `On ${await head(repository)}: ${(await git.resolveRef({ ...repository, ref: "HEAD" })).slice(0, 7)}.`;
}

async function push(repository: Repository, { args, remote }: GitTask): Promise<string> {
  const ref = args.branch ?? (await head(repository));
  const done = await git.push({ ...repository, ...remoteHttp(remote), ref });
  if (!done.ok) throw new Refused(`The remote refused ${ref}: ${done.error ?? JSON.stringify(done.refs)}`);
  return `Pushed ${ref}.`;
}

declare module "../../../threads/threads" {
  interface Tasks {
    git: { input: GitTask; value: GitResult };
  }
}
