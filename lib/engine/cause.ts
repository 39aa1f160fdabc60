/**
 * Why a record of the ledger exists. Every write path has one; there is no "unknown". `user` is a person in Memoir's own
 * pages, `api` a program. `actor` is the agent or user that acted; the ids name the run, step, tool call or message that it came from, where there was one.
 */
export type Cause = {
  kind: "agent" | "user" | "api" | "import" | "compaction" | "sleep-time" | "fork" | "revert";
  actor: string;
  /** What the person, or the program's key, was called then. */
  name?: string;
  run?: string;
  step?: string;
  toolCall?: string;
  message?: string;
  /** What a revert or a fork went back to, or a migration went on to: a version or step id. */
  target?: string;
  /** The proposal by whose acceptance it was kept. */
  review?: string;
  /** What an imported record was caused by, where it was made. */
  was?: Cause["kind"];
};
