import { expect, test } from "vitest";
import { keepable } from "./keepable";
import type { ModelEvent } from "./model";

async function kept(events: ModelEvent[]): Promise<ModelEvent[]> {
  const found: ModelEvent[] = [];
  for await (const event of keepable(
    (async function* () {
      yield* events;
    })(),
  ))
    found.push(event);
  return found;
}

const text = (...texts: string[]): ModelEvent[] => texts.map((one) => ({ type: "text", text: one }));

test("events without anything to mend pass as they are", async () => {
  const events: ModelEvent[] = [...text("a", "", "🍵"), { type: "tool-call", id: "a", name: "f" }];
  expect(await kept(events)).toEqual(events);
});

test("a character that is cut in two comes whole, with the later fragment", async () => {
  expect(await kept(text("a\ud83c", "\udf75b"))).toEqual(text("a", "🍵b"));
  expect(await kept(text("\ud83c", "\udf75"))).toEqual(text("🍵"));
});

test("half a character that is never completed is replaced, before what follows", async () => {
  const call: ModelEvent = { type: "tool-call", id: "a", name: "f" };
  expect(await kept([...text("a\ud83c"), call])).toEqual([...text("a", "\ufffd"), call]);
  expect(await kept(text("\udf75x", "y\ud83c"))).toEqual(text("\ufffdx", "y", "\ufffd"));
});

test("arguments of two calls are not mixed", async () => {
  const args = (id: string, one: string): ModelEvent => ({ type: "tool-call-arguments", id, text: one });
  expect(await kept([args("a", "\ud83c"), args("b", "\udf75")])).toEqual([args("a", "\ufffd"), args("b", "\ufffd")]);
});

test("NUL characters go", async () => {
  expect(await kept(text("a\0b"))).toEqual(text("ab"));
});
