import { describe, expect, test } from "vitest";
import { parsePythonLiteral } from "./python-literal";

test.each([
  ["{'a': True, 'b': None, 'c': False}", { a: true, b: null, c: false }],
  [`{'text': "it's", "other": 'say "hi"'}`, { text: "it's", other: 'say "hi"' }],
  [
    "{'n': -1.5e3, 'big': 1_000, 'l': [1, 2,], 't': ('x', 'y'), 'd': {},}",
    { n: -1500, big: 1000, l: [1, 2], t: ["x", "y"], d: {} },
  ],
  ["{'s': 'line\\nbreak \\'q\\' \\x41 \\u00e9 \\U0001F600'}", { s: "line\nbreak 'q' A é 😀" }],
  ["{'s': '''three\nlines'''}", { s: "three\nlines" }],
  ["{1: 'x'}", { "1": "x" }],
  ['{"plain": [true, null, "json"]}', { plain: [true, null, "json"] }],
  ["{'__proto__': 1}", JSON.parse('{"__proto__": 1}')],
])("%s is read as JSON would be", (text, value) => {
  expect(parsePythonLiteral(text)).toEqual(value);
});

describe("what is no literal", () => {
  test.each([
    "{'a': open('x')}",
    "{'a': 1} x",
    "{'a'}",
    "{'a': }",
    "{'a': 'b",
    "",
    "{'a': 1 + 1}",
    "{'a': 'b' 'c'}",
    "{'a': \\x}",
    "[".repeat(500),
  ])("is refused: %s", (text) => {
    expect(() => parsePythonLiteral(text)).toThrow(SyntaxError);
  });
});
