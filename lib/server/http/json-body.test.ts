import { describe, expect, test } from "vitest";
import { parseJsonBody } from "./json-body";

const refused = (text: string) => {
  try {
    parseJsonBody(text);
  } catch (error) {
    return (error as Error).message;
  }
  return null;
};

describe("a JSON body", () => {
  test.each([
    '{"a":"[[[,,,","b":["\\\\","\\"{,"]}',
    '"only a text with \\\\\\" and , in it"',
    `[${Array.from({ length: 40_000 }, (_, n) => n).join(",")}]`,
    JSON.stringify({ text: ",[{".repeat(100_000) }),
    "[".repeat(100) + "]".repeat(100),
  ])("is what JSON.parse has, whatever stands in its texts (%#)", (text) => {
    expect(parseJsonBody(text)).toEqual(JSON.parse(text));
  });

  test("is refused before it is made where it has too many values, or goes too deep", () => {
    expect(refused(`[${"1,".repeat(60_000)}1]`)).toContain("more than 50000 values");
    expect(refused("[]".repeat(60_000))).toContain("more than 50000 values");
    expect(refused("[".repeat(101) + "]".repeat(101))).toContain("nested more than 100 deep");
    expect(refused(`{"a":`.repeat(1_000_000))).toContain("nested more than 100 deep");
  });

  test("is refused with what JSON says where it is none", () => {
    for (const text of ["{", '"', '"\\', "[1,]", '{"a" 1}'])
      expect(refused(text)).toContain("Request body is not JSON");
  });
});
