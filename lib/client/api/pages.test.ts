import { describe, expect, test } from "vitest";
import { joined, nextCursor, shareShown } from "./pages";

const items = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => ({ id: `id-${from + n}` }));

describe("pages of a list", () => {
  test("go on after the last item of a full page, and end with one that is not full", () => {
    expect(nextCursor(items(0, 3), 3)).toBe("id-2");
    expect(nextCursor(items(0, 2), 3)).toBeNull();
    expect(nextCursor([], 3)).toBeNull();
  });

  test("are one list in which each item stands once, where it came first", () => {
    expect(joined([items(0, 3), items(2, 5), items(5, 6)])).toEqual(items(0, 6));
    expect(joined([])).toEqual([]);
  });

  test("say how much is shown as long as there is more, with the number of all where it is known", () => {
    expect(shareShown(50, 2013, true, "agents")).toBe("50 of 2,013 agents are shown.");
    expect(shareShown(100, undefined, true, "runs")).toBe("100 runs are shown, and there are more.");
    // A number that is older than the list.
    expect(shareShown(100, 90, true, "runs")).toBe("100 runs are shown, and there are more.");
    expect(shareShown(12, 12, false, "agents")).toBeNull();
  });
});
