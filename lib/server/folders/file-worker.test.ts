import { expect, test } from "vitest";
import { openFileWorker } from "./file-worker";

test("a worker answers one task after the other", async () => {
  const worker = openFileWorker();
  try {
    for (const text of ["a\nb", "b\nb\nc", "none"]) {
      const lines = await worker.ask("grep", { pattern: "b", texts: [text] }, 20_000);
      expect(lines).toEqual([text.split("\n").flatMap((line, at) => (line === "b" ? [at] : []))]);
    }
  } finally {
    worker.end();
  }
});
