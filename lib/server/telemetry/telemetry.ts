import type { Store } from "@/lib/engine/ports";
import type { TraceCause } from "../core/core";

/** What is told of a run before it does anything. */
export type ObservedRun = {
  id: string;
  agentId: string;
  agentName: string;
  conversationId: string;
  /** The contract's `provider_type`, and the model's own name. */
  provider: string;
  model: string;
  /** Of the model's server; null where there is none. */
  address: { host: string; port: number } | null;
  /** What it belongs to, if anything. */
  cause: TraceCause | null;
  /** Milliseconds since 1970. */
  startedAtMs: number;
};

/**
 * Tells an observer outside what runs do. Nothing here waits for the observer, and nothing that goes wrong on the way to
 * it changes a run.
 */
export type Telemetry = {
  /** The same store: what it keeps is told when it is kept. */
  observe(store: Store, run: ObservedRun): Store;
  /** A run ended otherwise than through its store. */
  abandon(runId: string, errorType: string, message: string): void;
  /** Sends what is still to be sent, for a short while. */
  close(): Promise<void>;
};

export type SpanKind = "internal" | "client";
export type Attributes = Record<string, string | number | boolean | string[] | undefined>;
export type SpanError = { type: string; message: string };

/** A span that has begun. Times are in milliseconds since 1970. */
export type OpenSpan = { end(atMs: number, attributes?: Attributes, error?: SpanError | null): void };

export type SpanOptions = {
  kind: SpanKind;
  atMs: number;
  attributes: Attributes;
  parent?: OpenSpan | undefined;
  /** A span of another program, by its header: the parent, where there is no `parent`. What can't be read is none. */
  traceparent?: string | null | undefined;
};

/** Makes spans; what becomes of them is its own affair. */
export type Spans = {
  begin(name: string, options: SpanOptions): OpenSpan;
};

declare module "../core/core" {
  interface Core {
    /** Null where nobody is told what runs do. */
    telemetry: Telemetry | null;
  }
}
