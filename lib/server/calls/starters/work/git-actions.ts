/** What `git_operations` does. */
export const GIT_ACTIONS = [
  "init",
  "status",
  "diff",
  "commit",
  "log",
  "branch",
  "checkout",
  "merge",
  "clone",
  "fetch",
  "pull",
  "push",
] as const;
