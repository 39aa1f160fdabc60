import { noRelay, type Relay } from "./relay";

/** Something that just happened, for whoever watches. Sent after its commit; a watcher that misses one asks the API. */
export type LedgerEvent = {
  type:
    | "run"
    | "step"
    | "memory"
    | "agent"
    | "compaction"
    | "passage"
    | "file"
    | "workspace"
    | "tool-call"
    | "tool-output";
  organizationId: string;
  agentId: string | null;
  conversationId?: string | null;
  runId?: string | null;
  /** What changed: an id of the type's own kind. */
  id: string;
  status?: string;
  at: string;
  detail?: Record<string, unknown>;
};

type Listener = (event: LedgerEvent) => void;
type Subscriber = { hear: Listener; gap: () => void };

export type EventHub = {
  publish(event: LedgerEvent): void;
  /**
   * Hears of what happens in an organization, on whichever server of the database.
   *
   * @param gap told when events of other servers may have been missed: what comes after is not all that happened.
   * @returns a function that ends the subscription.
   */
  subscribe(organizationId: string, listener: Listener, gap?: () => void): () => void;
  /** Hears of what happens on this server, in every organization; for the server itself. */
  watch(listener: Listener): () => void;
  /** Ends what is followed here: who goes on listening does so at another server. */
  close(): void;
};

export function createEventHub(relay: Relay = noRelay()): EventHub {
  const subscribers = new Map<string, Set<Subscriber>>();
  const watchers = new Set<Listener>();
  const deliver: Listener = (event) => {
    for (const subscriber of subscribers.get(event.organizationId) ?? []) subscriber.hear(event);
  };
  relay.hear("event", deliver);
  const gap = () => {
    for (const all of subscribers.values()) for (const subscriber of [...all]) subscriber.gap();
  };
  relay.onGap(gap);
  return {
    publish(event) {
      for (const watcher of watchers) watcher(event);
      deliver(event);
      relay.tell("event", event);
    },
    subscribe(organizationId, hear, gap = () => {}) {
      const subscriber: Subscriber = { hear, gap };
      const set = subscribers.get(organizationId) ?? new Set();
      subscribers.set(organizationId, set.add(subscriber));
      return () => {
        set.delete(subscriber);
        if (set.size === 0 && subscribers.get(organizationId) === set) subscribers.delete(organizationId);
      };
    },
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    close: gap,
  };
}

declare module "./relay" {
  interface Told {
    event: LedgerEvent;
  }
}
