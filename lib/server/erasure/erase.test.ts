import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireErasure } from "@/lib/api/erasures";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { DEFAULT_ACTOR } from "../core/core";
import { loadConversation } from "../run/load";
import { refresh } from "../search/search-index";
import { type AnyRow, allRows, findEverywhere, says as rowSays } from "../testing/find-everywhere";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const TOOLS = ["memory_insert", "archival_memory_insert", "archival_memory_search", "conversation_search"];
const createAgent = (body: Record<string, unknown> = {}) =>
  ok<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    tools: TOOLS,
    memory_blocks: [{ label: "human", value: "Likes pears." }],
    ...body,
  });

let count = 0;
const call = (name: string, args: Record<string, unknown>) => calls({ id: `call-${++count}`, name, args });

async function lastStep(agentId: string): Promise<string> {
  const [row] = await t.core.db.query<{ id: string }>(
    "SELECT id FROM step WHERE agent_id = $1 ORDER BY seq DESC LIMIT 1",
    [agentId],
  );
  return row!.id;
}
const fork = async (agentId: string) =>
  (await ok<{ agent_id: string }>("POST", `/v1/steps/${await lastStep(agentId)}/fork`, { moment: "after" })).agent_id;
const blockOf = async (agentId: string, label = "human") =>
  (await ok<WireAgent>("GET", `/v1/agents/${agentId}`)).blocks.find((block) => block.label === label)!.id!;
const contextOf = async (agentId: string) =>
  ok<{ sections: { kind: string; label: string; text: string }[] }>(
    "GET",
    `/v1/steps/${await lastStep(agentId)}/context`,
  );
const erasures = (query: string) => ok<WireErasure[]>("GET", `/v1/erasures?${query}`);

/** Heads, counters and what is derived: these may move. */
const MOVES: Record<string, string[]> = {
  run: ["request_hash"],
  agent: ["compile_epoch", "updated_at", "version_id"],
  conversation: ["context", "next_seq"],
  step: ["context_hash"],
  compile: ["sections_hash", "directories_hash", "archival_tags"],
};
const DERIVED = new Set([
  "blob",
  "journal",
  "search_document",
  "search_scope",
  "search_filler",
  "erasure",
  "erased_record",
]);

const fixed = ({ table, row }: AnyRow) =>
  JSON.stringify(Object.fromEntries(Object.entries(row).filter(([column]) => !MOVES[table]?.includes(column))));

/** Erases, and says what of all that did not hold the word has changed or gone. */
async function changedBeside(
  word: string,
  act: () => Promise<unknown>,
  but: readonly string[] = [],
): Promise<string[]> {
  const before = (await allRows(t.core.db)).filter(({ table }) => !DERIVED.has(table) && !but.includes(table));
  const others = before.filter(({ row }) => !rowSays(Object.values(row), word));
  await act();
  const after = new Set((await allRows(t.core.db)).map((one) => one.table + fixed(one)));
  return others.filter((one) => !after.has(one.table + fixed(one))).map((one) => one.table + fixed(one));
}

const indexAll = async (agentIds: string[]) => {
  await refresh(t.core.db, "messages", agentIds);
  const archives = await t.core.db.query<{ id: string }>("SELECT id FROM archive");
  await refresh(
    t.core.db,
    "passages",
    archives.map((row) => row.id),
  );
};

describe("what is erased is in no column of any table", () => {
  test("a block: versions, calls, returns, answers, contexts, journals, forks, templates; all else is as it was", async () => {
    const word = "zyxwallow";
    const line = `Her code at home is ${word}-7731, "always"`;
    const agent = await createAgent({
      memory_blocks: [
        { label: "human", value: "Likes pears." },
        { label: "notes", value: "Likes pears." },
      ],
    });
    t.push(call("memory_insert", { label: "human", new_string: line }), says(`I noted: ${line}`));
    await t.say({ agentId: agent.id }, `Please note this. ${line}`, { background: true });
    t.push(call("conversation_search", { query: "code" }), says("Nothing else to say about it."));
    await t.say({ agentId: agent.id }, "And what did I say about pears?", { background: true });
    const forked = await fork(agent.id);
    t.push(says("Still here, and well."));
    await t.say({ agentId: forked }, "Are you there?");
    await ok("POST", "/v1/templates", { type: "agent", agent_id: agent.id, name: "of-the-erased" });
    await t.core.db.prisma.suite.create({
      data: {
        id: "suite-of-the-erased",
        organizationId: DEFAULT_ACTOR.organizationId,
        name: "of the erased",
        versions: {
          create: [{ id: "suite-version", number: 1, source: `say: ${line}`, format: "yaml", content: { say: line } }],
        },
      },
    });
    await indexAll([agent.id, forked]);
    const blockId = await blockOf(agent.id);
    const context = await contextOf(agent.id);
    const loaded = await loadConversation(t.ctx, { agentId: agent.id });
    expect((await findEverywhere(t.core.db, word)).length).toBeGreaterThan(15);

    const changed = await changedBeside(word, () => ok("DELETE", `/v1/blocks/${blockId}?erase=true`));
    expect(await findEverywhere(t.core.db, word)).toEqual([]);
    expect(await findEverywhere(t.core.db, "zyxwal")).toEqual([]);
    // The block's own first version, and the fork's copy of it, are the block; and it is no longer the agent's.
    expect(changed.filter((row) => !/^(block|block_version|agent_block|agent_version)\{/u.test(row))).toEqual([]);
    expect(
      changed.filter((row) => row.startsWith("block_version")).every((row) => row.includes('"label":"human"')),
    ).toBe(true);

    // A run that had read the conversation and was about to begin finds it moved on: its first commit compares the context.
    const again = await loadConversation(t.ctx, { agentId: agent.id });
    expect(again.context).not.toEqual(loaded.context);
    expect(again.transcript.map((one) => one.id)).toEqual(loaded.transcript.map((one) => one.id));

    const after = await contextOf(agent.id);
    const others = (sections: typeof context.sections) =>
      sections.filter(({ label, kind }) => label !== "human" && kind !== "messages");
    expect(others(after.sections)).toEqual(others(context.sections));
    expect(after.sections.find(({ label }) => label === "human")!.text).toBe("[erased]\n\n");
    expect(
      (await erasures(`agent_id=${agent.id}`)).map((one) => [one.resource, one.resource_id, one.cause.kind]),
    ).toEqual([["block", blockId, "api"]]);
    expect((await erasures(`record_id=${await lastStep(agent.id)}`)).length).toBe(1);
    expect(await erasures("record_id=step-of-none")).toEqual([]);

    // Agents go on, also with a text of the same words that is written anew.
    for (const id of [agent.id, forked]) {
      t.push(says("I am well."));
      expect((await t.say({ agentId: id }, "How are you?")).stopReason).toBe("end_turn");
    }
    const found = await ok<{ id: string }[]>("GET", `/v1/agents/${agent.id}/timeline?types=erasure`);
    expect(found).toHaveLength(1);
  });

  test("a passage: its copies, the call that wrote it, searches that found it, tags of its own, the index", async () => {
    const word = "qoxbramble";
    const text = `Mia lives at ${word} street, number four.`;
    const agent = await createAgent();
    t.push(call("archival_memory_insert", { content: text, tags: [`${word}-tag`, "home"] }), says("Kept."));
    await t.say({ agentId: agent.id }, "Keep what you know.");
    await ok("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "Mia has a cat called Tom.", tags: ["home"] });
    t.push(call("archival_memory_search", { query: `where? ${text}` }), says("Found."));
    await t.say({ agentId: agent.id }, "Look it up.");
    const forked = await fork(agent.id);
    await indexAll([agent.id, forked]);
    const [passage] = await t.core.db.query<{ id: string }>(
      "SELECT id FROM passage WHERE text = $1 AND copied_from_id IS NULL",
      [text],
    );
    const changed = await changedBeside(word, () =>
      ok("DELETE", `/v1/agents/${agent.id}/archival-memory/${passage!.id}?erase=true`),
    );
    expect(await findEverywhere(t.core.db, word)).toEqual([]);
    expect(await findEverywhere(t.core.db, "qoxbrambl")).toEqual([]);
    // What the call that wrote it returned goes with the call.
    expect(changed.filter((row) => !row.includes('"name":"archival_memory_insert"'))).toEqual([]);
    const left = await ok<{ text: string }[]>("GET", `/v1/agents/${forked}/archival-memory`);
    expect(left.map((one) => one.text)).toEqual(["Mia has a cat called Tom."]);
    expect(JSON.stringify(await contextOf(agent.id))).toContain("archival memory tags: home");
  });

  test("a message: its run, its images, its copies, and what repeats it; what was answered is found by its other words", async () => {
    const word = "vanderquill";
    const agent = await createAgent();
    const image = { type: "base64", media_type: "image/png", data: PNG } as const;
    t.push(says(`You said that the password is ${word}9. I like elephants.`));
    const { runId } = await t.say({ agentId: agent.id }, "", {
      background: true,
      inputs: [
        {
          type: "message",
          role: "user",
          content: [
            { type: "text", text: `The password is ${word}9. Do you hear me?` },
            { type: "image", source: image },
          ],
        },
      ],
    });
    const forked = await fork(agent.id);
    await indexAll([agent.id, forked]);
    const images = () => t.core.db.query("SELECT 1 FROM image");
    expect(await images()).toHaveLength(1);
    const [message] = await t.core.db.query<{ id: string }>(
      "SELECT id FROM message WHERE run_id = $1 AND role = 'user'",
      [runId],
    );
    expect(
      await changedBeside(word, () => ok("POST", `/v1/messages/${message!.id}/erase`), ["image", "agent_image"]),
    ).toEqual([]);
    expect(await findEverywhere(t.core.db, word)).toEqual([]);
    expect(await images()).toEqual([]);
    const found = await ok<{ content: string }[]>("POST", "/v1/messages/search", { query: "elephants" });
    expect(JSON.stringify(found)).toContain("I like elephants");
    const replayed = await t.api<{ detail: string }>("POST", `/v1/runs/${runId}/replay`);
    expect(replayed.status).toBe(409);
    expect(replayed.body.detail).toContain("erased");
  });

  test("a file: what agents saw of it, whatever they read it with", async () => {
    const word = "okapiphone";
    const { id: folder } = await ok<{ id: string }>("POST", "/v1/folders", { name: "papers" });
    const form = new FormData();
    form.set("file", new File([`Dear Sir\n${word} was there, on the first floor\nYours`], "letter.txt"));
    const file = await ok<{ id: string }>("POST", `/v1/folders/${folder}/upload`, form);
    await t.jobs.idle();
    const agent = await createAgent();
    await ok("PATCH", `/v1/agents/${agent.id}/folders/attach/${folder}`);
    await ok("PATCH", `/v1/agents/${agent.id}/files/${file.id}/open`);
    t.push(call("grep_files", { pattern: "first" }), says("Read."));
    await t.say({ agentId: agent.id }, "Read it.");
    expect(JSON.stringify(await contextOf(agent.id))).toContain(word);
    await ok("DELETE", `/v1/folders/${folder}/${file.id}?erase=true`);
    expect(await findEverywhere(t.core.db, word)).toEqual([]);
    expect(JSON.stringify(await contextOf(agent.id))).not.toMatch(/Dear Sir|Yours/);
  });

  test("an agent: nothing of it is left in forks either", async () => {
    const word = "mirandoque";
    const agent = await createAgent({ memory_blocks: [{ label: "human", value: `Is called ${word} at school` }] });
    t.push(
      call("archival_memory_insert", { content: `The dog is called ${word} too`, tags: [] }),
      says(`Yes, ${word} it is`),
    );
    await t.say({ agentId: agent.id }, `My name is ${word} and nothing else`);
    const forked = await fork(agent.id);
    await ok("DELETE", `/v1/agents/${agent.id}?erase=true`);
    expect(await findEverywhere(t.core.db, word)).toEqual([]);
    t.push(says("I am."));
    expect((await t.say({ agentId: forked }, "Are you there?")).stopReason).toBe("end_turn");
  });

  test("a person: agents that serve nobody else, and the person's part in those of others", async () => {
    const word = "pemberlock";
    const person = await ok<{ id: string }>("POST", "/v1/identities", {
      identifier_key: `${word}@example.com`,
      name: `Ada ${word}`,
      identity_type: "user",
      properties: [{ key: "town", value: `${word} upon Avon`, type: "string" }],
    });
    const other = await ok<{ id: string }>("POST", "/v1/identities", {
      identifier_key: "ben",
      name: "Ben",
      identity_type: "user",
    });
    const alone = await createAgent({ identity_ids: [person.id] });
    const shared = await createAgent({ identity_ids: [person.id, other.id] });
    t.push(says("Welcome."));
    await t.say({ agentId: alone.id }, `I am ${word}`);
    t.push(
      call("memory_insert", { label: "human", new_string: `Ada is of the ${word} family` }),
      says("Good to know."),
    );
    await t.say({ agentId: shared.id }, "", {
      inputs: [{ type: "message", role: "user", content: `I am ${word}, hello`, sender_id: person.id }],
    });
    t.push(says("Hello Ben, I know Ada is of the pemberlock family."));
    await t.say({ agentId: shared.id }, "", {
      inputs: [{ type: "message", role: "user", content: "I am Ben", sender_id: other.id }],
    });
    await ok("DELETE", `/v1/identities/${person.id}?erase=true`);
    expect(await findEverywhere(t.core.db, word)).toEqual([]);
    expect((await t.api("GET", `/v1/agents/${alone.id}`)).status).toBe(404);
    const [human] = (await ok<WireAgent>("GET", `/v1/agents/${shared.id}`)).blocks;
    expect(human!.value).toBe("Likes pears.\n[erased]");
    const said = JSON.stringify(await ok("GET", `/v1/agents/${shared.id}/messages`));
    expect(said).toContain("I am Ben");
    expect(said).toContain("Hello Ben, I know [erased]");
  });
});

test("while an agent that has it is running, nothing is erased, and the answer says what to do", async () => {
  const agent = await createAgent();
  const [conversation] = await t.core.db.query<{ id: string }>("SELECT id FROM conversation WHERE agent_id = $1", [
    agent.id,
  ]);
  const at = { organizationId: DEFAULT_ACTOR.organizationId, agentId: agent.id, conversationId: conversation!.id };
  await t.core.db.prisma.run.create({
    data: { id: "run-unfinished", ...at, activeKey: conversation!.id, status: "running", request: {} },
  });
  const blockId = await blockOf(agent.id);
  const refused = await t.api<{ detail: string }>("DELETE", `/v1/blocks/${blockId}?erase=true`);
  expect(refused.status).toBe(409);
  expect(refused.body.detail).toContain("run-unfinished");
  expect((await ok<WireAgent>("GET", `/v1/agents/${agent.id}`)).blocks[0]!.value).toBe("Likes pears.");
  await t.core.db.query("DELETE FROM run WHERE id = 'run-unfinished'");
});

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
