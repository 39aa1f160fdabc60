import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { MessageInput } from "@/lib/api/messages";
import type { ModelEvent } from "@/lib/engine/model";
import { callEvents, calls, fails, finish, type Script, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore, type Said, say } from "../testing/running-core";
import { replayRun } from "./replay";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function agent(body: Record<string, unknown> = {}): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert", "memory", "conversation_search", "archival_memory_insert"],
    ...body,
  });
  expect(made.status).toBe(200);
  return made.body.id;
}

/** Replays a run that was captured, and expects every byte of it. */
async function expectSame(said: Said): Promise<void> {
  const replayed = await replayRun(t.ctx, said.runId);
  expect(replayed.firstDifference).toBeNull();
  expect(replayed.items.map((item) => JSON.stringify(item))).toEqual(said.items.map((item) => JSON.stringify(item)));
  expect(replayed.identical).toBe(true);
}

const insert = (id: string, text: string) =>
  calls({ id, name: "memory_insert", args: { label: "human", new_string: text } });
const thought: ModelEvent[] = [{ type: "reasoning", text: "Hm" }, { type: "reasoning", text: "…" }, finish("stop")];

describe("law 4: a replay of a run yields its items, byte for byte", () => {
  test("text, with reasoning and its signature", async () => {
    t.push([{ type: "reasoning", text: "Let me think.", signature: "sig" }, ...says("Hello, Bob.")]);
    await expectSame(await t.say({ agentId: await agent() }, "Hi"));
  });

  test("several steps with memory edits, a block that is made, and a note", async () => {
    const agentId = await agent();
    t.push(
      insert("a", "Likes tea"),
      calls({ id: "b", name: "memory", args: { command: "create", path: "/memories/plans", description: "Plans" } }),
      calls({ id: "c", name: "archival_memory_insert", args: { content: "Bob has a cat." } }),
      calls({ id: "d", name: "conversation_search", args: { query: "tea" } }),
      says("Done."),
    );
    const said = await t.say({ agentId }, "Note this");
    await expectSame(said);
    await t.api("PATCH", `/v1/agents/${agentId}`, { system: "You are someone else now." });
    t.push(says("Else."));
    await t.say({ agentId }, "And now?");
    await expectSame(said);
  });

  test("a later run, whose transcript comes from the database", async () => {
    const agentId = await agent();
    t.push(insert("a", "Likes 🍵 \u0000and more"), [{ type: "text", text: "Do\0ne \ud83c" }, ...says("\udf75!")]);
    await expectSame(await t.say({ agentId }, "Note this", { background: true }));
    t.push(insert("b", "Has a cat"), says("Done too."));
    await expectSame(await t.say({ agentId }, "And this"));
  });

  test("heartbeats, with their times", async () => {
    const agentId = await agent({ agent_type: "memgpt_v2_agent", tools: [], include_base_tools: true });
    const beat = { label: "human", new_string: "Likes tea", thinking: "Note.", request_heartbeat: true };
    const message = { thinking: "Say it.", message: "Noted." };
    t.push(
      calls({ id: "a", name: "memory_insert", args: beat }),
      calls({ id: "b", name: "send_message", args: message }),
    );
    await expectSame(await t.say({ agentId }, "I like tea"));
  });

  test("replies that were thrown away, and calls without ids", async () => {
    const agentId = await agent();
    t.push(
      thought,
      calls({ id: "", name: "memory_insert", args: { label: "human", new_string: "x" } }),
      thought,
      says("Hi."),
    );
    await expectSame(await t.say({ agentId }, "Hi"));
    t.push(thought, thought, thought);
    await expectSame(await t.say({ agentId }, "Hi again"));
  });

  test("errors: at the provider before and after the first word, malformed arguments, max_steps", async () => {
    const agentId = await agent();
    t.push([fails("llm_rate_limit")]);
    await expectSame(await t.say({ agentId }, "1"));
    t.push([
      { type: "text", text: "Half a" },
      ...callEvents({ id: "z", name: "memory", args: {} }),
      fails("llm_error"),
    ]);
    await expectSame(await t.say({ agentId }, "2"));
    t.push(calls({ id: "m", name: "memory_insert", args: '{"label": ' }), says("Sorry."));
    await expectSame(await t.say({ agentId }, "3"));
    t.push(insert("x", "1"), insert("y", "2"));
    await expectSame(await t.say({ agentId }, "4", { maxSteps: 2 }));
  });

  test("tool rules and refused calls", async () => {
    const agentId = await agent({
      tool_rules: [
        { type: "run_first", tool_name: "conversation_search" },
        { type: "constrain_child_tools", tool_name: "conversation_search", children: ["memory_insert"] },
        { type: "required_before_exit", tool_name: "memory" },
      ],
    });
    t.push(
      insert("a", "too early"),
      calls({ id: "b", name: "conversation_search", args: { query: "tea" } }),
      insert("c", "now"),
      says("Bye."),
      calls({ id: "d", name: "memory", args: { command: "create", path: "/memories/x", description: "X" } }),
      says("Bye now."),
    );
    await expectSame(await t.say({ agentId }, "Go"));
  });

  test("client tools, approvals and what was said with them, in both runs", async () => {
    const agentId = await agent();
    await t.api("PATCH", `/v1/agents/${agentId}/tools/approval/memory_insert`, { requires_approval: true });
    const clientTools = [{ name: "open", description: "Opens.", parameters: { type: "object", properties: {} } }];
    t.push([
      ...callEvents({ id: "a", name: "memory_insert", args: { label: "human", new_string: "x" } }),
      ...callEvents({ id: "b", name: "conversation_search", args: { query: "tea" } }),
      ...callEvents({ id: "c", name: "open", args: {} }),
      finish("tool-calls"),
    ]);
    const asked = await t.say({ agentId }, "Go", { clientTools });
    expect(asked.stopReason).toBe("requires_approval");
    await expectSame(asked);
    const inputs: MessageInput[] = [
      {
        type: "approval",
        approvals: [
          { type: "approval", tool_call_id: "a", approve: false, reason: "No." },
          { type: "tool", tool_call_id: "c", tool_return: "opened", status: "success" },
        ],
      },
      { type: "message", role: "user", content: "And hurry." },
    ];
    // Without parallel calls only the first counts: then only that one waits.
    const waiting = new Set(asked.items.flatMap((item) => ("call" in item ? [item.call.id] : [])));
    const approval = inputs[0] as Extract<MessageInput, { type: "approval" }>;
    approval.approvals = approval.approvals!.filter((one) => waiting.has(one.tool_call_id));
    t.push(says("Very well."));
    await expectSame(await say(t.ctx, { agentId }, inputs, { clientTools }));
  });

  test("an approved tool that ends the run, which has no step of its own", async () => {
    const agentId = await agent({
      tool_rules: [
        { type: "exit_loop", tool_name: "memory_insert" },
        { type: "requires_approval", tool_name: "memory_insert" },
      ],
    });
    t.push(insert("a", "x"));
    await t.say({ agentId }, "Go");
    const approvals = [{ type: "approval" as const, tool_call_id: "a", approve: true }];
    const said = await say(t.ctx, { agentId }, [{ type: "approval", approvals }]);
    expect(said.stopReason).toBe("tool_rule");
    await expectSame(said);
  });

  test("compaction before a step, and after an overflow", async () => {
    const agentId = await agent({ context_window_limit: 8000 });
    for (let turn = 0; turn < 6; turn++) {
      t.push(says(`Answer ${turn}.`, { input: turn === 5 ? 7900 : 100 }));
      await t.say({ agentId }, `Question ${turn}`);
    }
    t.push(says("They asked six questions."), says("Seventh."));
    const compacted = await t.say({ agentId }, "Question 7");
    expect(compacted.items.some((item) => item.type === "summary")).toBe(true);
    await expectSame(compacted);
    t.push([fails("context_window_exceeded")], says("Seven questions."), says("Eighth."));
    const overflown = await t.say({ agentId }, "Question 8");
    expect(overflown.items.some((item) => item.type === "summary")).toBe(true);
    await expectSame(overflown);
  });

  test("a run that was cancelled in the middle of a word", async () => {
    const agentId = await agent();
    const script: Script = async function* (_request, signal) {
      yield { type: "text", text: "One " };
      yield { type: "text", text: "two " };
      for (const run of t.ctx.runs.active()) run.abort();
      if (signal.aborted) yield fails("cancelled");
    };
    t.push(insert("a", "x"), script);
    const said = await t.say({ agentId }, "Count");
    expect(said.stopReason).toBe("cancelled");
    await expectSame(said);
  });

  test("skills, an overridden system prompt and another model, for one request", async () => {
    const agentId = await agent();
    t.push(says("Plain."));
    await t.say({ agentId }, "Hi");
    t.push(insert("a", "x"), says("Arr."));
    const said = await t.say({ agentId }, "Hi", {
      overrideSystem: "You are a pirate.",
      overrideModel: "anthropic/claude-sonnet-4-5",
      clientSkills: [{ name: "sail", description: "How to sail", location: "/sail" }],
    });
    expect(t.requests.at(-1)!.system).toContain("You are a pirate.");
    await expectSame(said);
  });

  test("the journal of a background run, with its numbers", async () => {
    const agentId = await agent();
    for (const tokens of [true, false]) {
      t.push(insert(`a${tokens}`, "x"), says("Hello there."));
      const said = await t.say({ agentId }, "Hi", { background: true, tokens });
      await t.ctx.runs.find(said.runId)?.done;
      expect(await replayRun(t.ctx, said.runId)).toMatchObject({ identical: true, firstDifference: null });
    }
  });

  test("a record that was tampered with is found, and the first difference named", async () => {
    const agentId = await agent();
    t.push(insert("a", "Likes tea"), says("Done."));
    const said = await t.say({ agentId }, "Note this");
    await t.core.db.query(
      `UPDATE message SET parts = replace(parts::text, 'Likes tea', 'Likes rum')::jsonb WHERE run_id = $1 AND role = 'tool'`,
      [said.runId],
    );
    const replayed = await replayRun(t.ctx, said.runId);
    expect(replayed).toMatchObject({ identical: false });
    expect(replayed.firstDifference).toMatch(/message 2 of the request|the model is asked|may be called/);
    expect(replayed.items.length).toBeGreaterThan(0);
  });

  test("a replay writes nothing", async () => {
    const agentId = await agent();
    t.push(insert("a", "Likes tea"), says("Done."));
    const said = await t.say({ agentId }, "Note this");
    const before = await t.rowCounts();
    await replayRun(t.ctx, said.runId);
    expect(await t.rowCounts()).toEqual(before);
  });
});
