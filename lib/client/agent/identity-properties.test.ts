import { describe, expect, test } from "vitest";
import { propertyText, propertyValue } from "./identity-properties";

describe("a property's value", () => {
  test.each([
    ["string", "12", "12"],
    ["number", "12.5", 12.5],
    ["boolean", "false", false],
    ["json", '{"a":[1]}', { a: [1] }],
  ] as const)("is what was typed, as %s", (type, text, value) => {
    expect(propertyValue(type, text)).toEqual({ value });
    expect(propertyText({ value })).toBe(text);
  });

  test.each([
    ["number", ""],
    ["number", "twelve"],
    ["boolean", "yes"],
    ["json", "[1]"],
    ["json", "{"],
  ] as const)("is refused where it is no %s: %s", (type, text) => {
    expect(propertyValue(type, text)).toBeNull();
  });
});
