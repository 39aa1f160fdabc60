import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readConfig } from "../config/env";
import { createModelRegistry } from "../models/create-registry";
import { openTestCore, type TestCore } from "../testing/harness";
import { type Seeded, seedPast } from "./seed";

describe("the seeded past", () => {
  let core: TestCore;
  let seeded: Seeded;
  const today = Date.UTC(2026, 10, 22);
  beforeAll(async () => {
    const { providers: environment } = readConfig({});
    core = await openTestCore({ models: createModelRegistry({ environment, defaultModel: null }) });
    seeded = await seedPast(core.core, today);
  });
  afterAll(() => core.close());

  const rows = <Row>(sql: string, params: unknown[] = []) => core.core.db.query<Row>(sql, params);

  test("it has a few hundred messages over thirty days, all before today", async () => {
    const [row] = await rows<{ n: number; first: Date; last: Date }>(
      "SELECT count(*)::int AS n, min(created_at) AS first, max(created_at) AS last FROM message",
    );
    expect(row!.n).toBeGreaterThan(300);
    expect((row!.last.getTime() - row!.first.getTime()) / 86_400_000).toBeGreaterThan(28);
    expect(row!.last.getTime()).toBeLessThan(today);
  });

  test("every run completed, with one compaction and one tool error", async () => {
    expect(await rows("SELECT 1 FROM run WHERE status <> 'completed'")).toEqual([]);
    expect(await rows("SELECT 1 FROM compaction")).toHaveLength(1);
    expect(await rows("SELECT 1 FROM tool_call WHERE status = 'error'")).toHaveLength(1);
  });

  test("the allergy was written, lost in a rewrite, and put back by the agent itself", async () => {
    const versions = await rows<{ value: string; operation: string; step_id: string | null }>(
      `SELECT v.value, v.operation, v.step_id FROM block_version v JOIN agent_block l ON l.block_id = v.block_id
       WHERE l.agent_id = $1 AND v.label = 'human' ORDER BY v.number`,
      [seeded.ada],
    );
    const knows = versions.map((version) => version.value.includes("walnuts"));
    const lost = versions.findIndex((version) => version.operation === "memory_rethink");
    expect(knows[lost - 1]).toBe(true);
    expect(knows[lost]).toBe(false);
    expect(knows.at(-1)).toBe(true);
    expect(versions.slice(1).every((version) => version.step_id !== null)).toBe(true);
  });

  test("the household block is shared, and both agents wrote it", async () => {
    const writers = await rows<{ agent_id: string }>(
      "SELECT DISTINCT agent_id FROM block_version WHERE block_id = $1 AND agent_id IS NOT NULL",
      [seeded.householdBlock],
    );
    expect(writers.map((row) => row.agent_id).toSorted()).toEqual([seeded.ada, seeded.bo].toSorted());
  });
});
