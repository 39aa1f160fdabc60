import { createHash } from "node:crypto";
import type { ModelEvent, ModelRequest } from "@/lib/engine/model";
import type { Message } from "@/lib/stream/message";
import { storableJson } from "../db/json";

/**
 * The hash of a request as the model sees it: message ids, times and other marks that no model is shown are left out, so
 * that a fork asks the same. SHA-256, hexadecimal. Messages are hashed once each.
 */
export function requestHash(handle: string, request: ModelRequest): string {
  const hash = createHash("sha256");
  const { system, tools, toolChoice, parallelToolCalls, settings } = request;
  hash.update(canonicalJson([handle, system, tools, toolChoice, parallelToolCalls, settings]));
  for (const message of request.messages) hash.update(messageHash(message));
  return hash.digest("hex");
}

const hashes = new WeakMap<Message["parts"], string>();

function messageHash(message: Message): string {
  const known = hashes.get(message.parts);
  if (known) return known;
  const made = createHash("sha256")
    .update(canonicalJson([message.role, message.parts]))
    .digest("base64");
  hashes.set(message.parts, made);
  return made;
}

/** JSON as the database gives it back: without what it can't hold, and with the keys of objects in one order. */
export function canonicalJson(value: unknown): string {
  return storableJson(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (!value || typeof value !== "object") return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

/** Events with neighbouring fragments of a kind in one list: a third of the size, and nothing of their cutting is lost. */
export type PackedEvent =
  | { t: "text" | "reasoning"; f: string[]; source?: "reasoner_model" | "non_reasoner_model" }
  | { t: "arguments"; id: string; f: string[] }
  | { t: "event"; e: ModelEvent };

export function packEvents(events: readonly ModelEvent[]): PackedEvent[] {
  const packed: PackedEvent[] = [];
  for (const event of events) {
    const last = packed.at(-1);
    if (event.type === "text") {
      if (last?.t === "text") last.f.push(event.text);
      else packed.push({ t: "text", f: [event.text] });
    } else if (event.type === "reasoning" && event.signature === undefined) {
      if (last?.t === "reasoning" && last.source === event.source) last.f.push(event.text);
      else packed.push({ t: "reasoning", f: [event.text], ...(event.source ? { source: event.source } : {}) });
    } else if (event.type === "tool-call-arguments") {
      if (last?.t === "arguments" && last.id === event.id) last.f.push(event.text);
      else packed.push({ t: "arguments", id: event.id, f: [event.text] });
    } else packed.push({ t: "event", e: event });
  }
  return packed;
}

export function unpackEvents(packed: readonly PackedEvent[]): ModelEvent[] {
  return packed.flatMap(unpack);
}

function unpack(entry: PackedEvent): ModelEvent[] {
  if (entry.t === "event") return [entry.e];
  if (entry.t === "text") return entry.f.map((text) => ({ type: "text", text }));
  if (entry.t === "arguments") return entry.f.map((text) => ({ type: "tool-call-arguments", id: entry.id, text }));
  return entry.f.map((text) => ({ type: "reasoning", text, ...(entry.source ? { source: entry.source } : {}) }));
}
