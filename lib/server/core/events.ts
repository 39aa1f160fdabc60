/** Something that just happened, for whoever watches. Sent after its commit; a watcher that misses one asks the API. */
export type LedgerEvent = {
  type: "run" | "step" | "memory" | "agent" | "compaction" | "passage" | "file" | "tool-call" | "tool-output";
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

export type EventHub = {
  publish(event: LedgerEvent): void;
  /** @returns a function that ends the subscription. */
  subscribe(organizationId: string, listener: (event: LedgerEvent) => void): () => void;
  /** Hears of what happens in every organization; for the server itself. */
  watch(listener: (event: LedgerEvent) => void): () => void;
};

export function createEventHub(): EventHub {
  const listeners = new Map<string, Set<(event: LedgerEvent) => void>>();
  const watchers = new Set<(event: LedgerEvent) => void>();
  return {
    publish(event) {
      for (const watcher of watchers) watcher(event);
      for (const listener of listeners.get(event.organizationId) ?? []) listener(event);
    },
    subscribe(organizationId, listener) {
      const set = listeners.get(organizationId) ?? new Set();
      listeners.set(organizationId, set.add(listener));
      return () => set.delete(listener);
    },
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
  };
}
