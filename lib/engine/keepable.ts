import { storable } from "@/lib/engine/storable";
import type { ModelEvent } from "./model";

type Fragment = Extract<ModelEvent, { text: string }>;

const ENDS_IN_HALF = /[\ud800-\udbff]$/;

/**
 * A model's events with texts that can be kept as they are sent on: without NUL characters, and with no character cut
 * in two by the end of a fragment; its first half waits for the next fragment of the same text.
 */
export async function* keepable(source: AsyncIterable<ModelEvent>): AsyncGenerator<ModelEvent> {
  let held: Fragment | null = null;
  for await (const event of source) {
    if (held && !goesOn(held, event)) {
      yield { ...held, text: storable(held.text) };
      held = null;
    }
    if (!("text" in event)) {
      yield event;
      continue;
    }
    const text: string = held ? held.text + event.text : event.text;
    const half = ENDS_IN_HALF.exec(text)?.[0] ?? "";
    held = half === "" ? null : { ...event, text: half };
    const whole = storable(text.slice(0, text.length - half.length));
    if (whole !== "" || half === "") yield whole === event.text ? event : { ...event, text: whole };
  }
  if (held) yield { ...held, text: storable(held.text) };
}

function goesOn(held: Fragment, event: ModelEvent): boolean {
  if (held.type !== event.type || !("text" in event)) return false;
  return held.type !== "tool-call-arguments" || event.type !== "tool-call-arguments" || held.id === event.id;
}
