import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireReplayFork, WireRun } from "@/lib/api/runs";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

type Said = { message_type: string; content?: string; tool_return?: string };

/** An agent that looked something up, wrote it down, and answered; and the run. */
async function lookedUp(): Promise<{ agent: WireAgent; run: WireRun }> {
  const { body: agent } = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
  });
  t.push(says("Hello Bob."));
  await t.say({ agentId: agent.id }, "Hello");
  t.push(
    calls({ id: "look", name: "conversation_search", args: { query: "Hello" } }),
    calls({ id: "write", name: "memory_insert", args: { label: "human", new_string: "Says hello" } }),
    says("You said hello."),
  );
  const { runId } = await t.say({ agentId: agent.id }, "What did I say?");
  return { agent, run: (await t.api<WireRun>("GET", `/v1/runs/${runId}`)).body };
}

/** Replays with a change, to the end. */
async function replayed(runId: string, body: Record<string, unknown>) {
  const { status, body: made } = await t.api<WireReplayFork>("POST", `/v1/runs/${runId}/replay/changed`, body);
  if (status !== 200) throw new Error(JSON.stringify(made));
  const runOf = async () => (await t.api<WireRun>("GET", `/v1/runs/${made.run_id}`)).body;
  await expect.poll(async () => (await runOf()).metadata?.replay).toBeDefined();
  const said = (await t.api<Said[]>("GET", `/v1/runs/${made.run_id}/messages?order=asc`)).body;
  const fork = (await t.api<WireAgent>("GET", `/v1/agents/${made.agent_id}`)).body;
  return { said, fork, metadata: (await runOf()).metadata as Record<string, unknown> };
}

const rowsOf = (agentId: string) =>
  t.core.db.query(
    `SELECT (SELECT json_agg(m ORDER BY id) FROM message m WHERE agent_id = $1) AS messages,
       (SELECT json_agg(s ORDER BY id) FROM step s WHERE agent_id = $1) AS steps,
       (SELECT json_agg(v ORDER BY v.id) FROM block_version v JOIN agent_block l ON l.block_id = v.block_id WHERE l.agent_id = $1) AS versions`,
    [agentId],
  );

test("with a tool's return changed it is the record up to there, the model from there on, and the original stays", async () => {
  const { agent, run } = await lookedUp();
  const [before, asked] = [await rowsOf(agent.id), t.requests.length];
  t.push(says("You said nothing."));
  const { said, fork, metadata } = await replayed(run.id, { tool_returns: { look: "Nothing was found." } });
  expect(t.requests.length).toBe(asked + 1);
  expect(metadata).toMatchObject({ run_type: "replay", replay_of: run.id, changed: ["tool_returns"] });
  expect(metadata.replay).toMatchObject({ model_calls: 1, tool_returns: 0 });
  expect((metadata.replay as { first_difference: string }).first_difference).toMatch(
    /message \d+ of the request differs.*Nothing was found/,
  );
  expect(said.map((one) => one.tool_return ?? one.content).filter(Boolean)).toEqual([
    "What did I say?",
    "Nothing was found.",
    "You said nothing.",
  ]);
  expect(fork.blocks[0]!.value).toBe("Bob");
  expect(await rowsOf(agent.id)).toEqual(before);
});

test("with nothing that the model sees changed it is the record to its end, with the same memory in the fork, and no model is asked", async () => {
  const { run } = await lookedUp();
  const asked = t.requests.length;
  const { said, fork, metadata } = await replayed(run.id, { message: "What did I say?" });
  expect(t.requests.length).toBe(asked);
  expect(metadata.replay).toEqual({ model_calls: 3, tool_returns: 1, first_difference: null });
  expect(said.at(-1)!.content).toBe("You said hello.");
  expect(fork.blocks[0]!.value).toBe("Bob\nSays hello");
});

test.each([
  ["system", { system: "You are Max." }, /the system prompt differs/],
  ["blocks", { blocks: { human: "Alice" } }, /the system prompt differs/],
  ["model", { model: "openai/gpt-5-mini" }, /openai\/gpt-5-mini is asked, not openai\/gpt-4o-mini/],
  ["message", { message: "What did you say?" }, /What did you say/],
])("with another %s the model is asked from the first request on", async (_, change, difference) => {
  const { run } = await lookedUp();
  t.push(says("Another answer."));
  const { said, metadata } = await replayed(run.id, change);
  expect(said.at(-1)!.content).toBe("Another answer.");
  expect(metadata.replay).toMatchObject({ model_calls: 0, first_difference: expect.stringMatching(difference) });
});

test("what can't be changed is refused in words, and leaves no fork behind", async () => {
  const { agent, run } = await lookedUp();
  const agents = (await t.api<WireAgent[]>("GET", "/v1/agents/?limit=1000")).body.length;
  const refused = async (body: Record<string, unknown>) => {
    const { status, body: said } = await t.api<{ detail: string }>("POST", `/v1/runs/${run.id}/replay/changed`, body);
    return `${status} ${said.detail}`;
  };
  expect(await refused({})).toMatch(/^400 .*nothing is changed/);
  expect(await refused({ tool_returns: { other: "x" } })).toMatch(/^400 .*no call 'other'/);
  expect(await refused({ blocks: { none: "x" } })).toMatch(/^400 .*no block with the label 'none'/);
  expect(await refused({ model: "none/such" })).toMatch(/^4/);
  await t.api(
    "POST",
    `/v1/messages/${(await t.api<{ id: string }[]>("GET", `/v1/agents/${agent.id}/messages`)).body.at(-1)!.id}/erase`,
  );
  expect(await refused({ message: "x" })).toMatch(/^409 .*erased/);
  expect((await t.api<WireAgent[]>("GET", "/v1/agents/?limit=1000")).body.length).toBe(agents);
});
