import type { Core } from "../core/core";
import type { JobKind, JobQueue } from "../jobs/queue";

export type InlineJobs = JobQueue & {
  /** What was sent, in order. */
  sent: { kind: string; data: object; startAfter?: Date }[];
  /** Waits until all that was sent without a time, and what that sent in turn, is done. */
  idle(): Promise<void>;
};

/** A queue in memory, for tests: does a job as soon as it is sent, once, and never one that is for later. */
export function createInlineJobs(): InlineJobs {
  let core: Core | undefined;
  let busy: Promise<void> = Promise.resolve();
  const sent: InlineJobs["sent"] = [];
  return {
    sent,
    async send<Data extends object>(kind: JobKind<Data>, data: Data, options?: { startAfter?: Date }) {
      sent.push({ kind: kind.name, data, ...(options?.startAfter ? { startAfter: options.startAfter } : {}) });
      if (options?.startAfter || !core) return;
      const at = core;
      busy = busy.then(() => kind.run(at, data, new AbortController().signal).catch(() => {}));
    },
    async start(of) {
      core = of;
    },
    stop: async () => {},
    depths: async () => [],
    async idle() {
      for (let last = busy; ; last = busy) {
        await last;
        if (last === busy) return;
      }
    },
  };
}
