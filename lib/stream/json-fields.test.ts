import { describe, expect, it } from "vitest";
import { FieldScanner, FieldSplitter } from "./json-fields";

/** The text of each field, with the object cut into pieces of so many UTF-16 units. */
function read(json: string, size = json.length || 1): Record<string, string> {
  const scanner = new FieldScanner();
  const fields: Record<string, string> = {};
  for (const piece of cut(json, size)) {
    for (const { key, text } of scanner.push(piece)) fields[key] = (fields[key] ?? "") + text;
  }
  return fields;
}

function split(json: string, size = json.length || 1): { text: string; rest: string } {
  const splitter = new FieldSplitter("thinking");
  let text = "";
  let rest = "";
  for (const piece of cut(json, size)) {
    const found = splitter.push(piece);
    text += found.text;
    rest += found.rest;
  }
  return { text, rest: rest + splitter.end() };
}

function cut(text: string, size: number): string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
}

const OBJECTS: Record<string, unknown>[] = [
  {},
  { message: "hello" },
  { thinking: "so", message: 'line\nbreak "quoted" \\ / \t\b\f\r é 😀 𝒳' },
  { a: 1, b: [1, "x", { c: "no" }], d: { e: "no", thinking: "no" }, f: "yes", g: null, h: true, i: "", j: -1.5e3 },
  { 'a"b\\': "key with escapes", é: "ü", "{": "}", ",": "," },
];
const SIZES = [1, 2, 3, 7, 1000];

describe("FieldScanner", () => {
  it.each(SIZES)("reads the string fields of an object as JSON.parse does, in pieces of %i", (size) => {
    for (const object of OBJECTS) {
      const strings = Object.fromEntries(Object.entries(object).filter(([, value]) => typeof value === "string"));
      expect(read(JSON.stringify(object), size)).toEqual(strings);
      expect(read(JSON.stringify(object, null, 2), size)).toEqual(strings);
    }
  });

  it.each(SIZES)("reads \\u escapes and surrogate pairs cut anywhere, in pieces of %i", (size) => {
    const json = String.raw`{"\u0061":"\u00e9\uD83D\uDE00\/\u0041 😀"}`;
    expect(read(json, size)).toEqual(JSON.parse(json));
  });

  it("tells of text as it grows, and of a field when its string opens", () => {
    const scanner = new FieldScanner();
    expect(scanner.push('{"mess')).toEqual([]);
    expect(scanner.push('age": "')).toEqual([{ key: "message", text: "" }]);
    expect(scanner.push("Hi ")).toEqual([{ key: "message", text: "Hi " }]);
    expect(scanner.push("\\")).toEqual([]);
    expect(scanner.push('n", "b": "c"}')).toEqual([
      { key: "message", text: "\n" },
      { key: "b", text: "c" },
    ]);
  });

  it("reads only the first value of a key that comes twice", () => {
    expect(read('{"a":"1","a":"2","b":"3"}', 1)).toEqual({ a: "1", b: "3" });
  });

  it("reads bad escapes and lone surrogates as replacement characters", () => {
    expect(read(String.raw`{"a":"x\ud83dy","b":"\udc00","c":"\u12G","d":"\u12","e":"\q","f":"\ud83d"}`, 1)).toEqual({
      ...{ a: "x\uFFFDy", b: "\uFFFD", c: "\uFFFDG", d: "\uFFFD", e: "q", f: "\uFFFD" },
    });
  });

  it("reads what there is of text that breaks off, and raw line breaks in strings", () => {
    expect(read('{"a":"one\ntwo', 2)).toEqual({ a: "one\ntwo" });
  });

  it.each(["", "null", "[]", '["a"]', '"a"', "hello", "{a:1}", "{]", '{"a" "b"}', "}{", '{"a":}', "```json\n{}"])(
    "finds nothing in %j and does not throw",
    (json) => {
      expect(read(json, 1)).toEqual({});
    },
  );
});

describe("FieldSplitter", () => {
  it.each(SIZES)("takes the field out and leaves the rest to the letter, in pieces of %i", (size) => {
    const cases: [string, string, string][] = [
      ['{"thinking": "so it is", "message": "hi"}', "so it is", '{"message": "hi"}'],
      [
        '{"message":"hi", "thinking":"so", "request_heartbeat": true}',
        "so",
        '{"message":"hi", "request_heartbeat": true}',
      ],
      ['{ "a": [1, {"thinking": "no"}], "thinking": "so" }', "so", '{ "a": [1, {"thinking": "no"}]}'],
      ['{"thinking":"x"}', "x", "{}"],
      ['{"thinking":{"deep":["x"]},"a":1}', "", '{"a":1}'],
      ['{"thinking":"1","a":2,"thinking":"3"}', "13", '{"a":2}'],
      [String.raw`{"\u0074hinking":"\"\ud83d\ude00","a":"\n"}`, '"😀', String.raw`{"a":"\n"}`],
      [' { "a" : 1 , "b" : 2 } ', "", ' { "a" : 1 , "b" : 2 } '],
    ];
    for (const [json, text, rest] of cases) expect(split(json, size)).toEqual({ text, rest });
  });

  it.each([
    "",
    "{}",
    "null",
    "[1]",
    "hello",
    '{"mess',
    '{"a":"b',
    '{"a":1,',
    "{a:1}",
    '{"a":1}{"thinking":"b"}',
    "{,}",
  ])("leaves %j as it is", (json) => {
    expect(split(json, 1)).toEqual({ text: "", rest: json });
  });

  it("leaves an object that parses, whatever the fields around", () => {
    for (const object of OBJECTS) {
      for (const keys of [
        [...Object.keys(object)],
        [...Object.keys(object), "thinking"],
        ["thinking", ...Object.keys(object)],
      ]) {
        const shuffled = Object.fromEntries(keys.map((key) => [key, key in object ? object[key] : "t"]));
        const { thinking, ...own } = shuffled;
        const found = split(JSON.stringify(shuffled), 1);
        expect(JSON.parse(found.rest)).toEqual(own);
        expect(found.text).toBe(thinking ?? "");
      }
    }
  });

  it("passes the text of the field on before the field is complete", () => {
    const splitter = new FieldSplitter("thinking");
    expect(splitter.push('{"thinking": "so')).toEqual({ text: "so", rest: "{" });
    expect(splitter.push(' be it", "mess')).toEqual({ text: " be it", rest: "" });
    expect(splitter.push('age": "h')).toEqual({ text: "", rest: '"message": "h' });
  });
});
