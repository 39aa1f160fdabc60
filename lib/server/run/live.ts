import type { Item } from "@/lib/stream/item";
import type { JournalBatch } from "./ledger-store";
import { createRunningCalls, type RunningCalls } from "./running-calls";

/**
 * A run as it happens in this process. Whoever follows it gets every item from where they ask, first those that were,
 * then those that come; nobody's going away or being slow changes the run.
 */
export type LiveRun = {
  id: string;
  agentId: string;
  conversationId: string;
  background: boolean;
  signal: AbortSignal;
  /** The tool calls of its step at work. */
  calls: RunningCalls;
  /** Ends the run at its next safe point. */
  abort(): void;
  push(item: Item): void;
  end(): void;
  /** Items after a position (0 is the beginning), until the run ends. */
  follow(after: number, signal?: AbortSignal): AsyncGenerator<Item>;
  /** Items that the journal does not have yet, marked as taken. */
  takeJournal(): JournalBatch | null;
  /** Items that were taken and could not be kept: they are taken again. */
  returnJournal(batch: JournalBatch): void;
  /** Resolves when the run is over and saved. */
  done: Promise<void>;
  ended(): boolean;
};

/** How far ahead of what is journaled positions may be given out: a recovery numbers on from there. */
export const JOURNAL_RESERVE = 2000;

export function createLiveRun(options: {
  id: string;
  agentId: string;
  conversationId: string;
  background: boolean;
}): LiveRun {
  const controller = new AbortController();
  const items: Item[] = [];
  let journaled = 0;
  let over = false;
  let wake = deferred();
  const finished = deferred();

  function wakeFollowers(): void {
    wake.resolve();
    wake = deferred();
  }

  return {
    ...options,
    signal: controller.signal,
    calls: createRunningCalls(controller.signal),
    abort: () => controller.abort(),
    push(item) {
      items.push(options.background && "seqId" in item ? { ...item, seqId: items.length + 1 } : item);
      wakeFollowers();
    },
    end() {
      over = true;
      wakeFollowers();
      finished.resolve();
    },
    async *follow(after, signal) {
      signal?.addEventListener("abort", wakeFollowers, { once: true });
      for (let next = after; ; ) {
        if (signal?.aborted) return;
        if (next < items.length) yield items[next++]!;
        else if (over) return;
        else await wake.promise;
      }
    },
    takeJournal() {
      if (!options.background || journaled === items.length) return null;
      const batch = items.slice(journaled);
      const first = journaled + 1;
      journaled = items.length;
      return { first, last: journaled, items: batch, reserved: journaled + JOURNAL_RESERVE };
    },
    returnJournal(batch) {
      journaled = Math.min(journaled, batch.first - 1);
    },
    done: finished.promise,
    ended: () => over,
  };
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
