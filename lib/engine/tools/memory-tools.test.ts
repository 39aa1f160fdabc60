import { describe, expect, it } from "vitest";
import type { Block } from "../memory";
import { callMemoryTool } from "../testing/call-memory-tool";
import { MEMORY_TOOLS } from "./memory-tools";

function block(label: string, value: string, changes: Partial<Block> = {}): Block {
  return {
    id: `block-${label}`,
    versionId: `version-${label}`,
    label,
    value,
    description: null,
    limitChars: 100_000,
    readOnly: false,
    ...changes,
  };
}

const BLOCKS: readonly Block[] = Object.freeze([
  Object.freeze(block("human", "Name: Bob\nLikes: tea")),
  Object.freeze(block("persona", "I am Sam.", { readOnly: true })),
  Object.freeze(block("empty", "")),
]);

const call = (name: keyof typeof MEMORY_TOOLS, args: Record<string, unknown>, blocks: readonly Block[] = BLOCKS) =>
  callMemoryTool(name, args, blocks);

function update(label: string, changes: Record<string, unknown>, operation: string) {
  return {
    type: "block-update",
    blockId: `block-${label}`,
    baseVersionId: `version-${label}`,
    operation,
    changes: expect.objectContaining(changes),
  };
}

async function valueAfter(name: keyof typeof MEMORY_TOOLS, args: Record<string, unknown>, value: string) {
  const outcome = await call(name, { label: "human", ...args }, [block("human", value)]);
  expect(outcome.status, String(outcome.content)).toBe("success");
  return outcome.content;
}

async function errorOf(name: keyof typeof MEMORY_TOOLS, args: Record<string, unknown>, blocks = BLOCKS) {
  const outcome = await call(name, args, blocks);
  expect(outcome.status).toBe("error");
  expect(outcome.writes ?? []).toEqual([]);
  return outcome.content;
}

describe("the table of memory tools", () => {
  it("names each tool by its key and asks for the contract's arguments", () => {
    const shape = Object.entries(MEMORY_TOOLS).map(([key, tool]) => {
      expect(tool.name).toBe(key);
      expect(tool.parallel).toBe(false);
      return [key, Object.keys(tool.parameters.properties), tool.parameters.required];
    });
    expect(shape).toEqual([
      ["memory_insert", ["label", "new_string", "insert_line"], ["label", "new_string"]],
      ["memory_replace", ["label", "old_string", "new_string"], ["label", "old_string", "new_string"]],
      ["memory_rethink", ["label", "new_memory"], ["label", "new_memory"]],
      [
        "memory",
        [
          "command",
          "path",
          "file_text",
          "description",
          "old_string",
          "new_string",
          "insert_line",
          "insert_text",
          "old_path",
          "new_path",
        ],
        ["command"],
      ],
      ["memory_apply_patch", ["label", "patch"], ["label", "patch"]],
      ["core_memory_append", ["label", "content"], ["label", "content"]],
      ["core_memory_replace", ["label", "old_content", "new_content"], ["label", "old_content", "new_content"]],
      ["memory_finish_edits", [], []],
      ["send_message", ["message"], ["message"]],
    ]);
  });
});

describe("every tool that edits a block", () => {
  const EDITS: [keyof typeof MEMORY_TOOLS, Record<string, unknown>][] = [
    ["memory_insert", { new_string: "x" }],
    ["memory_replace", { old_string: "I am", new_string: "x" }],
    ["memory_rethink", { new_memory: "x" }],
    ["memory_apply_patch", { patch: "+x" }],
    ["core_memory_append", { content: "x" }],
    ["core_memory_replace", { old_content: "I am", new_content: "x" }],
  ];

  it.each(EDITS)(
    "%s writes one update of the version it read, names itself, and returns the new value",
    async (name, args) => {
      const outcome = await call(name, { label: "human", ...args }, [block("human", "I am")]);
      expect(outcome).toEqual({
        status: "success",
        content: expect.any(String),
        writes: [update("human", { value: outcome.content }, name)],
      });
    },
  );

  it.each(EDITS)("%s leaves a read-only block alone", async (name, args) => {
    expect(await call(name, { label: "persona", ...args })).toEqual({
      status: "error",
      content: "Error This block is read-only and cannot be edited.",
      stderr: [`Error executing function ${name}: ValueError: Error This block is read-only and cannot be edited.`],
    });
  });

  it.each(EDITS)("%s names the blocks there are when asked for another", async (name, args) => {
    const text = "Block field nobody does not exist (available sections = human, persona, empty)";
    expect(await call(name, { label: "nobody", ...args })).toEqual({
      status: "error",
      content: text,
      stderr: [`Error executing function ${name}: KeyError: ${text}`],
    });
  });

  it.each(EDITS)("%s answers missing and mistyped arguments with an error outcome", async (name, args) => {
    expect(await errorOf(name, args)).toBe("Missing required argument 'label'.");
    expect(await errorOf(name, { ...args, label: 7 })).toBe("Argument 'label' must be a string, got number.");
    for (const key of Object.keys(args)) {
      expect(await errorOf(name, { label: "human", ...args, [key]: ["x"] })).toBe(
        `Argument '${key}' must be a string, got a list.`,
      );
      expect(await errorOf(name, { label: "human", ...args, [key]: null })).toBe(`Missing required argument '${key}'.`);
    }
  });

  it.each([
    ["memory_insert", "new_string"],
    ["memory_replace", "old_string"],
    ["memory_replace", "new_string"],
    ["memory_rethink", "new_memory"],
  ] as const)("%s refuses a copied line number in %s", async (name, argument) => {
    const args = { label: "human", old_string: "Name", new_string: "x", new_memory: "x", [argument]: " 2→ Likes" };
    expect(await errorOf(name, args)).toBe(
      `${argument} contains a line number prefix, which is not allowed. Do not include line numbers when calling memory tools (line numbers are for display purposes only).`,
    );
  });

  it("strips NUL bytes and keeps tags of the prompt's layout verbatim", async () => {
    expect(await valueAfter("memory_rethink", { new_memory: "a\0b</value><memory_blocks>\0" }, "")).toBe(
      "ab</value><memory_blocks>",
    );
  });

  it("writes nothing when nothing changes", async () => {
    const outcome = await call("memory_rethink", { label: "human", new_memory: "Name: Bob\nLikes: tea" });
    expect(outcome).toEqual({ status: "success", content: "Name: Bob\nLikes: tea", writes: [] });
  });
});

describe("memory_insert", () => {
  it.each([
    [undefined, "a\nb\nx"],
    [-1, "a\nb\nx"],
    [0, "x\na\nb"],
    [1, "a\nx\nb"],
    [2, "a\nb\nx"],
    ["1", "a\nx\nb"],
  ])("puts text after line %s", async (line, expected) => {
    expect(await valueAfter("memory_insert", { new_string: "x", insert_line: line }, "a\nb")).toBe(expected);
  });

  it("starts an empty block without a blank line", async () => {
    expect(await valueAfter("memory_insert", { new_string: "x" }, "")).toBe("x");
    expect(await valueAfter("memory_insert", { new_string: "x", insert_line: 0 }, "")).toBe("x");
  });

  it.each([-2, 3])("refuses line %s of two", async (line) => {
    expect(await errorOf("memory_insert", { label: "human", new_string: "x", insert_line: line })).toBe(
      `Invalid \`insert_line\` parameter: ${line}. It should be within the range of lines of the memory block: [0, 2], or -1 to append to the end of the memory block.`,
    );
  });

  it("takes no fraction for a line", async () => {
    expect(await errorOf("memory_insert", { label: "human", new_string: "x", insert_line: 1.5 })).toBe(
      "Argument 'insert_line' must be an integer, got number.",
    );
  });
});

describe("memory_replace", () => {
  it("replaces the one occurrence, and takes replacement patterns literally", async () => {
    expect(await valueAfter("memory_replace", { old_string: "tea", new_string: "$& $1" }, "tea time")).toBe(
      "$& $1 time",
    );
  });

  it("removes with an empty new string", async () => {
    expect(await valueAfter("memory_replace", { old_string: " tea", new_string: "" }, "green tea")).toBe("green");
  });

  it("says when the text isn't there", async () => {
    expect(await errorOf("memory_replace", { label: "human", old_string: "cake", new_string: "x" })).toBe(
      "No replacement was performed, old_string `cake` did not appear verbatim in memory block with label `human`.",
    );
  });

  it("says in which lines the text is when it isn't unique", async () => {
    const blocks = [block("human", "x x\ny\nx")];
    expect(await errorOf("memory_replace", { label: "human", old_string: "x", new_string: "z" }, blocks)).toBe(
      "No replacement was performed. Multiple occurrences of old_string `x` in lines [1, 3]. Please ensure it is unique.",
    );
  });

  it("expands tabs as Python does", async () => {
    expect(await valueAfter("memory_replace", { old_string: "a\tb", new_string: "\tc" }, "a\tb\n12345678\td")).toBe(
      "        c\n12345678        d",
    );
  });

  it("finds a passage in the escaped form that the prompt shows", async () => {
    const args = { old_string: "see &lt;/value> here", new_string: "see &lt;/value> there" };
    expect(await valueAfter("memory_replace", args, "see </value> here")).toBe("see </value> there");
  });

  it("fills an empty block when asked to replace nothing, and refuses that on a block with text", async () => {
    expect(await valueAfter("memory_replace", { old_string: "", new_string: "x" }, "")).toBe("x");
    expect(await errorOf("memory_replace", { label: "human", old_string: "", new_string: "x" })).toContain(
      "lines [1, 2]",
    );
  });

  it("takes the argument names of older transcripts", async () => {
    expect(await valueAfter("memory_replace", { old_str: "a", new_str: "b" }, "a")).toBe("b");
  });
});

describe("core_memory_append and core_memory_replace", () => {
  it("append adds a line, even to an empty block", async () => {
    expect(await valueAfter("core_memory_append", { content: "x" }, "a")).toBe("a\nx");
    expect(await valueAfter("core_memory_append", { content: "x" }, "")).toBe("\nx");
  });

  it("replace changes every occurrence, literally", async () => {
    expect(await valueAfter("core_memory_replace", { old_content: "a", new_content: "$&" }, "a b a")).toBe("$& b $&");
  });

  it("replace says when the text isn't there", async () => {
    const args = { label: "human", old_content: "cake", new_content: "x" };
    expect(await errorOf("core_memory_replace", args)).toBe("Old content 'cake' not found in memory block 'human'");
    expect(await errorOf("core_memory_replace", { ...args, old_content: "" })).toContain("not found");
  });
});

describe("tools that only end a turn", () => {
  it("return what Letta V1 returns and write nothing", async () => {
    expect(await call("memory_finish_edits", {})).toEqual({ status: "success", content: "None" });
    expect(await call("send_message", { message: "Hi" })).toEqual({
      status: "success",
      content: "Sent message successfully.",
    });
    expect(await errorOf("send_message", {})).toBe("Missing required argument 'message'.");
  });
});

describe("a block with other line endings", () => {
  const CRLF = "one\r\ntwo\r\nthree";
  it.each<[keyof typeof MEMORY_TOOLS, Record<string, unknown>, string]>([
    ["memory_replace", { old_string: "one\ntwo", new_string: "1\r\n2" }, "1\n2\nthree"],
    ["memory_insert", { new_string: "a\r\nb", insert_line: 1 }, "one\na\nb\ntwo\nthree"],
    ["core_memory_append", { content: "four" }, "one\ntwo\nthree\nfour"],
    ["core_memory_replace", { old_content: "two\nthree", new_content: "2\r3" }, "one\n2\n3"],
    ["memory_rethink", { new_memory: "a\r\nb" }, "a\nb"],
    ["memory", { command: "str_replace", path: "human", old_str: "one\ntwo", new_str: "x" }, "x\nthree"],
    ["memory_apply_patch", { patch: "@@\n one\n-two\n+2" }, "one\n2\nthree"],
  ])("is edited by %s as the model sees it, and has one kind afterwards", async (name, args, value) => {
    const outcome = await call(name, { label: "human", ...args }, [block("human", CRLF)]);
    expect(outcome.status, String(outcome.content)).toBe("success");
    expect(outcome.writes).toMatchObject([{ changes: { value } }]);
  });
});
