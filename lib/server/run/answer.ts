import type { Item } from "@/lib/stream/item";

/** What a request that runs an agent is answered with: one value at the end, or what happens as it happens. */
export type Answer<Value> = { value: Value } | { stream: ItemStream };

/** Items on their way to a client; `lib/server/http` makes server-sent events of them. */
export type ItemStream = {
  items: AsyncGenerator<Item>;
  runId: string;
  /** A ping at once, and one after every 20 s of silence. */
  pings: boolean;
  /** The last position that the client has. */
  after: number;
  /** What becomes of each item on its way out: some are left out, some take another form. */
  shape: (item: Item) => Item[];
  /** Called when the client goes away before the end. */
  onGone?: () => void;
};

/** Events that are made already, in a protocol of their own. */
export type EventStream = {
  frames: AsyncGenerator<string>;
  runId: string;
  /** What is sent after every 20 s of silence, and perhaps at once. */
  pings: { frame: () => string; atOnce: boolean } | null;
  /** Called when the client goes away before the end. */
  onGone?: () => void;
};
