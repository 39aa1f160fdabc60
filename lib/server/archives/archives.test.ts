import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { archiveSchema, type WireArchive } from "@/lib/api/archives";
import { passageSchema, type WirePassage } from "@/lib/api/passages";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const UUID = "00000000-0000-4000-8000-00000000dead";
const EMBEDDING = "openai/text-embedding-3-small";
const makeAgent = async (body: Record<string, unknown> = {}) =>
  (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;
const makeArchive = async (name: string, more: Record<string, unknown> = {}) =>
  (await t.api<WireArchive>("POST", "/v1/archives/", { name, ...more })).body;
const remember = (agentId: string, body: Record<string, unknown>) =>
  t.api<WirePassage[]>("POST", `/v1/agents/${agentId}/archival-memory`, body);
const eventsOf = async (passageId: string) =>
  (await t.core.db.prisma.passageEvent.findMany({ where: { passageId }, orderBy: { seq: "asc" } })).map(
    ({ type, agentId, cause }) => ({ type, agentId, cause }),
  );
const epochOf = async (id: string) => (await t.core.db.prisma.agent.findUniqueOrThrow({ where: { id } })).compileEpoch;
const BY_API = { kind: "api", actor: "user-00000000-0000-4000-8000-000000000000" };

describe("archives", () => {
  test("have every key of the contract, and are changed by what is not null", async () => {
    const archive = await makeArchive("notes", { description: "d", embedding: EMBEDDING });
    archiveSchema.strict().parse(archive);
    expect(archive.embedding_config).toMatchObject({ handle: EMBEDDING, embedding_dim: 1536 });
    const next = await t.api<WireArchive>("PATCH", `/v1/archives/${archive.id}`, { name: "n", description: null });
    expect(next.body).toMatchObject({ name: "n", description: "d" });
    expect((await t.api("GET", `/v1/archives/${archive.id}`)).body).toEqual(next.body);
  });

  test("walking to the empty page meets every archive once, in both orders", async () => {
    for (const n of [1, 2, 3, 4]) await makeArchive(`walk ${n}`);
    const descending = await walk(t.api, "/v1/archives/", { limit: 2 });
    expect(descending.length).toBeGreaterThan(3);
    expect(await walk(t.api, "/v1/archives/", { limit: 2, order: "asc" })).toEqual(descending.toReversed());
    expect((await t.api<WireArchive[]>("GET", "/v1/archives/?name=walk%203")).body).toHaveLength(1);
    expect((await t.api("GET", `/v1/archives/?after=archive-${UUID}`)).status).toBe(404);
  });

  test("attaching and detaching answer null, and tell who has what", async () => {
    const agent = await makeAgent();
    const archive = await makeArchive("lent");
    const attach = `/v1/agents/${agent.id}/archives/attach/${archive.id}`;
    for (let twice = 0; twice < 2; twice++)
      expect(await t.api("PATCH", attach)).toMatchObject({ status: 200, body: null });
    expect(await epochOf(agent.id)).toBe(1);
    expect((await t.api<WireArchive[]>("GET", `/v1/archives/?agent_id=${agent.id}`)).body).toEqual([archive]);
    expect(await walk(t.api, `/v1/archives/${archive.id}/agents`, { limit: 1 })).toEqual([agent.id]);
    expect(await t.api("PATCH", attach.replace("attach", "detach"))).toMatchObject({ status: 200, body: null });
    expect((await t.api<unknown[]>("GET", `/v1/archives/?agent_id=${agent.id}`)).body).toEqual([]);
    expect((await t.api("PATCH", attach.replace(archive.id, `archive-${UUID}`))).status).toBe(404);
  });

  test("deleting one takes its passages and what happened to them, and answers nothing", async () => {
    const before = await t.rowCounts();
    const archive = await makeArchive("short-lived");
    await t.api("POST", `/v1/archives/${archive.id}/passages`, { text: "x" });
    expect(await t.api("DELETE", `/v1/archives/${archive.id}`)).toMatchObject({ status: 204, body: undefined });
    // Nobody had it: all that stays is who deleted it.
    expect(await t.rowCounts()).toEqual({ ...before, resource_event: before.resource_event! + 1 });
    expect((await t.api("DELETE", `/v1/archives/${archive.id}`)).status).toBe(404);
  });

  test.each<[unknown, number]>([
    [{}, 422],
    [{ name: "" }, 422],
    [{ name: "x".repeat(5000) }, 422],
    [{ name: "x", embedding: "no/such" }, 404],
    [{ name: "a\0" }, 422],
  ])("%j is refused with %i, and makes nothing", async (body, status) => {
    const before = await t.rowCounts();
    expect((await t.api("POST", "/v1/archives/", body)).status).toBe(status);
    expect(await t.rowCounts()).toEqual(before);
  });
});

describe("passages", () => {
  test("the first one of an agent makes its archive, once, even if many come at the same time", async () => {
    const agent = await makeAgent({ name: "Ada", embedding: EMBEDDING });
    const answers = await Promise.all([1, 2, 3, 4].map((n) => remember(agent.id, { text: `note ${n}` })));
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
    const archives = (await t.api<WireArchive[]>("GET", `/v1/archives/?agent_id=${agent.id}`)).body;
    expect(archives).toMatchObject([{ name: "Ada's Archive", embedding_config: { handle: EMBEDDING } }]);
    expect(await walk(t.api, `/v1/agents/${agent.id}/archival-memory`, { limit: 3 })).toHaveLength(4);
    expect(await epochOf(agent.id)).toBe(4);
  });

  test("one is an array of one, with every key of the contract, and an event with its cause", async () => {
    const agent = await makeAgent();
    const made = await remember(agent.id, {
      text: "tea",
      tags: ["b", "a", "b"],
      created_at: "2026-01-02T03:04:05+01:00",
    });
    expect(made.body).toHaveLength(1);
    const [passage] = made.body;
    passageSchema.strict().parse(passage);
    expect(passage).toMatchObject({
      text: "tea",
      tags: ["b", "a"],
      created_at: "2026-01-02T02:04:05.000Z",
      is_deleted: false,
      embedding: null,
      metadata: {},
    });
    expect(await eventsOf(passage!.id)).toEqual([{ type: "insert", agentId: agent.id, cause: BY_API }]);
  });

  test("deleting one hides it, and the ledger keeps both events", async () => {
    const agent = await makeAgent();
    const [passage] = (await remember(agent.id, { text: "secret" })).body;
    const path = `/v1/agents/${agent.id}/archival-memory/${passage!.id}`;
    const stranger = await makeAgent();
    expect((await t.api("DELETE", path.replace(agent.id, stranger.id))).status).toBe(404);
    const answer = await t.api<{ message: string }>("DELETE", path);
    expect([answer.status, answer.body.message]).toEqual([200, `Memory id=${passage!.id} successfully deleted`]);
    expect((await t.api("DELETE", path)).status).toBe(404);
    expect((await t.api("GET", `/v1/agents/${agent.id}/archival-memory`)).body).toEqual([]);
    expect((await eventsOf(passage!.id)).map((event) => event.type)).toEqual(["insert", "delete"]);
  });

  test("a list goes by time, either way, and a cursor that was deleted since still says where it was", async () => {
    const agent = await makeAgent();
    const ids: string[] = [];
    for (const n of [1, 2, 3, 4, 5]) ids.push((await remember(agent.id, { text: `item ${n}` })).body[0]!.id);
    const path = `/v1/agents/${agent.id}/archival-memory`;
    expect(await walk(t.api, path, { limit: 2 })).toEqual(ids);
    expect(await walk(t.api, path, { limit: 2, ascending: "false" })).toEqual(ids.toReversed());
    await t.api("DELETE", `${path}/${ids[1]}`);
    const after = await t.api<WirePassage[]>("GET", `${path}?after=${ids[1]}&limit=2`);
    expect(after.body.map((passage) => passage.id)).toEqual([ids[2], ids[3]]);
    const before = await t.api<WirePassage[]>("GET", `${path}?before=${ids[3]}&limit=2`);
    expect(before.body.map((passage) => passage.id)).toEqual([ids[0], ids[2]]);
    expect((await t.api<WirePassage[]>("GET", `${path}?search=ITEM%203`)).body.map((one) => one.text)).toEqual([
      "item 3",
    ]);
    expect((await t.api<WirePassage[]>("GET", `${path}?search=%25`)).body).toEqual([]);
    expect((await t.api("GET", `${path}?after=passage-${UUID}`)).status).toBe(404);
  });

  test("a batch keeps its order, and is refused whole if one of it is", async () => {
    const archive = await makeArchive("batch");
    const path = `/v1/archives/${archive.id}/passages/batch`;
    const texts = ["one", "two", "three"];
    const made = await t.api<WirePassage[]>("POST", path, {
      passages: texts.map((text) => ({ text, metadata: { text } })),
    });
    expect(made.body.map((passage) => [passage.text, passage.metadata])).toEqual(texts.map((text) => [text, { text }]));
    const times = made.body.map((passage) => passage.created_at);
    expect(times).toEqual([...new Set(times)].toSorted());
    expect((await t.api<unknown[]>("POST", path, { passages: [] })).body).toEqual([]);

    const before = await t.rowCounts();
    for (const bad of [{ text: "" }, { text: 1 }, { text: "x", created_at: "soon" }]) {
      expect((await t.api("POST", path, { passages: [{ text: "good" }, bad] })).status).toBe(422);
    }
    expect((await t.api("POST", path, { passages: [{ text: "good" }, { text: "x".repeat(40_000) }] })).status).toBe(
      400,
    );
    expect(await t.rowCounts()).toEqual(before);
  });

  test("those of an archive are deleted there, and nowhere else", async () => {
    const [archive, other] = [await makeArchive("a"), await makeArchive("b")];
    const made = await t.api<WirePassage>("POST", `/v1/archives/${archive.id}/passages`, { text: "x" });
    const path = `/v1/archives/${archive.id}/passages/${made.body.id}`;
    expect((await t.api("DELETE", path.replace(archive.id, other.id))).status).toBe(404);
    expect(await t.api("DELETE", path)).toMatchObject({ status: 204, body: undefined });
    expect((await eventsOf(made.body.id)).map((event) => event.type)).toEqual(["insert", "delete"]);
    expect((await t.api("POST", `/v1/archives/archive-${UUID}/passages`, { text: "x" })).status).toBe(404);
  });

  test("a list costs the same number of statements whatever its length", async () => {
    const agent = await makeAgent();
    for (let n = 0; n < 5; n++) await remember(agent.id, { text: `${n}` });
    const path = `/v1/agents/${agent.id}/archival-memory`;
    const few = await t.countStatements(() => t.api("GET", `${path}?limit=1`));
    expect(await t.countStatements(() => t.api("GET", path))).toBe(few);
  });
});
