import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import { openTestCore, type TestCore } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const BEFORE = "Name: Mara\nALLERGY: nuts\nLikes green tea\nRuns";

/** A block with these values one after the other; its versions, oldest first. */
async function blockWith(...values: string[]): Promise<{ id: string; versions: WireBlockVersion[] }> {
  const [first, ...later] = values;
  const { id } = (await t.api<WireBlock>("POST", "/v1/blocks/", { label: "human", value: first })).body;
  for (const value of later) await t.api("PATCH", `/v1/blocks/${id}`, { value });
  return { id, versions: await versionsOf(id) };
}

const versionsOf = async (id: string) =>
  (await t.api<WireBlockVersion[]>("GET", `/v1/blocks/${id}/versions?order=asc`)).body;
const undo = (id: string, version: WireBlockVersion, line?: number) =>
  t.api<WireBlock>("POST", `/v1/blocks/${id}/undo`, { version_id: version.id, ...(line ? { line } : {}) });

describe("undoing a change", () => {
  test("takes back that change alone, as a new version that says which one, and keeps what came later", async () => {
    const rewritten = "Mara, who runs.";
    const { id, versions } = await blockWith(BEFORE, rewritten, `${rewritten}\nMoved to Malmö`);
    const { status, body } = await undo(id, versions[1]!);
    expect([status, body.value]).toEqual([200, `${BEFORE}\nMoved to Malmö`]);
    const now = await versionsOf(id);
    expect(now.slice(0, 3)).toEqual(versions);
    expect(now[3]).toMatchObject({
      id: body.head_version_id,
      number: 4,
      operation: "undo",
      cause: { kind: "revert", actor: expect.stringMatching(/^user-/), target: versions[1]!.id },
    });
  });

  test("takes back settings as well, unless they were changed again", async () => {
    const { id } = await blockWith("v");
    await t.api("PATCH", `/v1/blocks/${id}`, { limit: 10, description: "d", metadata: { a: 1 } });
    const [, changed] = await versionsOf(id);
    expect((await undo(id, changed!)).body).toMatchObject({ limit: 100_000, metadata: {}, value: "v" });
    await t.api("PATCH", `/v1/blocks/${id}`, { limit: 20 });
    const { status, body } = await undo(id, changed!);
    expect([status, body]).toEqual([409, { detail: expect.stringContaining("limitChars") }]);
  });

  test("is refused, and writes nothing, where later versions changed the same words or nothing is left of it", async () => {
    const { id, versions } = await blockWith("Likes green tea", "Likes black tea", "Likes white tea");
    const before = await t.rowCounts();
    expect((await undo(id, versions[1]!)).status).toBe(409);
    expect((await undo(id, versions[0]!)).status).toBe(400);
    expect(await t.rowCounts()).toEqual(before);
    await undo(id, versions[2]!);
    expect((await undo(id, versions[2]!)).status).toBe(409);
  });
});

describe("restoring a line", () => {
  test("puts one line back where it stood, and nothing else", async () => {
    const { id, versions } = await blockWith(
      BEFORE,
      "Name: Mara\nLikes black tea\nRuns",
      "Name: Mara\nLikes black tea\nRuns\nMoved",
    );
    expect((await undo(id, versions[1]!, 2)).body.value).toBe(
      "Name: Mara\nALLERGY: nuts\nLikes black tea\nRuns\nMoved",
    );
    expect((await versionsOf(id)).at(-1)).toMatchObject({ operation: "restore-line", cause: { kind: "revert" } });
    expect((await undo(id, versions[1]!, 3)).body.value).toBe(
      "Name: Mara\nALLERGY: nuts\nLikes green tea\nRuns\nMoved",
    );
  });

  test("is refused for a line that was not lost, or that is there again", async () => {
    const { id, versions } = await blockWith(BEFORE, "Name: Mara\nLikes green tea\nRuns", BEFORE);
    expect((await undo(id, versions[1]!, 1)).status).toBe(400);
    expect((await undo(id, versions[1]!, 99)).status).toBe(400);
    expect((await undo(id, versions[1]!, 2)).status).toBe(409);
  });
});

test("a revert brings back metadata too, and a block says which version it is", async () => {
  const made = await t.api<WireBlock>("POST", "/v1/blocks/", { label: "human", value: "v", metadata: { kept: [1] } });
  const { id } = made.body;
  await t.api("PATCH", `/v1/blocks/${id}`, { value: "w", metadata: { other: true } });
  const [first, second] = await versionsOf(id);
  expect([first!.metadata, second!.metadata]).toEqual([{ kept: [1] }, { other: true }]);
  expect((await t.api<WireBlock>("GET", `/v1/blocks/${id}`)).body.head_version_id).toBe(second!.id);
  await t.api("POST", `/v1/blocks/${id}/revert`, { version_id: first!.id });
  const { body } = await t.api<WireBlock>("GET", `/v1/blocks/${id}`);
  expect(body).toMatchObject({ value: "v", metadata: { kept: [1] }, head_version_id: (await versionsOf(id))[2]!.id });
});
