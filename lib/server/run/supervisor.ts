/** Runs in this process: their abort signals, live items and leases. */
export type RunSupervisor = {
  /** Ends a run of this process at its next safe point; false if it is not run here. */
  cancel(runId: string): boolean;
  isRunning(runId: string): boolean;
};
