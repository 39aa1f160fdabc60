import type { JobKind } from "./queue";

/** Every kind of work that the server's queue does. */
export const JOB_KINDS: readonly JobKind<never>[] = [];
