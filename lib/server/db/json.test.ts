import { expect, test } from "vitest";
import { storableJson } from "./json";

test("what Postgres can keep is plain JSON", () => {
  for (const value of [null, 1, "a", ["🍵", { a: null, b: [true] }], { ключ: "zażółć" }]) {
    expect(storableJson(value)).toBe(JSON.stringify(value));
  }
});

test("NUL characters and lone surrogates go, in texts and in keys, however deep", () => {
  expect(JSON.parse(storableJson({ "k\0": ["a\0b", { deep: "x\ud83dy" }], ok: "🍵" }))).toEqual({
    k: ["ab", { deep: "x\ufffdy" }],
    ok: "🍵",
  });
});

test("a text that only looks escaped stays as it is", () => {
  for (const text of ["\\u0000", "\\ud83d", "C:\\users\\u0000x"])
    expect(JSON.parse(storableJson([text]))).toEqual([text]);
});

test("dates stay what JSON makes of them, beside a text that must be mended", () => {
  const at = new Date("2026-01-02T03:04:05.000Z");
  expect(JSON.parse(storableJson({ at, text: "\0", gone: undefined }))).toEqual({
    at: "2026-01-02T03:04:05.000Z",
    text: "",
  });
});
