import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Script } from "../support/scripted-model";
import { allRunsEnd, type Conversation, expectIntact, expectMessages, listed, messagesPath } from "./invariants";
import { connect, EMBEDDING, type Frame, MODEL, type Rig, startRig, until, waiting } from "./rig";

const NEVER = new Promise(() => {});
const WORDS = "one two three four five six seven eight nine ten eleven twelve";

/** Of when the crashes come that come by chance: the same number makes the same moments. */
const SEED = Number(process.env.MEMOIR_CRASH_SEED ?? Date.now() % 1_000_000);

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A Postgres server, where one is named; otherwise the embedded database. */
const postgres = process.env.TEST_DATABASE_URL ?? null;
const database = postgres ? "a Postgres server" : "the embedded database";

describe(`a server that is killed and started again, on ${database}`, () => {
  let rig: Rig;
  beforeAll(async () => {
    rig = await startRig(postgres);
  });
  afterAll(() => rig.stop());
  beforeEach(() => rig.model.reset());

  let count = 0;
  const otid = () => `00000000-0000-4000-8000-${String(++count).padStart(12, "0")}`;
  const message = (id: string, content = "Hello") => ({ messages: [{ role: "user", content, otid: id }] });

  async function makeAgent(body: Record<string, unknown> = {}): Promise<Conversation & { id: string }> {
    const made = await rig.api<{ id: string }>("POST", "/v1/agents/", {
      model: MODEL,
      include_base_tools: false,
      tools: ["memory_insert", "archival_memory_search"],
      memory_blocks: [{ label: "human", value: "Bob" }],
      ...body,
    });
    expect(made.status).toBe(200);
    return { id: made.body.id, agentId: made.body.id };
  }

  /** An agent whose `archival_memory_search` asks the embedding service. */
  async function makeSearcher(body: Record<string, unknown> = {}) {
    const agent = await makeAgent(body);
    const archive = await rig.api<{ id: string }>("POST", "/v1/archives/", { name: "notes", embedding: EMBEDDING });
    expect(archive.status).toBeLessThan(300);
    await rig.api("PATCH", `/v1/agents/${agent.id}/archives/attach/${archive.body.id}`);
    const passage = await rig.api("POST", `/v1/archives/${archive.body.id}/passages`, { text: "A fact" });
    expect(passage.status).toBeLessThan(300);
    return agent;
  }

  let calls = 0;
  const insert = (text: string): Script => ({
    calls: [{ id: `call_i${++calls}`, name: "memory_insert", args: { label: "human", new_string: text } }],
  });
  const search = (): Script => ({
    calls: [{ id: `call_s${++calls}`, name: "archival_memory_search", args: { query: "fact" } }],
  });

  type Following = { frames: Frame[]; done: Promise<void>; accepted: boolean };

  /** Sends a message and reads its stream on the side; frames are there as they come. */
  function follow(at: Conversation, body: Record<string, unknown>): Following {
    const path = at.conversationId ? messagesPath(at) : `${messagesPath(at)}/stream`;
    const following: Following = { frames: [], done: Promise.resolve(), accepted: false };
    const accept = () => {
      following.accepted = true;
    };
    following.done = (async () => {
      const request = { streaming: true, stream_tokens: true, ...body };
      for await (const frame of rig.frames(path, request, accept)) following.frames.push(frame);
    })();
    return following;
  }

  const has = (frames: Frame[], type: string, times = 1) =>
    frames.filter((one) => one.message_type === type).length >= times;
  const asked = (times: number) => until(`the model is asked ${times}×`, () => rig.model.requests.length >= times);

  test("as a message arrives: it is there once, or not at all; sent again, it is there once", async () => {
    for (const delayMs of [0, 1, 3, 6]) {
      const agent = await makeAgent();
      const id = otid();
      const following = follow(agent, message(id));
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await rig.crash();
      await following.done;
      await allRunsEnd(rig, agent.id);
      await expectMessages(rig, agent, { [id]: following.accepted ? 1 : "maybe" });
      await rig.api("POST", messagesPath(agent), message(id));
      await expectIntact(rig, agent, { [id]: 1 });
    }
  });

  test("before the first token: the message stays, and the run has ended", async () => {
    const agent = await makeAgent();
    const id = otid();
    rig.model.push({ hang: true });
    const { done } = follow(agent, message(id));
    await asked(1);
    await rig.crash();
    await done;
    const [run] = await allRunsEnd(rig, agent.id);
    expect(run).toMatchObject({ status: "failed", stop_reason: "error" });
    await expectIntact(rig, agent, { [id]: 1 });
  });

  test("at the first token, and in the middle of the words", async () => {
    for (const tokens of [1, 5]) {
      const agent = await makeAgent();
      const id = otid();
      rig.model.push({ text: WORDS, holdAt: tokens + 1, hold: NEVER });
      const { frames, done } = follow(agent, message(id));
      await until("the first words are there", () => has(frames, "assistant_message", tokens));
      await rig.crash();
      await done;
      await expectIntact(rig, agent, { [id]: 1 });
    }
  });

  test("in the middle of a call's arguments: the call was never made", async () => {
    const agent = await makeAgent();
    const id = otid();
    rig.model.push({ ...insert("never written"), holdAt: 3, hold: NEVER });
    const { frames, done } = follow(agent, message(id));
    await until("the call has begun", () => has(frames, "tool_call_message"));
    await rig.crash();
    await done;
    await expectIntact(rig, agent, { [id]: 1 });
    expect(has(await listed(rig, agent), "tool_call_message")).toBe(false);
  });

  test("while a tool runs: its call has a return that says that it was interrupted", async () => {
    const agent = await makeSearcher();
    const id = otid();
    let go = () => {};
    const hold = new Promise<void>((resolve) => {
      go = resolve;
    });
    rig.model.push({ ...search(), holdAt: 1, hold });
    const { done } = follow(agent, message(id));
    await asked(1);
    const paused = await rig.pauseSearch();
    go();
    await paused.running();
    await rig.server.kill();
    await paused.release();
    await rig.crash();
    await done;
    await expectIntact(rig, agent, { [id]: 1 });
    const returns = (await listed(rig, agent)).filter((frame) => frame.message_type === "tool_return_message");
    expect(returns).toMatchObject([{ status: "error", tool_return: expect.stringContaining("the server stopped") }]);
  });

  test.runIf(postgres)(
    "in the middle of the commit of a memory edit: edit and return are both there, or neither",
    async () => {
      const agent = await makeAgent();
      const id = otid();
      const { body } = await rig.api<{ id: string }>("GET", `/v1/agents/${agent.id}/core-memory/blocks/human`);
      const [{ url }] = (await rig.sql!.query("SELECT current_database() AS url")).rows;
      const holder = await connect(Object.assign(new URL(postgres!), { pathname: `/${url}` }).href);
      await holder.query("BEGIN");
      await holder.query("SELECT 1 FROM block WHERE id = $1 FOR UPDATE", [body.id]);
      rig.model.push(insert("Likes tea"));
      const { done } = follow(agent, message(id));
      await until("the commit waits", async () => (await waiting(rig.sql!)) > 0);
      await rig.server.kill();
      await holder.query("ROLLBACK");
      await holder.end();
      await rig.crash();
      await done;
      await expectIntact(rig, agent, { [id]: 1 });
    },
  );

  test("during the second model call: the edit and its return are kept", async () => {
    for (const held of [{ hang: true }, { text: WORDS, holdAt: 4, hold: NEVER }]) {
      const agent = await makeAgent();
      const id = otid();
      rig.model.push(insert("Likes tea"), held);
      const { frames, done } = follow(agent, message(id));
      await asked(2);
      if (!held.hang) await until("the second answer has begun", () => has(frames, "assistant_message", 2));
      await rig.crash();
      await done;
      await expectIntact(rig, agent, { [id]: 1 });
      const block = await rig.api<{ value: string }>("GET", `/v1/agents/${agent.id}/core-memory/blocks/human`);
      expect(block.body.value).toBe("Bob\nLikes tea");
    }
  });

  test("at the end, as the stop reason is seen: the answer is kept", async () => {
    const agent = await makeAgent();
    const id = otid();
    rig.model.push({ text: WORDS });
    const { frames, done } = follow(agent, message(id));
    await until("the run stops", () => has(frames, "stop_reason"));
    await rig.crash();
    await done;
    const [run] = await allRunsEnd(rig, agent.id);
    expect(run).toMatchObject({ status: "completed", stop_reason: "end_turn" });
    expect(await listed(rig, agent)).toContainEqual(expect.objectContaining({ content: WORDS }));
    await expectIntact(rig, agent, { [id]: 1 });
  });

  test("during a compaction that was asked for, and one that an overflow made necessary", async () => {
    const agent = await makeAgent({ compaction_settings: { model: MODEL } });
    for (let turn = 0; turn < 6; turn++)
      await rig.api("POST", messagesPath(agent), message(otid(), `Question ${turn}`));
    const before = (await listed(rig, agent)).length;
    rig.model.reset();
    rig.model.push({ text: WORDS, holdAt: 3, hold: NEVER });
    const compacting = rig.api("POST", `/v1/agents/${agent.id}/summarize`, {}).catch(() => null);
    await asked(1);
    await rig.crash();
    await compacting;
    expect(await listed(rig, agent)).toHaveLength(before);
    await expectIntact(rig, agent, {});

    const id = otid();
    rig.model.reset();
    rig.model.push(
      { status: 400, body: { error: { message: "maximum context length exceeded", code: "context_length_exceeded" } } },
      { text: WORDS, holdAt: 3, hold: NEVER },
    );
    const { done } = follow(agent, message(id));
    await asked(2);
    await rig.crash();
    await done;
    await expectIntact(rig, agent, { [id]: 1 });
    const { body } = await rig.api("POST", `/v1/agents/${agent.id}/summarize`, {});
    expect(body).toMatchObject({ summary: "Hello from the scripted model." });
    await expectIntact(rig, agent, { [id]: 1 });
  });

  test("during a background run with a follower: the stream goes on as the same sequence, to an error above it", async () => {
    const agent = await makeAgent();
    const id = otid();
    rig.model.push(insert("Likes tea"), { text: WORDS, pauseMs: 120, holdAt: 13, hold: NEVER });
    const { frames, done } = follow(agent, { ...message(id), background: true });
    await until("many words are there", () => has(frames, "assistant_message", 11));
    await rig.crash();
    await done;
    const [run] = await allRunsEnd(rig, agent.id);
    const again = async (after: number) => {
      const found: Frame[] = [];
      for await (const frame of rig.frames(`/v1/runs/${run!.id}/stream`, { starting_after: after })) found.push(frame);
      return found;
    };
    const whole = await again(0);
    const error = whole.at(-1)!;
    expect(error).toMatchObject({ message_type: "error_message", error_type: "stream_incomplete" });
    expect(whole.at(-2)).toMatchObject({ message_type: "stop_reason", stop_reason: "error" });
    const kept = whole.slice(0, -2);
    // Whatever a client was sent is in the resumed stream, in its place.
    expect(frames.length).toBeGreaterThan(11);
    expect(kept.slice(0, frames.length)).toEqual(frames);
    const seqs = whole.flatMap((frame) => frame.seq_id ?? []);
    expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
    const last = frames.at(-1)!.seq_id!;
    expect(error.seq_id).toBeGreaterThan(last);
    expect(await again(last)).toEqual(whole.slice(frames.length));
    const middle = kept[2]!.seq_id!;
    expect(await again(middle)).toEqual(whole.filter((frame) => !((frame.seq_id ?? Infinity) <= middle)));
    await expectIntact(rig, agent, { [id]: 1 });
  });

  test("with a pending approval: it still waits, and can be given", async () => {
    const agent = await makeAgent({ tool_rules: [{ type: "requires_approval", tool_name: "memory_insert" }] });
    const id = otid();
    rig.model.push(insert("Likes tea"));
    const { frames, done } = follow(agent, message(id));
    await until("the run stops", () => has(frames, "stop_reason"));
    await rig.crash();
    await done;
    const refused = await rig.api("POST", messagesPath(agent), message(otid()));
    expect(refused).toMatchObject({ status: 409, body: { detail: { code: "PENDING_APPROVAL" } } });
    const request = (await listed(rig, agent)).findLast((frame) => frame.message_type === "approval_request_message");
    const [call] = (request as unknown as { tool_calls: { tool_call_id: string }[] }).tool_calls;
    const approved = await rig.api("POST", messagesPath(agent), {
      messages: [
        { type: "approval", approvals: [{ type: "approval", tool_call_id: call!.tool_call_id, approve: true }] },
      ],
    });
    expect(approved).toMatchObject({ status: 200, body: { stop_reason: { stop_reason: "end_turn" } } });
    const block = await rig.api<{ value: string }>("GET", `/v1/agents/${agent.id}/core-memory/blocks/human`);
    expect(block.body.value).toBe("Bob\nLikes tea");
    await allRunsEnd(rig, agent.id);
  });

  test("right after an approval was posted: the call is answered, and the conversation goes on", async () => {
    for (const approve of [true, false]) {
      const agent = await makeSearcher({
        tool_rules: [{ type: "requires_approval", tool_name: "archival_memory_search" }],
      });
      const id = otid();
      rig.model.push(search());
      const first = follow(agent, message(id));
      await first.done;
      const request = first.frames.find((frame) => frame.message_type === "approval_request_message")!;
      const { tool_call_id: callId } = request.tool_call as { tool_call_id: string };
      rig.model.push({ hang: true });
      const paused = approve ? await rig.pauseSearch() : null;
      rig.model.requests.length = 0;
      const answered = follow(agent, {
        messages: [
          { type: "approval", approvals: [{ type: "approval", tool_call_id: callId, approve, reason: "No." }] },
        ],
      });
      if (paused) await paused.running();
      else await asked(1);
      await rig.server.kill();
      await paused?.release();
      await rig.crash();
      await answered.done;
      await expectIntact(rig, agent, { [id]: 1 });
      const returns = (await listed(rig, agent)).filter((frame) => frame.message_type === "tool_return_message");
      const text = approve ? "the server stopped" : "Error: request to call tool denied. User reason: No.";
      expect(returns).toMatchObject([{ status: "error", tool_return: expect.stringContaining(text) }]);
    }
  });

  test("during runs of several agents and conversations at once: each is intact", async () => {
    const agents = [await makeAgent(), await makeAgent(), await makeAgent()];
    const other = await rig.api<{ id: string }>("POST", `/v1/conversations/?agent_id=${agents[0]!.id}`, {});
    const places: Conversation[] = [...agents, { agentId: agents[0]!.id, conversationId: other.body.id }];
    let turn = 0;
    rig.model.otherwise = (request) => {
      const isFirst = request.messages.at(-1)?.role === "user";
      return isFirst ? { ...insert(`fact ${turn++}`), pauseMs: 3 } : { text: WORDS, pauseMs: 20 };
    };
    const ids = places.map(otid);
    const streams = places.map((place, index) => follow(place, message(ids[index]!)));
    await until(
      "some have written",
      () => streams.filter(({ frames }) => has(frames, "tool_return_message")).length >= 2,
    );
    await rig.crash();
    await Promise.all(streams.map(({ done }) => done));
    for (const [index, place] of places.entries()) {
      await expectIntact(rig, place, { [ids[index]!]: streams[index]!.accepted ? 1 : "maybe" });
    }
  });

  test("at any moment of a turn with many edits, again and again, on one agent", { timeout: 300_000 }, async () => {
    console.log(`the moments of the crashes follow from MEMOIR_CRASH_SEED=${SEED}`);
    const random = randomOf(SEED);
    const agent = await makeAgent();
    const sent: Record<string, number | "maybe"> = {};
    for (let round = 0; round < 6; round++) {
      let turn = 0;
      rig.model.otherwise = (request) =>
        turn++ < 6 && request.tools?.length ? insert(`round ${round} fact ${turn}`) : { text: "Done." };
      const id = otid();
      const following = follow(agent, message(id));
      await until("the turn is on its way", () => has(following.frames, "tool_return_message", round % 4));
      await new Promise((resolve) => setTimeout(resolve, random() * 30));
      await rig.crash();
      await following.done;
      sent[id] = following.accepted ? 1 : "maybe";
      await expectIntact(rig, agent, sent);
    }
  });

  test("killed once more while it starts: what it had begun to mend is mended by the next", async () => {
    const agent = await makeAgent();
    const id = otid();
    rig.model.push(insert("Likes tea"), { hang: true });
    const { done } = follow(agent, message(id));
    await asked(2);
    await rig.server.kill();
    for (const delayMs of [50, 300, 600]) {
      const starting = rig.server.restart().catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      await rig.server.kill();
      await starting;
    }
    await rig.crash();
    await done;
    await expectIntact(rig, agent, { [id]: 1 });
  });

  test("a request that is sent again after the crash, by its otid, gets its run and not another", async () => {
    const agent = await makeAgent();
    const id = otid();
    rig.model.push({ hang: true });
    const { done } = follow(agent, message(id));
    await asked(1);
    await rig.crash();
    await done;
    const [run] = await allRunsEnd(rig, agent.id);
    const again = await rig.api("POST", messagesPath(agent), message(id));
    expect(again).toMatchObject({ status: 500, body: { run_id: run?.id, error: { type: "stream_incomplete" } } });
    const runs = await allRunsEnd(rig, agent.id);
    expect(runs.map(({ id }) => id)).toEqual([run?.id]);
    await expectIntact(rig, agent, { [id]: 1 });
  });
});
