import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireAgentVersion } from "@/lib/api/agent-versions";
import type { WireBlock } from "@/lib/api/blocks";
import { openTestCore, type TestCore, walk } from "../testing/harness";

let t: TestCore;
beforeAll(async () => {
  t = await openTestCore();
});
afterAll(() => t.close());

const create = async (body: Record<string, unknown> = {}): Promise<WireAgent> => {
  const answer = await t.api<WireAgent>("POST", "/v1/agents/", body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  return answer.body;
};
const patch = (id: string, body: Record<string, unknown>) => t.api<WireAgent>("PATCH", `/v1/agents/${id}`, body);
const retrieve = async (id: string) => (await t.api<WireAgent>("GET", `/v1/agents/${id}`)).body;
const versionsOf = async (id: string) => (await t.api<WireAgentVersion[]>("GET", `/v1/agents/${id}/versions`)).body;
const makeBlock = async (label: string, value = "v") =>
  (await t.api<WireBlock>("POST", "/v1/blocks/", { label, value })).body;
const epochOf = async (id: string) => (await t.core.db.prisma.agent.findUniqueOrThrow({ where: { id } })).compileEpoch;
const UUID = "00000000-0000-4000-8000-00000000dead";

describe("updating", () => {
  test("null is 'not given', lists replace, and hidden is ignored", async () => {
    const agent = await create({ description: "d", tags: ["a"], metadata: { k: 1 }, secrets: { A: "1", B: "2" } });
    const same = await patch(agent.id, { description: null, metadata: null, tags: null, secrets: null, hidden: true });
    expect(same.body).toMatchObject({ description: "d", metadata: { k: 1 }, tags: ["a"], hidden: null });
    const idOfB = same.body.secrets.find((secret) => secret.key === "B")!.id;
    const next = (await patch(agent.id, { tags: [], metadata: { z: 1 }, secrets: { B: "3" }, tool_ids: [] })).body;
    expect(next).toMatchObject({ tags: [], metadata: { z: 1 }, tools: [], description: "d" });
    expect(next.secrets).toMatchObject([{ id: idOfB, key: "B", value: "3" }]);
  });

  test("what an agent is made of is a version; its name, tags and description are not", async () => {
    const agent = await create({ system: "one" });
    await patch(agent.id, { name: "renamed", description: "d", tags: ["t"], metadata: {} });
    expect(await versionsOf(agent.id)).toHaveLength(1);
    await patch(agent.id, { system: "two" });
    await patch(agent.id, { system: "two" });
    const [second, first] = await versionsOf(agent.id);
    expect(second).toMatchObject({ number: 2, parent_id: first!.id, operation: "update", config: { system: "two" } });
    expect(second!.cause).toEqual({ kind: "api", actor: "user-00000000-0000-4000-8000-000000000000" });
    expect(first).toMatchObject({ number: 1, operation: "create", config: { system: "one" } });
  });

  test("an agent is renamed to what a new one may be called; a name that breaks the rule may be sent back", async () => {
    const agent = await create();
    for (const name of ["a/b", "x".repeat(256), "", "a\nb", "a:b*", "Ada <script>"]) {
      expect((await patch(agent.id, { name })).status, name).toBe(422);
      const forked = await t.api("POST", `/v1/steps/step-${UUID}/fork`, { name });
      expect(forked.status, `fork ${name}`).toBe(422);
    }
    expect((await retrieve(agent.id)).name).toBe(agent.name);
    expect((await patch(agent.id, { name: "Zoë O'Neill-2 李" })).body.name).toBe("Zoë O'Neill-2 李");
    await t.core.db.prisma.agent.update({ where: { id: agent.id }, data: { name: "a/b" } });
    expect((await patch(agent.id, { name: "a/b", description: "d" })).body).toMatchObject({
      name: "a/b",
      description: "d",
    });
  });

  test("only what the prompt depends on makes compiled prompts stale", async () => {
    const agent = await create();
    const before = await epochOf(agent.id);
    await patch(agent.id, { name: "n", max_tokens: 100, compaction_settings: { mode: "all" } });
    expect(await epochOf(agent.id)).toBe(before);
    await patch(agent.id, { system: "other" });
    expect(await epochOf(agent.id)).toBe(before + 1);
  });

  test("another model brings settings of its own, and a context that fits", async () => {
    const agent = await create({
      model: "google_ai/gemini-2.5-flash",
      context_window_limit: 500_000,
      model_settings: { temperature: 0.1 },
    });
    const next = (await patch(agent.id, { model: "openai/gpt-4o-mini" })).body;
    expect(next.model_settings).toMatchObject({ provider_type: "openai", temperature: 1, strict: false });
    expect(next.llm_config.context_window).toBe(128_000);
    expect(next.compaction_settings.model).toBe("openai/gpt-5-mini");
    expect(agent.compaction_settings.model).toBe("google_ai/gemini-2.5-flash");
  });

  test("compaction settings merge, and another mode has a prompt of its own", async () => {
    const settings = { model: "who/knows", prompt: "Sum up.", clip_chars: 10 };
    const agent = await create({ compaction_settings: settings });
    expect(agent.compaction_settings).toMatchObject({ ...settings, mode: "sliding_window" });
    const kept = (await patch(agent.id, { compaction_settings: { sliding_window_percentage: 0.5 } })).body;
    expect(kept.compaction_settings).toMatchObject({ ...settings, sliding_window_percentage: 0.5 });
    const all = (await patch(agent.id, { compaction_settings: { mode: "all" } })).body.compaction_settings;
    expect(all).toMatchObject({ model: "who/knows", mode: "all", clip_chars: 10 });
    expect(all.prompt).not.toBe("Sum up.");
  });

  test("message_ids are what is in context, and what comes later joins them", async () => {
    const words = ["a", "b", "c", "d"].map((content) => ({ role: "user", content }));
    const agent = await create({ initial_message_sequence: words });
    const [system, a, b, c, d] = agent.message_ids as [string, string, string, string, string];
    const next = (await patch(agent.id, { message_ids: [system, d, a, b] })).body;
    expect(next.message_ids).toEqual([system, d, a, b]);
    expect((await patch(agent.id, { message_ids: [c, d] })).body.message_ids).toEqual([system, c, d]);
    expect((await patch(agent.id, { message_ids: [] })).body.message_ids).toEqual([system]);
    const refused = await patch(agent.id, { name: "not this", message_ids: [a, `message-${UUID}`] });
    expect(refused.status).toBe(404);
    expect(await retrieve(agent.id)).toMatchObject({ name: agent.name, message_ids: [system] });
  });

  test("changes made at the same time are all kept, one after the other", async () => {
    const agent = await create({ memory_blocks: [{ label: "human", value: "" }] });
    const blocks = await Promise.all([1, 2, 3].map((n) => makeBlock(`extra-${n}`)));
    const answers = await Promise.all([
      ...blocks.map((block) => t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/attach/${block.id}`)),
      patch(agent.id, { system: "changed" }),
      patch(agent.id, { timezone: "Asia/Tokyo" }),
      t.api("PATCH", `/v1/agents/${agent.id}/tools/approval/memory_insert`, { requires_approval: true }),
    ]);
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200));
    const after = await retrieve(agent.id);
    expect(after).toMatchObject({ system: "changed", timezone: "Asia/Tokyo" });
    expect(after.blocks.map((block) => block.label).toSorted()).toEqual(["extra-1", "extra-2", "extra-3", "human"]);
    expect(after.tool_rules).toHaveLength(1);
    const numbers = (await versionsOf(agent.id)).map((version) => version.number);
    expect(numbers).toEqual([7, 6, 5, 4, 3, 2, 1]);
  });

  test("a change made on a version that is no longer the head is refused whole", async () => {
    const agent = await create();
    const [head] = await versionsOf(agent.id);
    expect((await patch(agent.id, { system: "first", base_version_id: head!.id })).status).toBe(200);
    const late = await patch(agent.id, { system: "second", name: "late", base_version_id: head!.id });
    expect(late.status).toBe(409);
    expect(late.body).toMatchObject({ head_version_id: (await versionsOf(agent.id))[0]!.id });
    expect(await retrieve(agent.id)).toMatchObject({ system: "first", name: agent.name });
  });

  test.each<[string, Record<string, unknown>, number]>([
    ["an unknown tool", { tool_ids: [`tool-${UUID}`] }, 400],
    ["an unknown block", { block_ids: [`block-${UUID}`] }, 404],
    ["an unknown model", { model: "a/b" }, 404],
    ["a window that is too wide", { context_window_limit: 999_999 }, 400],
    ["a date that is none", { last_run_completion: "yesterday" }, 422],
    ["a stop reason that is none", { last_stop_reason: "bored" }, 422],
    ["a NUL", { system: "\0" }, 422],
  ])("%s is refused, with nothing changed", async (_what, body, status) => {
    const agent = await create();
    const answer = await patch(agent.id, { name: "changed", ...body });
    expect(answer.status).toBe(status);
    expect(await retrieve(agent.id)).toEqual(agent);
  });
});

describe("versions", () => {
  test("walking them to the empty page meets each once, in both orders", async () => {
    const agent = await create();
    for (const system of ["a", "b", "c", "d"]) await patch(agent.id, { system });
    const path = `/v1/agents/${agent.id}/versions`;
    const newest = await walk(t.api, path, { limit: 2 });
    expect(newest).toHaveLength(5);
    expect(await walk(t.api, path, { limit: 2, order: "asc" })).toEqual(newest.toReversed());
  });

  test("restoring one appends a version like it; what is deleted by now stays gone", async () => {
    const kept = await makeBlock("kept");
    const lost = await makeBlock("lost");
    const agent = await create({ system: "old", block_ids: [lost.id, kept.id] });
    const [original] = await versionsOf(agent.id);
    await patch(agent.id, { system: "new", block_ids: [], tool_ids: [] });
    await t.api("DELETE", `/v1/blocks/${lost.id}`);
    const path = `/v1/agents/${agent.id}/versions/${original!.id}/restore`;
    const restored = await t.api<WireAgent>("POST", path);
    expect(restored.body).toMatchObject({ system: "old", tools: agent.tools });
    expect(restored.body.blocks.map((block) => block.id)).toEqual([kept.id]);
    const [head] = await versionsOf(agent.id);
    expect(head).toMatchObject({ number: 3, operation: "restore", cause: { kind: "revert", target: original!.id } });
    expect((await t.api("POST", `/v1/agents/${agent.id}/versions/version-${UUID}/restore`)).status).toBe(404);
  });
});
