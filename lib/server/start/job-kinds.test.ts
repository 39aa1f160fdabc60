import { afterAll, beforeAll, expect, test } from "vitest";
import { RUN_BATCH } from "../batches/run-batch";
import { PARSE_FILE } from "../folders/parse-file";
import { openTestCore, type TestCore } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t?.close());

test("what takes long for one organization leaves a place to others", async () => {
  for (const { name, share, concurrency } of [RUN_BATCH, PARSE_FILE]) {
    expect([name, share !== undefined && share.most(t.core) < concurrency]).toEqual([name, true]);
  }
  const { organizationId } = t.ctx.actor;
  expect(await PARSE_FILE.share!.ownerOf(t.core, { fileId: "file-x", organizationId })).toBe(organizationId);
});
