import { expect, test } from "vitest";
import type { Block, MemoryWrite } from "./memory";
import { rebaseWrites } from "./rebase";

const block = (id: string, versionId: string): Block => ({
  id,
  versionId,
  label: id,
  value: "",
  description: null,
  limitChars: 100,
  readOnly: false,
});
const update = (blockId: string, baseVersionId: string): MemoryWrite => ({
  type: "block-update",
  blockId,
  baseVersionId,
  operation: "o",
  changes: { value: "new" },
});

test("writes go on top of what others wrote, those to blocks that are gone are dropped, the rest stays", () => {
  const before = [block("a", "a1"), block("b", "b1"), block("c", "c1")];
  const after = [block("a", "a2"), block("b", "b1")];
  const insert: MemoryWrite = { type: "passage-insert", text: "t", tags: [] };
  const detach: MemoryWrite = { type: "block-detach", blockId: "a", baseVersionId: "a1", operation: "o" };
  expect(
    rebaseWrites([update("a", "a1"), update("b", "b1"), update("c", "c1"), insert, detach], before, after),
  ).toEqual({
    writes: [update("a", "a2"), update("b", "b1"), insert, { ...detach, baseVersionId: "a2" }],
    replaced: ["a"],
  });
});
