import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { MessageInput } from "@/lib/api/messages";
import type { ModelRequest } from "@/lib/engine/model";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { canonicalJson } from "../records/cassette";
import { openRunningCore, type RunningCore, say } from "../testing/running-core";
import { replayRun } from "./replay";

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

const createAgent = (body: Record<string, unknown> = {}) =>
  ok<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    tools: ["memory_insert", "memory", "archival_memory_insert"],
    memory_blocks: [{ label: "human", value: "Bob" }],
    ...body,
  });

async function lastStep(agentId: string): Promise<string> {
  const rows = await t.core.db.query<{ id: string }>(
    "SELECT id FROM step WHERE agent_id = $1 ORDER BY seq DESC LIMIT 1",
    [agentId],
  );
  return rows[0]!.id;
}

const fork = (stepId: string, body: Record<string, unknown> = {}) =>
  ok<{ agent_id: string; conversation_id: string }>("POST", `/v1/steps/${stepId}/fork`, { moment: "after", ...body });

type Request = ModelRequest & { handle: string };

/** What a model is shown, without the ids that are an agent's own and the time of a compile. */
function shown({ handle, system, messages, tools, toolChoice, parallelToolCalls, settings }: Request): string {
  const said = messages.map(({ role, parts }) => [role, parts]);
  return canonicalJson([handle, system, said, tools, toolChoice, parallelToolCalls, settings])
    .replace(/- AGENT_ID: agent-[0-9a-f-]*/, "")
    .replace(/- CONVERSATION_ID: (default|conv-[0-9a-f-]*)/, "");
}

const withoutTime = (text: string) => text.replace(/System prompt last recompiled: [^\\\n]*/, "");

type Target = { agentId: string } | { conversationId: string };

/** The first request of a run on these inputs. */
async function asked(target: Target, inputs: MessageInput[] = [{ type: "message", role: "user", content: "And?" }]) {
  const before = t.requests.length;
  t.push(says("Yes."));
  await say(t.ctx, target, inputs);
  return shown(t.requests[before]!);
}

test("after a compaction, and before it, the fork asks what the original asked", async () => {
  const agent = await createAgent();
  for (const word of ["One", "Two", "Three"]) {
    t.push(says(`${word} it is.`));
    await t.say({ agentId: agent.id }, word);
  }
  const before = await lastStep(agent.id);
  const original = await asked({ agentId: agent.id });
  const early = await fork(before);
  t.push(says("They counted."));
  await ok("POST", `/v1/agents/${agent.id}/summarize`, {});
  const summarized = await asked({ agentId: agent.id });
  expect(summarized).toContain("They counted.");
  const after = await fork(await lastStep(agent.id));
  expect(await asked({ agentId: early.agent_id })).toBe(original);
  const next = await asked({ agentId: agent.id });
  expect(await asked({ agentId: after.agent_id })).toBe(next);
});

test("a fork of a fork asks what the first would have asked", async () => {
  const agent = await createAgent();
  t.push(calls({ id: "a", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }), says("Noted."));
  await t.say({ agentId: agent.id }, "I like tea");
  const first = await fork(await lastStep(agent.id));
  const a = await asked({ agentId: first.agent_id });
  expect(a).toBe(await asked({ agentId: agent.id }));
  const second = await fork(await lastStep(first.agent_id));
  expect(await asked({ agentId: second.agent_id })).toBe(await asked({ agentId: first.agent_id }));
});

test("a block that the step made, renamed or gave up is in the fork's prompt as the step left it", async () => {
  const agent = await createAgent();
  const acts = [
    { command: "create", path: "/memories/plans", description: "Plans", file_text: "Sail" },
    { command: "rename", old_path: "/memories/plans", new_path: "/memories/goals" },
    { command: "delete", path: "/memories/goals" },
  ];
  for (const [index, args] of acts.entries()) {
    t.push(calls({ id: `m${index}`, name: "memory", args }));
    await t.say({ agentId: agent.id }, "Go on", { maxSteps: 1 });
    const made = await fork(await lastStep(agent.id));
    const request = await asked({ agentId: agent.id });
    expect(withoutTime(await asked({ agentId: made.agent_id }))).toBe(withoutTime(request));
  }
});

test("what waits for a person waits in the fork too, and the answer leads to the same request", async () => {
  const agent = await createAgent();
  await ok("PATCH", `/v1/agents/${agent.id}/tools/approval/memory_insert`, { requires_approval: true });
  t.push(calls({ id: "w", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }));
  const said = await t.say({ agentId: agent.id }, "I like tea");
  expect(said.stopReason).toBe("requires_approval");
  const made = await fork(await lastStep(agent.id));
  const approvals = [{ type: "approval" as const, tool_call_id: "w", approve: true }];
  const answer: MessageInput[] = [{ type: "approval", approvals } as MessageInput];
  const original = await asked({ agentId: agent.id }, answer);
  expect(await asked({ agentId: made.agent_id }, answer)).toBe(original);
  const [run] = await t.core.db.query<{ id: string }>("SELECT id FROM run WHERE agent_id = $1", [made.agent_id]);
  expect(await replayRun(t.ctx, run!.id)).toMatchObject({ identical: true, firstDifference: null });
  const versions = await ok<{ step_id: string | null; cause: { kind: string } }[]>(
    "GET",
    `/v1/blocks/${(await ok<WireAgent>("GET", `/v1/agents/${made.agent_id}`)).blocks[0]!.id}/versions?order=desc&limit=1`,
  );
  expect(versions[0]).toMatchObject({ step_id: null, cause: { kind: "agent", actor: made.agent_id, toolCall: "w" } });
});

test("a conversation's own blocks and model are the fork's", async () => {
  const agent = await createAgent();
  const conversation = await ok<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, {
    isolated_block_labels: ["human"],
    model: "anthropic/claude-sonnet-4-5",
  });
  const target = { conversationId: conversation.id };
  t.push(calls({ id: "c", name: "memory_insert", args: { label: "human", new_string: "Here only" } }), says("Noted."));
  await t.say(target, "Here");
  const made = await fork(await lastStep(agent.id));
  const original = await asked(target);
  expect(await asked({ agentId: made.agent_id })).toBe(original);
  const forked = await ok<WireAgent>("GET", `/v1/agents/${made.agent_id}`);
  expect(forked.blocks.map((block) => block.value)).toEqual(["Bob\nHere only"]);
});

test("records of older versions, which do not say when a prompt was stale, are forked with the prompt of the step", async () => {
  const agent = await createAgent();
  t.push(calls({ id: "o", name: "archival_memory_insert", args: { content: "A fact", tags: [] } }), says("Kept."));
  await t.say({ agentId: agent.id }, "Keep it");
  await t.core.db.query("UPDATE step SET compile_epoch = NULL WHERE agent_id = $1", [agent.id]);
  await t.core.db.query("UPDATE compile SET epoch = NULL WHERE agent_id = $1", [agent.id]);
  const made = await fork(await lastStep(agent.id));
  const system = (await asked({ agentId: made.agent_id })).slice(0, 4000);
  expect(shown(t.requests.at(-2)!).slice(0, 4000).split("\\n")[0]).toBe(system.split("\\n")[0]);
  expect(system).not.toContain("total memories you created");
});
