import { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Database, openDatabase } from "./database";

const SLOW = "SELECT count(*) AS count FROM generate_series(1, 1500000) AS n";

let threaded: Database;
let here: Database;
beforeAll(async () => {
  const open = (thread: boolean) => openDatabase({ url: null, dataDir: "memory://", fsync: false, thread });
  [threaded, here] = await Promise.all([open(true), open(false)]);
  for (const db of [threaded, here]) await db.query("CREATE TABLE kept (id int PRIMARY KEY, said text)");
});
afterAll(() => Promise.all([threaded?.close(), here?.close()]));

/** Whether others had their turn while something was done, and how often. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = () => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}

const thrown = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: unknown) => error as Error & { code?: string },
  );

describe("the embedded database in a thread", () => {
  test("leaves the event loop to others while a statement lasts", async () => {
    expect(await turnsDuring(() => threaded.query(SLOW))).toBeGreaterThan(100);
    expect(await turnsDuring(() => here.query(SLOW))).toBeLessThan(100);
  });

  test("answers what one that works here answers", async () => {
    const text = `SELECT $1::text AS words, $2::jsonb AS json, $3::bytea AS bytes, $4::timestamptz AS at, $5::int8 AS big,
      $6::text[] AS list, NULL::jsonb AS nothing, 1.5::float8 AS half, true AS yes, ARRAY['{"a": 1}']::jsonb[] AS objects`;
    const bytes = new Uint8Array([9, 0, 1, 255, 9]).subarray(1, 4);
    const at = new Date("2026-11-30T12:00:00.123Z");
    const params = ["\u{1f332} é", JSON.stringify({ b: [1, null, "x"] }), bytes, at, 2 ** 40, ["a", "b,c", null]];
    const [inThread, inHere] = await Promise.all([threaded.query(text, params), here.query(text, params)]);
    expect(inThread).toEqual(inHere);
    expect(inThread[0]).toMatchObject({ bytes: new Uint8Array([0, 1, 255]), at, big: 2 ** 40, nothing: null });
    expect(bytes.byteLength).toBe(3);
    for (const db of [threaded, here]) {
      expect(await db.script("SELECT 1 AS n; SELECT 2 AS n")).toEqual([{ n: 1 }, { n: 2 }]);
    }
  });

  test("answers Prisma alike, and with the same errors", async () => {
    const data = { id: "org-x", name: "x", createdAt: new Date("2026-01-01T00:00:00Z") };
    for (const db of [threaded, here]) {
      const made = await db.prisma.organization.create({ data });
      expect(made).toMatchObject(data);
      expect(await thrown(db.prisma.organization.create({ data }))).toMatchObject({ code: "P2002" });
      const undone = db.prisma.$transaction(async (tx) => {
        await tx.organization.update({ where: { id: data.id }, data: { name: "y" } });
        throw new Error("no");
      });
      expect((await thrown(undone))?.message).toBe("no");
      expect((await db.prisma.organization.findUniqueOrThrow({ where: { id: data.id } })).name).toBe("x");
    }
  });

  test("says what is wrong with a statement as one that works here does", async () => {
    const wrong = ["SELECT no_such_column", "SELECT 1/0", "INSERT INTO kept VALUES (NULL)"];
    for (const text of wrong) {
      const [a, b] = await Promise.all([thrown(threaded.query(text)), thrown(here.query(text))]);
      expect(a).toMatchObject({ code: b!.code, message: b!.message, name: b!.name });
      expect(a!.stack).toContain("threaded-lite.test");
    }
  });

  test("keeps all of a transaction or none of it, and lets nobody in between", async () => {
    const order: string[] = [];
    const whole = threaded.transaction(async (sql) => {
      await sql.query("INSERT INTO kept VALUES (1, 'one')");
      order.push("within");
      await sql.query(SLOW);
      await sql.query("INSERT INTO kept VALUES (2, 'two')");
    });
    await vi.waitFor(() => expect(order).toEqual(["within"]));
    expect(await threaded.query("SELECT count(*) AS count FROM kept")).toEqual([{ count: 2 }]);
    await whole;
    const error = await thrown(
      threaded.transaction(async (sql) => {
        await sql.query("INSERT INTO kept VALUES (3, 'three')");
        await sql.query("INSERT INTO kept VALUES (1, 'again')");
      }),
    );
    expect(error).toMatchObject({ code: "23505" });
    expect(await threaded.query("SELECT id FROM kept ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("that has ended says so to whoever asks, and nobody waits for ever", async () => {
    const post = vi.spyOn(Worker.prototype, "postMessage");
    const db = await openDatabase({ url: null, dataDir: "memory://", fsync: false, thread: true });
    const worker = post.mock.instances.at(-1) as unknown as Worker;
    post.mockRestore();
    const asked = thrown(db.query(SLOW));
    await worker.terminate();
    expect((await asked)?.message).toContain("The embedded database has ended");
    expect((await thrown(db.query("SELECT 1")))?.message).toContain("start Memoir again");
  });
});
