import { describe, expect, it } from "vitest";
import type { Block } from "../memory";
import { applyMemoryPatch } from "./memory-patch";
import { ToolFailure } from "./tool-args";

function block(label: string, value: string, readOnly = false): Block {
  return { id: `block-${label}`, versionId: `v-${label}`, label, value, description: null, limitChars: 100, readOnly };
}

function update(label: string, changes: Record<string, unknown>) {
  return {
    type: "block-update",
    blockId: `block-${label}`,
    baseVersionId: `v-${label}`,
    operation: "memory_apply_patch",
    changes: expect.objectContaining(changes),
  };
}

function patched(value: string, patch: string): string {
  const outcome = applyMemoryPatch("a", patch, [block("a", value)]);
  expect(outcome.writes).toEqual(outcome.content === value ? [] : [update("a", { value: outcome.content })]);
  return outcome.content as string;
}

describe("hunks on one block", () => {
  it.each([
    ["replace a line", "one\ntwo\nthree", "@@\n one\n-two\n+2\n three", "one\n2\nthree"],
    ["need no header", "one\ntwo", "-two\n+2", "one\n2"],
    ["apply one after the other", "a\nb\nc\nd", "@@\n-a\n+A\n@@\n-d\n+D\n+E", "A\nb\nc\nD\nE"],
    ["accept the headers of a diff tool", "a\nb", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n", "a\nc"],
    ["take an empty line as empty context", "a\n\nb", "@@\n a\n\n-b\n+c", "a\n\nc"],
    ["append where nothing but new lines is given", "a", "+b\n+c", "a\nb\nc"],
    ["insert after the line of the header", "a\nb", "@@ -1,0 +2 @@\n+x", "a\nx\nb"],
    ["start an empty block", "", "+a\n+b", "a\nb"],
    ["empty a block", "a\nb", "-a\n-b", ""],
    ["remove a line that looks like a file header", "-- x\ny", "@@\n y\n", "-- x\ny"],
    ["choose by line number between equal places", "x\ny\nx\ny", "@@ -3,1 +3,1 @@\n-x\n+z", "x\ny\nz\ny"],
    ["follow the order between equal places", "h\nx\nx2\nk\nx", "@@\n-k\n+K\n@@\n-x\n+z", "h\nx\nx2\nK\nz"],
    ["count lines that earlier hunks added", "a\nx\nx", "@@ -1 +1,2 @@\n a\n+b\n@@ -3 +4 @@\n-x\n+z", "a\nb\nx\nz"],
    ["keep the line ends of the block", "a\r\nb\r\nc", "@@\n a\n-b\n", "a\r\nc"],
    ["read a patch with CRLF", "a\nb", "@@\r\n a\r\n-b\r\n+c\r\n", "a\nc"],
    ["skip the envelope", "a", "*** Begin Patch\n@@\n-a\n+b\n*** End Patch\n", "b"],
  ])("%s", (_, value, patch, expected) => {
    expect(patched(value, patch)).toBe(expected);
  });

  it.each([
    ["whose context is missing", "@@\n-nothing\n+x", /^Failed to apply patch: expected hunk context not found/],
    ["that fit in several places", "@@\n-x\n+z", /several places of memory block 'a' \(lines 1, 3\)/],
    ["with a line of no kind", "@@\nhello", /a line must start with/],
    ["with a copied line number", "@@\n-1→ x\n+z", /^patch contains a line number prefix/],
    ["that aren't there", "\n", /contains no hunk/],
  ])("are refused %s", (_, patch, text) => {
    expect(() => applyMemoryPatch("a", patch, [block("a", "x\ny\nx")])).toThrow(ToolFailure);
    expect(() => applyMemoryPatch("a", patch, [block("a", "x\ny\nx")])).toThrow(text);
  });
});

describe("sections for several blocks", () => {
  const BLOCKS = [block("a", "one"), block("b", "two"), block("locked", "three", true)];

  it("become one write per block, those that set labels free first", () => {
    const patch = `*** Begin Patch
*** Add Block: c
Description: Third.
+x
+
+y
*** Update Block: a
@@
-one
+1
*** Update Block: a
*** Move to: first
@@
-1
+I
*** Delete Block: b
*** End Patch`;
    const outcome = applyMemoryPatch("ignored", patch, BLOCKS);
    expect(outcome.writes).toEqual([
      { type: "block-detach", blockId: "block-b", baseVersionId: "v-b", operation: "memory_apply_patch" },
      update("a", { label: "first", value: "I" }),
      { type: "block-create", label: "c", description: "Third.", value: "x\n\ny", operation: "memory_apply_patch" },
    ]);
    expect(outcome.content).toBe(
      [
        "Successfully created memory block 'c'.",
        "Successfully updated memory block 'a'.",
        "Successfully renamed memory block 'a' to 'first'.",
        "Successfully deleted memory block 'b'.",
      ].join("\n"),
    );
  });

  it("may add a block under a label that was deleted before", () => {
    const { writes } = applyMemoryPatch("", "*** Delete Block: a\n*** Add Block: a\nnew text\n", BLOCKS);
    expect(writes?.map((write) => write.type)).toEqual(["block-detach", "block-create"]);
    expect(writes?.[1]).toMatchObject({ label: "a", value: "new text", description: "" });
  });

  it("start with the labelled block where hunks precede the first header", () => {
    const { writes } = applyMemoryPatch("a", "-one\n+1\n*** Update Block: b\n-two\n+2", BLOCKS);
    expect(writes).toEqual([update("a", { value: "1" }), update("b", { value: "2" })]);
  });

  it.each([
    ["*** Add Block: a\n+x", /'a' already exists/],
    ["*** Add Block: a b\n+x", /not a valid block label/],
    ["*** Update Block: a\n*** Move to: b", /'b' already exists/],
    ["*** Update Block: zz\n-x", /Block field zz does not exist \(available sections = a, b, locked\)/],
    ["*** Delete Block: a\n*** Update Block: a\n-one", /Block field a does not exist/],
    ["*** Update Block: locked\n-three", /read-only/],
    ["*** Delete Block: locked", /read-only/],
    ["*** Delete Block: a\n*** Move to: c", /must follow/],
    ["*** Update Block: a\n", /no hunk for memory block 'a'/],
  ])("are refused as a whole: %j", (patch, text) => {
    expect(() => applyMemoryPatch("a", patch, BLOCKS)).toThrow(text);
  });
});
