import { describe, expect, it } from "vitest";
import { random } from "../text/testing/random-text";
import { type BlameVersion, blame } from "./blame";
import type { Block } from "./memory";
import { callMemoryTool } from "./testing/call-memory-tool";
import type { MEMORY_TOOLS } from "./tools/memory-tools";

/**
 * A model of its own of who wrote what: a list of characters, each with its version, that goes through the same edits as
 * the block, said in terms of the characters.
 */
type Char = { char: string; by: number };

const WORDS = "- walnut\tNuts Oslo tea  and\nthe the a é 👩‍🌾 likes: [x] ** ".split(/(?= )/);

/** A line, often like others, so that a comparison could take one for the other. */
const lineOf = (below: (n: number) => number) =>
  Array.from({ length: 1 + below(4) }, () => WORDS[below(WORDS.length)]!.replaceAll(/[\n\t]/g, "")).join("");

const charsOf = (text: string, by: number): Char[] => [...text.split("")].map((char) => ({ char, by }));
const textOf = (chars: readonly Char[]) => chars.map(({ char }) => char).join("");

type Made = { chars: Char[]; tool: keyof typeof MEMORY_TOOLS; args: Record<string, unknown> };

/** Where the lines begin. */
const startsOf = (text: string) => [0, ...Array.from(text.matchAll(/\n/g), (match) => match.index + 1)];

function insert(chars: Char[], by: number, below: (n: number) => number): Made {
  const text = lineOf(below);
  const value = textOf(chars);
  const lines = value.split("\n");
  const line = below(lines.length + 1);
  const args = { new_string: text, insert_line: line };
  if (value === "") return { chars: charsOf(text, by), tool: "memory_insert", args };
  if (line === lines.length) return { chars: [...chars, ...charsOf(`\n${text}`, by)], tool: "memory_insert", args };
  return {
    chars: chars.toSpliced(startsOf(value)[line]!, 0, ...charsOf(`${text}\n`, by)),
    tool: "memory_insert",
    args,
  };
}

function append(chars: Char[], by: number, below: (n: number) => number): Made {
  const text = lineOf(below);
  return { chars: [...chars, ...charsOf(`\n${text}`, by)], tool: "core_memory_append", args: { content: text } };
}

/** Takes a passage that occurs once, and puts another in its place that has no character of it. */
function replace(chars: Char[], by: number, below: (n: number) => number): Made | null {
  const value = textOf(chars);
  const at = below(Math.max(value.length, 1));
  const old = value.slice(at, at + 1 + below(12));
  if (old === "" || !old.isWellFormed() || value.split(old).length !== 2 || value.indexOf(old) !== at) return null;
  const text = below(4) === 0 ? "" : String.fromCharCode(0x4e00 + by).repeat(1 + below(3));
  return {
    chars: chars.toSpliced(at, old.length, ...charsOf(text, by)),
    tool: "memory_replace",
    args: { old_string: old, new_string: text },
  };
}

/** One hunk in the middle: a line goes or stays, others come, between lines of context that are there once. */
function patch(chars: Char[], by: number, below: (n: number) => number): Made | null {
  const value = textOf(chars);
  const lines = value.split("\n");
  const at = below(lines.length);
  const context = lines[at]!;
  if (context === "" || lines.filter((line) => line === context).length !== 1) return null;
  const added = Array.from({ length: 1 + below(2) }, () => `Ω${lineOf(below)}`);
  const isAtEnd = at === lines.length - 1;
  const from = startsOf(value)[at]! + context.length;
  // After a last line its break comes first; before another line, each new line has the break after it.
  const came = isAtEnd ? `\n${added.join("\n")}` : `${added.join("\n")}\n`;
  const place = isAtEnd ? from : from + 1;
  return {
    chars: chars.toSpliced(place, 0, ...charsOf(came, by)),
    tool: "memory_apply_patch",
    args: { patch: [` ${context}`, ...added.map((line) => `+${line}`)].join("\n") },
  };
}

const EDITS = [insert, append, replace, patch];

describe("blame of what tools inserted, appended, replaced and patched", () => {
  it("is right for every character of random histories, in texts that repeat themselves", async () => {
    let wrong = 0;
    let all = 0;
    for (let seed = 0; seed < 150; seed++) {
      const below = random(seed);
      let chars = charsOf("Name: Bob\nLikes: tea", 0);
      const versions: BlameVersion[] = [{ id: "0", value: textOf(chars), cause: { kind: "api", actor: "user" } }];
      while (versions.length < 15) {
        const by = versions.length;
        const made = EDITS[below(EDITS.length)]!(chars, by, below);
        if (!made) continue;
        const block: Block = {
          id: "b",
          versionId: String(by - 1),
          label: "human",
          value: textOf(chars),
          description: null,
          limitChars: 100_000,
          readOnly: false,
        };
        const outcome = await callMemoryTool(made.tool, { label: "human", ...made.args }, [block]);
        const write = outcome.writes?.[0];
        if (write?.type !== "block-update") continue;
        expect(write.changes.value, `seed ${seed}: ${made.tool}`).toBe(textOf(made.chars));
        chars = made.chars;
        versions.push({
          id: String(by),
          value: write.changes.value!,
          edits: write.changes.edits ?? null,
          cause: { kind: "agent", actor: "agent" },
        });
      }
      const blamed = blame(versions).flatMap(({ text, versionId }) => charsOf(text, Number(versionId)));
      expect(textOf(blamed)).toBe(textOf(chars));
      all += chars.length;
      wrong += chars.filter(({ by }, index) => blamed[index]!.by !== by).length;
    }
    expect(all).toBeGreaterThan(10_000);
    expect(wrong).toBe(0);
  });
});

const cause = { kind: "agent", actor: "agent" } as const;
const chain = (...values: string[]): BlameVersion[] =>
  values.map((value, index) => ({ id: `v${index}`, value, cause }));
const blamed = (versions: BlameVersion[]) =>
  blame(versions).map(({ text, versionId, carried }) => [
    versionId,
    text,
    ...(carried ? [carried.how, carried.versionId] : []),
  ]);

describe("blame of a rewrite", () => {
  it("keeps the author of a word that grew, for the letters that were there", () => {
    expect(blamed(chain("Lives in Oslo.", "Lives in Oslofjord."))).toEqual([
      ["v0", "Lives in Oslo"],
      ["v1", "fjord"],
      ["v0", "."],
    ]);
    expect(blamed(chain("Lives in Oslofjord.", "Lives in Oslo."))).toEqual([["v0", "Lives in Oslo."]]);
  });

  it("keeps the author of a line that is moved, and says what moved it", () => {
    const before = "First line here\nSecond line here\nThird line here";
    const after = "Third line here\nFirst line here\nSecond line here";
    expect(blamed(chain("First line here\nSecond line here", before, after))).toEqual([
      ["v1", "Third line here", "moved", "v2"],
      ["v2", "\n"],
      ["v0", "First line here\nSecond line here"],
    ]);
  });

  it("of 300 lines of 1,000 leaves the others to who wrote them", () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `Fact ${index} is number ${index * 7}`);
    const changed = lines.map((line, index) => (index % 10 < 3 ? `Rewritten ${index * 3}, all of it` : line));
    const wrong = blame(chain(lines.join("\n"), changed.join("\n"))).filter(
      ({ text, versionId }) => versionId === "v1" && text.includes("Fact"),
    );
    expect(wrong).toEqual([]);
  });

  it("by edits that are not of these texts is that of a comparison", () => {
    const [first, second] = chain("one two", "one and two");
    for (const edits of [
      [[0, 3, 3]],
      [
        [4, 0, 4],
        [2, 1, 1],
      ],
      [[99, 1, 1]],
      [[4, 0, 400]],
      [[-1, 0, 4]],
    ] as [number, number, number][][]) {
      expect(blamed([first!, { ...second!, edits }])).toEqual(blamed([first!, second!]));
    }
  });
});
