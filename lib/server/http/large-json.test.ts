import { describe, expect, test } from "vitest";
import { isLarge, largeJson } from "./large-json";

const long = `${'\u{1f332}é"\\\n'.repeat(60_000)}x`;

describe("a large answer", () => {
  test.each<[string, unknown]>([
    ["a list of long texts", [long, "", null, 1.5, true, [[]], {}]],
    ["an object of many keys", Object.fromEntries(Array.from({ length: 30_000 }, (_, n) => [`k "${n}`, { n }]))],
    ["what has its own way to be JSON", { at: new Date(0), list: [new Date(1), long], no: undefined, f: () => 1 }],
    ["nothing of what it says, but for a gap", [undefined, ...Array.from({ length: 300 }, () => undefined), long]],
    ["an object whose keys are all left out", { a: { no: undefined, list: [] }, long }],
    ["half of a surrogate pair", [`\ud83c${long}`, `${long}\udf32`]],
  ])("is the same JSON as one that is made at once: %s", async (_what, value) => {
    const answer = largeJson(value, 200);
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(await answer.text()).toBe(JSON.stringify(value));
  });

  test("is told from a small one by its texts and by how much it holds", () => {
    expect(isLarge({ a: ["x".repeat(1000)] })).toBe(false);
    expect(isLarge({ a: [long, long] })).toBe(true);
    expect(isLarge(Array.from({ length: 10_001 }, () => 0))).toBe(true);
    expect(isLarge(null)).toBe(false);
  });

  test("leaves the event loop to others while it is written", async () => {
    const value = Array.from({ length: 200 }, () => long);
    let turns = 0;
    let isOver = false;
    const count = () => {
      turns++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const { body } = largeJson(value, 200);
    for await (const _piece of body as unknown as AsyncIterable<Uint8Array>);
    isOver = true;
    expect(turns).toBeGreaterThan(100);
  });
});
