import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import type { TimelineEntry } from "@/lib/api/ledger";
import type { WireMemoryProposal, WireMemoryProposalDetail, WireWritePolicy } from "@/lib/api/memory-proposals";
import type { WireTool } from "@/lib/api/tools";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import type { Item } from "@/lib/stream/item";
import { replayRun } from "../ledger/replay";
import { sweep } from "../start/sweeps";
import { createFakeSandbox, type FakeSandbox } from "../testing/fake-sandbox";
import { openRunningCore, type RunningCore, type Said } from "../testing/running-core";

let t: RunningCore;
let sandbox: FakeSandbox;
let now: Date | null = null;
beforeAll(async () => {
  sandbox = createFakeSandbox();
  let last = 0;
  t = await openRunningCore({
    sandbox,
    now: () => {
      last = Math.max((now ?? new Date()).getTime(), last + 1);
      return new Date(last);
    },
  });
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());
beforeEach(() => {
  t.requests.length = 0;
  t.otherwise.script = says("Done.");
});

const VALUE = "Bob\nAllergy: nuts\nLives in Oslo";

type Made = { agentId: string; blockId: string };
async function make(policy: Record<string, unknown> | null, body: Record<string, unknown> = {}): Promise<Made> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: VALUE }],
    tools: ["memory_insert", "memory_replace", "memory"],
    include_base_tools: false,
    ...body,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  const blockId = made.body.blocks.find((block) => block.label === "human")!.id;
  if (policy) expect((await t.api("PUT", `/v1/blocks/${blockId}/write-policy`, policy)).status).toBe(200);
  return { agentId: made.body.id, blockId };
}

let call = 0;
/** Lets the model call a tool, and say something then. */
async function turn(agentId: string, name: string, args: Record<string, unknown>, text = "Go"): Promise<Said> {
  t.push(calls({ id: `call-${++call}`, name, args }), says("Done."));
  return t.say({ agentId }, text);
}
const insert = (agentId: string, text: string) => turn(agentId, "memory_insert", { label: "human", new_string: text });
const returnOf = (said: Said) =>
  said.items.flatMap((item: Item) => (item.type === "tool-return" ? item.returns : [])).at(-1)!;
const textOf = async (blockId: string) => (await t.api<WireBlock>("GET", `/v1/blocks/${blockId}`)).body.value;
const proposalsOf = async (agentId: string, query = "") =>
  (await t.api<WireMemoryProposal[]>("GET", `/v1/memory-proposals?agent_id=${agentId}${query}`)).body;
const accept = (id: string, body: Record<string, unknown> = {}) =>
  t.api<WireMemoryProposal & { block: WireBlock | null; detail: unknown; head_version_id?: string }>(
    "POST",
    `/v1/memory-proposals/${id}/accept`,
    body,
  );
const refuse = (id: string, reason: string | null) =>
  t.api<WireMemoryProposal & { detail: unknown }>("POST", `/v1/memory-proposals/${id}/refuse`, { reason });
const versionsOf = async (blockId: string) =>
  (await t.api<WireBlockVersion[]>("GET", `/v1/blocks/${blockId}/versions`)).body;
/** What the last request showed the model of what the server itself had said. */
const alertsShown = () =>
  t.requests
    .at(-1)!
    .messages.flatMap(({ role, parts }) =>
      role === "user"
        ? parts.flatMap((part) => (part.type === "text" && part.text.includes("system_alert") ? [part.text] : []))
        : [],
    );

describe("review of memory writes (point 7): a block for review", () => {
  test("stays as it is while its agent works on; the write is a proposal with its cause and what it would change", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    const said = await insert(agentId, "Likes tea");
    expect(said.stopReason).toBe("end_turn");
    expect(returnOf(said)).toMatchObject({ status: "success" });
    expect(returnOf(said).content).toMatch(/^Not changed yet: /);
    expect(await textOf(blockId)).toBe(VALUE);
    const [proposal, ...more] = await proposalsOf(agentId, "&status=pending");
    expect(more).toEqual([]);
    expect(proposal).toMatchObject({
      block_id: blockId,
      label: "human",
      kind: "change",
      operation: "memory_insert",
      run_id: said.runId,
      status: "pending",
      expires_at: null,
      cause: { kind: "agent", actor: agentId, run: said.runId, toolCall: `call-${call}` },
    });
    expect(proposal!.step_id).toBe(proposal!.cause.step);
    const detail = await t.api<WireMemoryProposalDetail>("GET", `/v1/memory-proposals/${proposal!.id}`);
    const proposed = { value: `${VALUE}\nLikes tea`, label: null, description: null };
    expect(detail.body).toMatchObject({ base_value: VALUE, proposed, head_value: VALUE, result: proposed.value });
    const count = await t.api<number>("GET", `/v1/memory-proposals/count?agent_id=${agentId}&status=pending`);
    expect(count.body).toBe(1);
  });

  test("once accepted has the write as its newest version, whose author is the agent, by the review of a person", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await insert(agentId, "Likes tea");
    const [proposal] = await proposalsOf(agentId);
    const accepted = await accept(proposal!.id);
    expect(accepted.body).toMatchObject({ status: "accepted", decided_cause: { kind: "api" } });
    expect(accepted.body.block).toMatchObject({ value: `${VALUE}\nLikes tea` });
    const [head] = await versionsOf(blockId);
    expect(head).toMatchObject({ id: accepted.body.version_id, operation: "memory_insert" });
    expect(head!.cause).toEqual({ ...proposal!.cause, review: proposal!.id });
    const blame = await t.api<{ segments: { text: string; cause: unknown }[] }>("GET", `/v1/blocks/${blockId}/blame`);
    expect(blame.body.segments.at(-1)).toMatchObject({ text: "\nLikes tea", cause: { actor: agentId } });
    const again = await accept(proposal!.id);
    expect([again.status, String(again.body.detail)]).toEqual([409, expect.stringContaining("was decided already")]);
  });

  test("accepted on top of what others wrote meanwhile has both; in the same words it is a conflict, settled by a value", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await insert(agentId, "Likes tea");
    await turn(agentId, "memory_replace", { label: "human", old_string: "Oslo", new_string: "Lisbon" });
    await t.api("PATCH", `/v1/blocks/${blockId}`, { value: VALUE.replace("Oslo", "Bergen").replace("Bob", "Rob") });
    const [move, tea] = await proposalsOf(agentId);
    expect((await accept(tea!.id)).status).toBe(200);
    expect(await textOf(blockId)).toBe("Rob\nAllergy: nuts\nLives in Bergen\nLikes tea");
    const clash = await accept(move!.id);
    expect([clash.status, String(clash.body.detail)]).toEqual([409, expect.stringContaining("the same words")]);
    const shown = await t.api<WireMemoryProposalDetail>("GET", `/v1/memory-proposals/${move!.id}`);
    expect(shown.body.result).toBeNull();
    const head = shown.body.head_version_id;
    const changed = await accept(move!.id, { value: "Rob, of Lisbon and Bergen", base_version_id: head });
    expect(changed.body).toMatchObject({ status: "changed", block: { value: "Rob, of Lisbon and Bergen" } });
    expect((await versionsOf(blockId))[0]!.cause).toMatchObject({ kind: "api", review: move!.id });
  });

  test("a decision on a version that is no longer the block's is refused", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await insert(agentId, "Likes tea");
    const [proposal] = await proposalsOf(agentId);
    const old = (await versionsOf(blockId))[0]!.id;
    await t.api("PATCH", `/v1/blocks/${blockId}`, { value: `${VALUE}!` });
    const answer = await accept(proposal!.id, { base_version_id: old });
    expect([answer.status, String(answer.body.detail)]).toEqual([409, expect.stringContaining("has changed since")]);
    expect((await proposalsOf(agentId))[0]!.status).toBe("pending");
  });

  test("refused stays as it is, and the agent is told why with its next message, once", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await insert(agentId, "Likes tea");
    const [proposal] = await proposalsOf(agentId);
    const refused = await refuse(proposal!.id, 'Bob said "coffee".');
    expect(refused.body).toMatchObject({ status: "refused", reason: 'Bob said "coffee".', version_id: null });
    expect(await textOf(blockId)).toBe(VALUE);
    const said = await t.say({ agentId }, "And now?");
    expect(alertsShown()).toHaveLength(1);
    const told = JSON.parse(alertsShown()[0]!);
    expect(told.message).toMatch(/memory block 'human' \(memory_insert, .*refused.*Reason: Bob said "coffee"\.$/);
    expect((await proposalsOf(agentId))[0]!.told_run_id).toBe(said.runId);
    await t.say({ agentId }, "And then?");
    expect(alertsShown()).toHaveLength(1);
    expect((await refuse(proposal!.id, null)).status).toBe(409);
  });

  test("tells of what was accepted, and accepted in other words; a retry of the message is still the same", async () => {
    const { agentId } = await make({ writes: "review" });
    await insert(agentId, "Likes tea");
    await insert(agentId, "Likes cake");
    const [cake, tea] = await proposalsOf(agentId);
    await accept(tea!.id);
    await accept(cake!.id, { value: "Bob likes both" });
    const body = { messages: [{ role: "user", content: "Hi", otid: `otid-${agentId}` }] };
    const sent = await t.api<{ messages: unknown[] }>("POST", `/v1/agents/${agentId}/messages`, body);
    const told = JSON.parse(alertsShown()[0]!).message.split("\n");
    expect(told).toEqual([expect.stringContaining("accepted. It is in"), expect.stringContaining("in other words")]);
    const asked = t.requests.length;
    const again = await t.api<{ messages: unknown[] }>("POST", `/v1/agents/${agentId}/messages`, body);
    expect(again.body.messages).toEqual(sent.body.messages);
    expect(t.requests.length).toBe(asked);
  });

  test("that nobody decided in time is void: by the job, and for whoever comes too late before it", async () => {
    const { agentId, blockId } = await make({ writes: "review", expires_after_hours: 2 });
    await insert(agentId, "Likes tea");
    const [proposal] = await proposalsOf(agentId);
    expect(Date.parse(proposal!.expires_at!) - Date.parse(proposal!.created_at)).toBe(2 * 3_600_000);
    await sweep(t.core);
    await t.jobs.idle();
    expect((await proposalsOf(agentId))[0]!.status).toBe("pending");
    now = new Date(Date.parse(proposal!.expires_at!) + 1);
    const late = await accept(proposal!.id);
    expect([late.status, String(late.body.detail)]).toEqual([409, expect.stringContaining("has expired")]);
    await sweep(t.core);
    await t.jobs.idle();
    expect((await proposalsOf(agentId))[0]).toMatchObject({ status: "expired", decided_cause: null });
    await t.say({ agentId }, "And?");
    now = null;
    expect(alertsShown()[0]).toContain("was not reviewed in time and is void");
    expect(await textOf(blockId)).toBe(VALUE);
  });

  test("that is deleted takes what waits with it, and the agent is told", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await insert(agentId, "Likes tea");
    await t.api("DELETE", `/v1/blocks/${blockId}`);
    const [proposal] = await proposalsOf(agentId);
    expect(proposal).toMatchObject({ status: "refused", reason: "The block was deleted." });
    expect((await accept(proposal!.id)).status).toBe(409);
  });

  test("leaves the agent only by acceptance, and is renamed only by it", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await turn(agentId, "memory", { command: "rename", old_path: "/memories/human", new_path: "/memories/person" });
    await turn(agentId, "memory", { command: "delete", path: "/memories/human" });
    const labels = async () =>
      (await t.api<WireAgent>("GET", `/v1/agents/${agentId}`)).body.blocks.map(({ label }) => label);
    expect(await labels()).toEqual(["human"]);
    const [gone, renamed] = await proposalsOf(agentId);
    expect([gone!.kind, renamed!.kind]).toEqual(["detach", "change"]);
    await accept(renamed!.id);
    expect(await labels()).toEqual(["person"]);
    expect((await accept(gone!.id)).body).toMatchObject({ status: "accepted", block: null });
    expect(await labels()).toEqual([]);
    expect((await t.api("GET", `/v1/blocks/${blockId}`)).status).toBe(200);
  });
});

describe("who is held by a policy (point 7)", () => {
  test("code of a custom tool, which hears of it beside what it returned", async () => {
    const source = `def remember(text: str = ""):\n    """Does it.\n\n    Args:\n        text: a text\n    """`;
    const tool = await t.api<WireTool>("POST", "/v1/tools/", { source_code: source });
    sandbox.on("remember", async ({ agent }) => {
      await agent!.writeBlock("human", "rewritten by code");
      return { value: "kept", text: "kept", textLength: 4 };
    });
    const { agentId, blockId } = await make({ writes: "review" }, { tool_ids: [tool.body.id] });
    const said = await turn(agentId, "remember", {});
    expect(returnOf(said).content).toMatch(/^kept\n\nNot changed yet: /);
    expect(await textOf(blockId)).toBe(VALUE);
    expect(await proposalsOf(agentId)).toMatchObject([{ operation: "remember" }]);
  });

  test("code that calls tools, which sees the block as it is", async () => {
    sandbox.on("do()", async ({ functions }) => {
      const first = await functions!.call("memory_insert", { label: "human", new_string: "Likes tea" });
      const second = await functions!.call("memory_insert", { label: "human", new_string: "Likes cake" });
      return { text: `${String(first).slice(0, 15)} ${String(second).slice(0, 15)}`, textLength: 31 };
    });
    const tools = ["run_code_with_tools", "memory_insert"];
    const { agentId, blockId } = await make({ writes: "review" }, { tools });
    const said = await turn(agentId, "run_code_with_tools", { code: "do()" });
    expect(returnOf(said).content).toContain("Not changed yet: writes to memory block 'human' wait");
    expect(await textOf(blockId)).toBe(VALUE);
    const waiting = await proposalsOf(agentId);
    expect(waiting).toHaveLength(2);
    for (const { id } of waiting.toReversed()) expect((await accept(id)).status).toBe(200);
    expect((await textOf(blockId)).split("\n").sort()).toEqual(
      [...VALUE.split("\n"), "Likes tea", "Likes cake"].sort(),
    );
  });

  test("a sleep-time agent, and every other agent that shares the block", async () => {
    const { agentId, blockId } = await make({ writes: "review" }, { enable_sleeptime: true });
    const { managed_group } = (await t.api<WireAgent>("GET", `/v1/agents/${agentId}`)).body;
    const tender = managed_group!.agent_ids[0]!;
    await insert(tender, "Likes tea");
    const sharer = await t.api<WireAgent>("POST", "/v1/agents/", {
      model: "openai/gpt-4o-mini",
      block_ids: [blockId],
      tools: ["memory_insert"],
      include_base_tools: false,
    });
    await insert(sharer.body.id, "Likes cake");
    expect(await textOf(blockId)).toBe(VALUE);
    const waiting = await t.api<WireMemoryProposal[]>("GET", `/v1/memory-proposals?block_id=${blockId}`);
    expect(waiting.body.map((one) => one.agent_id).sort()).toEqual([sharer.body.id, tender].sort());
  });

  test.each(["letta_v1_agent", "memgpt_v2_agent", "memgpt_agent", "react_agent", "workflow_agent"])(
    "an agent of type %s",
    async (agent_type) => {
      const { agentId, blockId } = await make({ writes: "review" }, { agent_type });
      await insert(agentId, "Likes tea");
      expect(await textOf(blockId)).toBe(VALUE);
      expect(await proposalsOf(agentId)).toHaveLength(1);
    },
  );

  test("a tool that somebody runs by itself, for the agent", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    const args = { label: "human", new_string: "Likes tea" };
    const ran = await t.api<{ func_return: string }>("POST", `/v1/agents/${agentId}/tools/memory_insert/run`, { args });
    expect(ran.body.func_return).toMatch(/^Not changed yet: /);
    expect(await textOf(blockId)).toBe(VALUE);
    expect(await proposalsOf(agentId)).toMatchObject([{ run_id: null, cause: { kind: "api" } }]);
  });

  test("not a person or program that writes itself: an edit, an undo, a revert", async () => {
    const { blockId } = await make({ writes: "review", locked_lines: ["Bob"] });
    const before = (await versionsOf(blockId))[0]!.id;
    await t.api("PATCH", `/v1/blocks/${blockId}`, { value: "Rob" });
    expect(await textOf(blockId)).toBe("Rob");
    await t.api("POST", `/v1/blocks/${blockId}/revert`, { version_id: before });
    expect(await textOf(blockId)).toBe(VALUE);
  });

  test("the copy of an agent: its fork has the policy, and the fork's writes wait there", async () => {
    const { agentId } = await make({ writes: "review", locked_lines: ["Bob"] });
    const said = await insert(agentId, "Likes tea");
    const [step] = (await t.api<{ id: string }[]>("GET", `/v1/runs/${said.runId}/steps`)).body;
    const fork = await t.api<{ agent_id: string }>("POST", `/v1/steps/${step!.id}/fork`, { moment: "after" });
    const copy = (await t.api<WireAgent>("GET", `/v1/agents/${fork.body.agent_id}`)).body.blocks[0]!;
    const policy = await t.api<WireWritePolicy>("GET", `/v1/blocks/${copy.id}/write-policy`);
    expect(policy.body).toMatchObject({ writes: "review", locked_lines: ["Bob"], pending: 0 });
    await insert(fork.body.agent_id, "Likes cake");
    expect(await proposalsOf(fork.body.agent_id)).toHaveLength(1);
    expect(await proposalsOf(agentId)).toHaveLength(1);
  });

  test("a write that was made under the policy before is made again under the new one", async () => {
    const source = `def slow(text: str = ""):\n    """Does it.\n\n    Args:\n        text: a text\n    """`;
    const tool = await t.api<WireTool>("POST", "/v1/tools/", { source_code: source });
    const { agentId, blockId } = await make(null, { tool_ids: [tool.body.id] });
    sandbox.on("slow", async ({ agent }) => {
      await agent!.writeBlock("human", "in a hurry");
      await t.api("PUT", `/v1/blocks/${blockId}/write-policy`, { writes: "review" });
      return { value: "ok", text: "ok", textLength: 2 };
    });
    await turn(agentId, "slow", {});
    expect(await textOf(blockId)).toBe(VALUE);
    expect(await proposalsOf(agentId)).toMatchObject([{ status: "pending" }]);
  });
});

describe("locked lines (point 7)", () => {
  test("are kept from tools, in a sentence to the agent; the rest of the block is written at once", async () => {
    const { agentId, blockId } = await make({ locked_lines: ["Allergy: nuts"] });
    const said = await turn(agentId, "memory_replace", { label: "human", old_string: "nuts", new_string: "none" });
    expect(returnOf(said)).toMatchObject({ status: "error" });
    expect(returnOf(said).content).toContain("'Allergy: nuts' in memory block 'human'");
    expect(await textOf(blockId)).toBe(VALUE);
    await turn(agentId, "memory_replace", { label: "human", old_string: "Oslo", new_string: "Lisbon" });
    expect(await textOf(blockId)).toBe(VALUE.replace("Oslo", "Lisbon"));
    expect(await proposalsOf(agentId)).toEqual([]);
  });

  test("that a person rewrites are locked as they read then; one that a person removes holds once it is back", async () => {
    const { agentId, blockId } = await make({ locked_lines: ["Allergy: nuts", "Bob"] });
    await t.api("PATCH", `/v1/blocks/${blockId}`, { value: "Allergy: nuts and soy\nLives in Oslo" });
    const policy = async () => (await t.api<WireWritePolicy>("GET", `/v1/blocks/${blockId}/write-policy`)).body;
    expect(await policy()).toMatchObject({ locked_lines: ["Allergy: nuts and soy", "Bob"], missing_lines: ["Bob"] });
    const said = await turn(agentId, "memory_replace", { label: "human", old_string: " and soy", new_string: "" });
    expect(returnOf(said).status).toBe("error");
    await t.api("PATCH", `/v1/blocks/${blockId}`, { value: "Bob\nAllergy: nuts and soy" });
    expect((await policy()).missing_lines).toEqual([]);
  });

  test("are refused where they can't be lines, with what to do", async () => {
    const { blockId } = await make(null);
    const answer = await t.api<{ detail: unknown }>("PUT", `/v1/blocks/${blockId}/write-policy`, {
      locked_lines: ["two\nlines"],
    });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining("no line break")]);
  });
});

describe("held writes are ledger (point 7)", () => {
  test("a run that proposed, and one that was told, replay byte for byte", async () => {
    const { agentId } = await make({ writes: "review", locked_lines: ["Bob"] });
    const first = await insert(agentId, "Likes tea");
    const broken = await turn(agentId, "memory_replace", { label: "human", old_string: "Bob", new_string: "Rob" });
    const [proposal] = await proposalsOf(agentId);
    await refuse(proposal!.id, "No.");
    const told = await insert(agentId, "Likes cake");
    expect(alertsShown()).toHaveLength(1);
    const [cake] = await proposalsOf(agentId);
    await accept(cake!.id);
    for (const said of [first, broken, told]) {
      const replayed = await replayRun(t.ctx, said.runId);
      expect(replayed.firstDifference).toBeNull();
      expect(replayed.items.map((item) => JSON.stringify(item))).toEqual(
        said.items.map((item) => JSON.stringify(item)),
      );
    }
  });

  test("the time line tells of the proposal at its step and of the decision after it; the state as of then had neither", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    const said = await insert(agentId, "Likes tea");
    const [proposal] = await proposalsOf(agentId);
    await refuse(proposal!.id, "No.");
    const timeline = await t.api<TimelineEntry[]>("GET", `/v1/agents/${agentId}/timeline?types=proposal&order=asc`);
    expect(timeline.body).toMatchObject([
      { type: "proposal", event: "proposed", step_id: proposal!.step_id, seq: proposal!.seq },
      { type: "proposal", event: "refused", step_id: null, reason: "No.", cause: { kind: "api" } },
    ]);
    const [step] = (await t.api<{ id: string }[]>("GET", `/v1/runs/${said.runId}/steps`)).body;
    const state = await t.api<{ blocks: WireBlockVersion[] }>("GET", `/v1/agents/${agentId}/state?step_id=${step!.id}`);
    const [block] = state.body.blocks.filter((one) => one.block_id === blockId);
    expect(block).toMatchObject({ value: VALUE, write_policy: { writes: "review" } });
  });

  test("a change of the policy is a version with its cause, and one that changes nothing is none", async () => {
    const { blockId } = await make({ writes: "review" });
    const [head] = await versionsOf(blockId);
    expect(head).toMatchObject({ operation: "write-policy", value: VALUE, cause: { kind: "api" } });
    await t.api("PUT", `/v1/blocks/${blockId}/write-policy`, { writes: "review" });
    expect((await versionsOf(blockId))[0]!.id).toBe(head!.id);
  });

  test("erasing the block erases what was proposed to it, and erasing a passage what a proposal says again of it", async () => {
    const { agentId, blockId } = await make({ writes: "review" });
    await insert(agentId, "His number is 4711-0815-42");
    const texts = () =>
      t.core.db.query<{ value: string; edits: unknown }>(
        "SELECT value, edits FROM memory_proposal WHERE agent_id = $1",
        [agentId],
      );
    const passage = await t.api<{ id: string }[]>("POST", `/v1/agents/${agentId}/archival-memory`, {
      text: "His number is 4711-0815-42",
    });
    await t.api("DELETE", `/v1/agents/${agentId}/archival-memory/${passage.body[0]!.id}?erase=true`);
    expect(JSON.stringify(await texts())).not.toContain("4711-0815-42");
    await insert(agentId, "Likes tea");
    await t.api("DELETE", `/v1/blocks/${blockId}?erase=true`);
    expect((await texts()).map(({ value }) => value)).toEqual(["[erased]", "[erased]"]);
  });
});
