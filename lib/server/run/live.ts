import type { Item } from "@/lib/stream/item";
import type { JournalBatch } from "./ledger-store";
import { createRunningCalls, type RunningCalls } from "./running-calls";

/**
 * A run as it happens in this process. Whoever follows it gets every item from where they ask, first those that were,
 * then those that come; nobody's going away or being slow changes the run. Of a background run, an item is given out once
 * its journal has it: what a client was sent can always be sent again, whatever becomes of this process.
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
  /** Items that the journal does not surely have yet, marked as taken: `keptJournal` or `returnJournal` must follow. */
  takeJournal(): JournalBatch | null;
  /** Items that were taken are kept: they may be given out. */
  keptJournal(batch: JournalBatch): void;
  /** Items that were taken and could not be kept: they are taken again. */
  returnJournal(batch: JournalBatch): void;
  /** Told when there are items that the journal lacks, or that somebody now waits for. */
  onUnkept(listener: () => void): void;
  /** Whether somebody waits for what comes. */
  isFollowed(): boolean;
  hasUnkept(): boolean;
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
  let kept = 0;
  let followers = 0;
  let tellUnkept = () => {};
  let over = false;
  let wake = deferred();
  const finished = deferred();

  function wakeFollowers(): void {
    wake.resolve();
    wake = deferred();
  }

  /** How many items may be given out. */
  const visible = () => (options.background && !over ? kept : items.length);

  return {
    ...options,
    signal: controller.signal,
    calls: createRunningCalls(controller.signal),
    abort: () => controller.abort(),
    push(item) {
      items.push(options.background && "seqId" in item ? { ...item, seqId: items.length + 1 } : item);
      if (options.background) tellUnkept();
      else wakeFollowers();
    },
    end() {
      over = true;
      wakeFollowers();
      finished.resolve();
    },
    async *follow(after, signal) {
      signal?.addEventListener("abort", wakeFollowers, { once: true });
      followers++;
      tellUnkept();
      try {
        for (let next = after; ; ) {
          if (signal?.aborted) return;
          if (next < visible()) yield items[next++]!;
          else if (over) return;
          else await wake.promise;
        }
      } finally {
        followers--;
      }
    },
    takeJournal() {
      if (!options.background || kept === items.length) return null;
      // Those that are on their way are taken along: should they get lost, there is no gap before what is kept now.
      const batch = items.slice(kept);
      const first = kept + 1;
      journaled = items.length;
      return { first, last: journaled, items: batch, reserved: journaled + JOURNAL_RESERVE };
    },
    keptJournal(batch) {
      kept = Math.max(kept, batch.last);
      wakeFollowers();
    },
    returnJournal(batch) {
      journaled = Math.max(kept, Math.min(journaled, batch.first - 1));
    },
    onUnkept(listener) {
      tellUnkept = listener;
    },
    isFollowed: () => followers > 0,
    hasUnkept: () => options.background && journaled < items.length,
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
