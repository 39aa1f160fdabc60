import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openTestCore } from "../testing/harness";
import { openRunningCore, type RunningCore } from "../testing/running-core";

const ASK = "send_message_to_agent_and_wait_for_reply";
const TELL = "send_message_to_agent_async";
const ASK_ALL = "send_message_to_agents_matching_tags";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());
beforeEach(() => {
  t.requests.length = 0;
  t.otherwise.script = null;
});

let count = 0;
async function makeAgent(body: Record<string, unknown> = {}): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    name: `agent ${count++}`,
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    include_multi_agent_tools: true,
    include_base_tool_rules: false,
    ...body,
  });
  expect(made.status).toBe(200);
  return made.body.id;
}
const call = (name: string, args: Record<string, unknown>) => calls({ id: `c-${count++}`, name, args });

/** The returns of the tools that an agent called in a run. */
async function returnsOf(runId: string): Promise<{ status: string; tool_return: string }[]> {
  const messages = (await t.api<Record<string, unknown>[]>("GET", `/v1/runs/${runId}/messages`)).body;
  return messages.flatMap((one) =>
    one.message_type === "tool_return_message"
      ? [{ status: String(one.status), tool_return: String(one.tool_return) }]
      : [],
  );
}
const messagesOf = async (agentId: string) =>
  (await t.api<Record<string, unknown>[]>("GET", `/v1/agents/${agentId}/messages`)).body;

describe(ASK, () => {
  test("brings the answer, and the called run names the call that it came from", async () => {
    const [asker, other] = [await makeAgent(), await makeAgent()];
    t.push(call(ASK, { message: "What is 6 times 7?", other_agent_id: other }), says("It's 42."), says("They say 42."));
    const { runId } = await t.say({ agentId: asker }, "ask them");
    expect(await returnsOf(runId)).toEqual([
      { status: "success", tool_return: `{'agent_id': '${other}', 'response': ["It's 42."]}` },
    ]);
    const [heard] = (await messagesOf(other)).filter((one) => one.message_type === "system_message").slice(-1);
    expect(heard).toMatchObject({
      sender_id: asker,
      content: `[Incoming message from agent with ID '${asker}' - your response will be delivered to the sender] What is 6 times 7?`,
    });
    const [called] = (await t.api<{ id: string; metadata: unknown }[]>("GET", `/v1/runs?agent_id=${other}`)).body;
    const [step] = (await t.api<{ id: string }[]>("GET", `/v1/runs/${runId}/steps?order=asc`)).body;
    expect(called!.metadata).toMatchObject({
      run_type: "send_message",
      called_by: { agent_id: asker, run_id: runId, step_id: step!.id, tool_call_id: expect.any(String) },
    });
  });

  test("says so when nothing was answered", async () => {
    const [asker, other] = [
      await makeAgent(),
      await makeAgent({
        tools: ["memory_finish_edits"],
        tool_rules: [{ type: "exit_loop", tool_name: "memory_finish_edits" }],
      }),
    ];
    t.push(call(ASK, { message: "?", other_agent_id: other }), call("memory_finish_edits", {}), says("ok"));
    const { runId } = await t.say({ agentId: asker }, "ask");
    expect((await returnsOf(runId))[0]!.tool_return).toBe(`{'agent_id': '${other}', 'response': ['<no response>']}`);
  });

  test("hears agents that speak by send_message", async () => {
    const other = await makeAgent({ agent_type: "memgpt_v2_agent", include_base_tools: true });
    const asker = await makeAgent();
    t.push(
      call(ASK, { message: "hi", other_agent_id: other }),
      call("send_message", { message: "Hello there.", thinking: "they greet me" }),
      says("ok"),
    );
    const { runId } = await t.say({ agentId: asker }, "ask");
    expect((await returnsOf(runId))[0]!.tool_return).toBe(`{'agent_id': '${other}', 'response': ['Hello there.']}`);
  });

  test.each([
    ["itself", async (asker: string) => asker, "an agent can't send a message to itself"],
    ["nobody", async () => "agent-00000000-0000-4000-8000-00000000dead", "was not delivered: agent not found"],
    ["nonsense", async () => "bob", "was not delivered: agent not found"],
  ])("is an error when it is for %s, and the agent goes on", async (_, otherOf, words) => {
    const asker = await makeAgent();
    t.push(call(ASK, { message: "hi", other_agent_id: await otherOf(asker) }), says("I can't."));
    const { runId, stopReason } = await t.say({ agentId: asker }, "ask");
    expect(await returnsOf(runId)).toEqual([{ status: "error", tool_return: expect.stringContaining(words) }]);
    expect(stopReason).toBe("end_turn");
  });

  test("is an error at once when the other is at work, or waits for the one who asks", async () => {
    const [a, b] = [await makeAgent(), await makeAgent()];
    // a asks b, b asks a back, is refused, and answers.
    t.push(
      call(ASK, { message: "hi", other_agent_id: b }),
      call(ASK, { message: "hi back", other_agent_id: a }),
      says("They are waiting for me."),
      says("Done."),
    );
    const { runId, stopReason } = await t.say({ agentId: a }, "start");
    expect(stopReason).toBe("end_turn");
    expect((await returnsOf(runId))[0]!.tool_return).toContain("They are waiting for me.");
    const [inner] = (await t.api<{ id: string }[]>("GET", `/v1/runs?agent_id=${b}`)).body;
    expect((await returnsOf(inner!.id))[0]).toMatchObject({
      status: "error",
      tool_return: expect.stringContaining("is itself waiting for the end of this conversation"),
    });

    let open = () => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    t.push(async function* () {
      await opened;
      yield* says("Now.");
    });
    const busy = t.say({ agentId: b }, "work");
    await expect.poll(() => t.core.runs.active().length).toBe(1);
    t.push(call(ASK, { message: "hi", other_agent_id: b }), says("Busy."));
    const refused = await t.say({ agentId: a }, "again");
    expect((await returnsOf(refused.runId))[0]).toMatchObject({
      status: "error",
      tool_return: expect.stringContaining("Another request is currently being processed"),
    });
    open();
    await busy;
  });

  test("is not passed on without end", async () => {
    const agents: string[] = [];
    for (let i = 0; i < 10; i++) agents.push(await makeAgent());
    for (const next of agents.slice(1)) t.push(call(ASK, { message: "pass on", other_agent_id: next }));
    t.otherwise.script = says("Enough.");
    const { stopReason } = await t.say({ agentId: agents[0]! }, "start");
    expect(stopReason).toBe("end_turn");
    const ran = await Promise.all(
      agents.map(async (id) => (await t.api<unknown[]>("GET", `/v1/runs?agent_id=${id}`)).body.length),
    );
    expect(ran).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0]);
  });

  test("ends the other's run when the asker's is cancelled", async () => {
    const [asker, other] = [await makeAgent(), await makeAgent()];
    t.push(call(ASK, { message: "hi", other_agent_id: other }), async function* (_request, signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
      yield { type: "error", error: { kind: "cancelled", message: "c", detail: null, status: null } };
    });
    const said = t.say({ agentId: asker }, "ask");
    await expect.poll(() => t.core.runs.active().length).toBe(2);
    await t.api("POST", `/v1/agents/${asker}/messages/cancel`);
    expect((await said).stopReason).toBe("cancelled");
    const [inner] = (await t.api<{ status: string }[]>("GET", `/v1/runs?agent_id=${other}`)).body;
    expect(inner!.status).toBe("cancelled");
  });

  test("reaches no agent of another organization", async () => {
    const asker = await makeAgent();
    const org = (await t.api<{ id: string }>("POST", "/v1/admin/orgs", {})).body;
    const user = (await t.api<{ id: string }>("POST", "/v1/admin/users", { name: "u", organization_id: org.id })).body;
    const foreign = { ...t.ctx, actor: { organizationId: org.id, userId: user.id } };
    const { createAgent } = await import("../agents/create-agent");
    const { createAgentBody } = await import("@/lib/api/agents");
    const other = await createAgent(
      foreign,
      createAgentBody.parse({ model: "openai/gpt-4o-mini", tags: ["helper-x"] }),
    );
    t.push(
      call(ASK, { message: "hi", other_agent_id: other }),
      call(ASK_ALL, { message: "hi", match_all: ["helper-x"], match_some: [] }),
      says("Nobody."),
    );
    const { runId } = await t.say({ agentId: asker }, "ask");
    const [one, all] = await returnsOf(runId);
    expect(one).toMatchObject({ status: "error", tool_return: expect.stringContaining("not found") });
    expect(all).toEqual({ status: "success", tool_return: "[]" });
  });
});

describe(TELL, () => {
  test("delivers without waiting, as a run of its own", async () => {
    const [sender, other] = [await makeAgent(), await makeAgent()];
    t.push(call(TELL, { message: "FYI", other_agent_id: other }));
    t.otherwise.script = says("Thanks.");
    const { runId } = await t.say({ agentId: sender }, "tell them");
    expect(await returnsOf(runId)).toEqual([{ status: "success", tool_return: "Successfully sent message" }]);
    await t.core.runs.drain(5000);
    const heard = (await messagesOf(other)).filter((one) => one.message_type === "system_message").at(-1);
    expect(heard!.content).toBe(
      `[Incoming message from agent with ID '${sender}' - this is a one-way notification; if you need to respond, use an agent-to-agent messaging tool if available] FYI`,
    );
    const [run] = (await t.api<Record<string, unknown>[]>("GET", `/v1/runs?agent_id=${other}`)).body;
    expect(run).toMatchObject({ background: true, status: "completed", metadata: { called_by: { run_id: runId } } });
  });
});

describe(ASK_ALL, () => {
  test("asks all others with the tags, and each answers or says why not", async () => {
    const asker = await makeAgent({ tags: ["team", "red"] });
    const [red, blue, plain] = [
      await makeAgent({ tags: ["team", "red"] }),
      await makeAgent({ tags: ["team", "blue"] }),
      await makeAgent({ tags: ["team"] }),
    ];
    const ask = async (match_all: string[], match_some: string[]) => {
      t.push(call(ASK_ALL, { message: "report", match_all, match_some }));
      t.otherwise.script = says("Here.");
      const { runId } = await t.say({ agentId: asker }, "ask all");
      return (await returnsOf(runId))[0]!.tool_return;
    };
    const answer = (id: string) => `{'agent_id': '${id}', 'response': ['Here.']}`;
    expect(await ask(["team"], [])).toBe(`[${[red, blue, plain].map(answer).join(", ")}]`);
    expect(await ask(["team"], ["red", "blue"])).toBe(`[${[red, blue].map(answer).join(", ")}]`);
    expect(await ask(["team", "blue"], [])).toBe(`[${answer(blue)}]`);
    expect(await ask(["nobody"], [])).toBe("[]");
    expect(await ask([], [])).toContain("give at least one tag");

    t.otherwise.script = [{ type: "error", error: { kind: "llm_error", message: "down", detail: null, status: null } }];
    t.push(call(ASK_ALL, { message: "report", match_all: ["blue"], match_some: [] }));
    const { items } = await t.say({ agentId: asker }, "ask blue");
    expect(JSON.stringify(items)).toContain(`<error: Error: agent ${blue} could not answer: down>`);
  });
});

test("the tools exist for an organization that is new", async () => {
  const fresh = await openTestCore();
  const tools = (await fresh.api<{ name: string }[]>("GET", "/v1/tools/?limit=100")).body.map((tool) => tool.name);
  expect(tools).toEqual(expect.arrayContaining([ASK, TELL, ASK_ALL]));
  await fresh.close();
});
