import { countTokens as countExact } from "gpt-tokenizer/encoding/o200k_base";
import { describe, expect, test } from "vitest";
import { countTokens } from "./tokens";

/** Signs in an order that looks like chance and is the same each time. */
function mixed(length: number, signs: string): string {
  let state = 1;
  let text = "";
  for (let at = 0; at < length; at++) {
    state = (state * 48271) % 2147483647;
    text += signs[state % signs.length];
  }
  return text;
}

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const PROSE = "The quick brown fox, as old as 1234, jumps over Zoë's lazy dog.\n";

describe("the tokens of a text", () => {
  test.each([
    ["nothing", ""],
    ["prose", PROSE.repeat(100)],
    ["Japanese", "これは長い文章です。読みやすくするために、句読点があります。".repeat(100)],
    ["code", "function add(a, b) {\n  return a + b; // sum\n}\n".repeat(200)],
    ["words that mean something to the encoder", "<|endoftext|> and <|im_start|>"],
  ])("of %s are exact", (_what, text) => {
    expect(countTokens(text)).toBe(countExact(text, { disallowedSpecial: new Set() }));
  });

  test("of a long text are counted by samples, a little off at most", () => {
    const text = PROSE.repeat(2000);
    const exact = countExact(PROSE) * 2000;
    expect(Math.abs(countTokens(text) - exact) / exact).toBeLessThan(0.03);
  });

  // Each of these took between a quarter of a second and forty seconds of the processor.
  test.each([
    ["letters without a space", mixed(200_000, LETTERS)],
    ["base64", mixed(200_000, `${LETTERS}${LETTERS.toUpperCase()}0123456789+/`)],
    ["two letters, again and again", "ab".repeat(100_000)],
    ["one letter", "x".repeat(200_000)],
    ["almost one letter", `${"x".repeat(900)}y`.repeat(220)],
    ["ends of lines and spaces", " \n".repeat(100_000)],
    ["tabs and spaces", mixed(200_000, "  \t")],
    ["signs", mixed(200_000, "!@#$%^&*()[]{}")],
    ["emoji", "😀".repeat(100_000)],
    ["accents without letters", "\u0301".repeat(200_000)],
    ["Chinese without a stop", mixed(200_000, "漢字仮名交文日本語中国")],
    ["a piece of each kind as long as it may be whole", mixed(40_000, LETTERS)],
  ])("of %s cost little", (_what, text) => {
    const before = process.cpuUsage();
    expect(countTokens(text)).toBeGreaterThan(0);
    const { user, system } = process.cpuUsage(before);
    // Of the processor's time, which other work does not lengthen; unmended, seconds.
    expect((user + system) / 1000).toBeLessThan(400);
  });

  test("of letters without a space are near what the encoder would say", () => {
    const text = mixed(3000, LETTERS);
    const exact = countExact(text);
    expect(Math.abs(countTokens(text) - exact) / exact).toBeLessThan(0.03);
  });
});
