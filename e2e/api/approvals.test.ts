import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, MODEL, makeAgent, only, type Rig, refused, said, says, startRig, typesOf } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const LOOK = {
  name: "look",
  description: "Looks somewhere.",
  parameters: { type: "object", properties: { where: { type: "string" } }, required: ["where"] },
};
const insert = (id: string, text: string) => ({
  id,
  name: "memory_insert",
  args: { label: "human", new_string: text },
});

/** An agent that waits for a word on its call `c1`. */
async function waiting(...more: { id: string; name: string; args: Record<string, unknown> }[]) {
  const agent = await rig.letta.agents.create({
    model: MODEL,
    include_base_tools: false,
    tools: ["memory_insert", "conversation_search"],
    memory_blocks: [{ label: "human", value: "a" }],
    tool_rules: [{ type: "requires_approval", tool_name: "memory_insert" }],
    parallel_tool_calls: true,
  });
  rig.model.push({ text: "May I?", calls: [insert("c1", "b"), ...more] });
  const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("note b") });
  return { agent, reply };
}

const human = async (agentId: string) => (await rig.letta.agents.blocks.retrieve("human", { agent_id: agentId })).value;

describe("a call that needs an approval", () => {
  /** Which runs of an agent are said to wait, alone and in the list of summaries. */
  async function awaits(agentId: string): Promise<boolean[]> {
    const of = async (path: string) => {
      const { body } = await http(rig, "GET", `${path}?agent_id=${agentId}`);
      return (body as { awaits_approval?: boolean }[]).map((run) => run.awaits_approval ?? false);
    };
    const runs = await of("/v1/runs");
    expect(await of("/v1/runs/summaries")).toEqual(runs);
    return runs;
  }

  it("ends the run with a request that names the call; the run is completed", async () => {
    const { agent, reply } = await waiting();
    expect(typesOf(reply.messages)).toEqual(["assistant_message", "approval_request_message"]);
    expect(reply.messages[1]).toMatchObject({
      tool_call: { name: "memory_insert", tool_call_id: "c1" },
      tool_calls: [{ name: "memory_insert", tool_call_id: "c1" }],
    });
    expect(reply.stop_reason.stop_reason).toBe("requires_approval");
    expect(reply.messages[0]!.id, "words and request are one message").toBe(reply.messages[1]!.id);
    const listed = (await rig.letta.agents.messages.list(agent.id)).items.slice(-2);
    expect(listed.map((one) => one.id)).toEqual(reply.messages.map((one) => one.id));
    const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
    expect(run).toMatchObject({ status: "completed", stop_reason: "requires_approval" });
    expect(await awaits(agent.id)).toEqual([true]);
    expect(await human(agent.id)).toBe("a");
    const state = await rig.letta.agents.retrieve(agent.id, { include: ["agent.pending_approval"] });
    expect(state.pending_approval).toMatchObject({
      message_type: "approval_request_message",
      id: reply.messages[1]!.id,
    });
    expect(state.last_stop_reason).toBe("requires_approval");
  });

  it("refuses ordinary messages with 409 and the id of the request", async () => {
    const { agent, reply } = await waiting();
    const answer = await refused(rig.letta.agents.messages.create(agent.id, { messages: says("hello?") }));
    expect(answer.status).toBe(409);
    expect(answer.body).toEqual({
      detail: {
        code: "PENDING_APPROVAL",
        message:
          "CONFLICT: Cannot send a new message: The agent is waiting for approval on a tool call. Please approve or deny the pending request before continuing.",
        pending_request_id: reply.messages[1]!.id,
      },
    });
    const streamed = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
      body: { messages: says("hello?"), streaming: true },
    });
    expect([streamed.status, streamed.body]).toEqual([409, answer.body]);
  });

  it("runs when approved, and the agent goes on", async () => {
    const { agent } = await waiting();
    rig.model.push({ text: "Thanks." });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: [{ type: "approval", approvals: [{ type: "approval", tool_call_id: "c1", approve: true }] }],
    });
    expect(typesOf(reply.messages)).toEqual(["tool_return_message", "assistant_message"]);
    expect(reply.messages[0]).toMatchObject({ status: "success", tool_call_id: "c1" });
    expect(await human(agent.id)).toBe("a\nb");
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    const [response] = only(listed, "approval_response_message");
    expect(response).toMatchObject({
      approve: true,
      approval_request_id: "c1",
      reason: null,
      approvals: [{ type: "approval", tool_call_id: "c1", approve: true, reason: null }],
    });
    expect((await rig.letta.agents.retrieve(agent.id)).pending_approval).toBeNull();
    expect(await awaits(agent.id), "no run of it waits any more").toEqual([false, false]);
  });

  it("does not run when denied, and the agent is told why", async () => {
    const { agent } = await waiting();
    rig.model.push({ text: "As you wish." });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: [
        {
          type: "approval",
          approvals: [{ type: "approval", tool_call_id: "c1", approve: false, reason: "too private" }],
        },
      ],
    });
    expect(reply.messages[0]).toMatchObject({
      status: "error",
      tool_return: "Error: request to call tool denied. User reason: too private",
    });
    expect(said(reply.messages)).toBe("As you wish.");
    expect(await human(agent.id)).toBe("a");
    expect(rig.model.requests.at(-1)!.messages.at(-1)).toMatchObject({ role: "tool", tool_call_id: "c1" });
  });

  it("takes the older form, which names the request message", async () => {
    const { agent, reply } = await waiting();
    const request = reply.messages[1]!.id;
    const wrong = await refused(
      rig.letta.agents.messages.create(agent.id, {
        messages: [{ type: "approval", approve: true, approval_request_id: "message-x" }],
      }),
    );
    expect(wrong.status).toBe(400);
    await rig.letta.agents.messages.create(agent.id, {
      messages: [{ type: "approval", approve: true, approval_request_id: request }],
    });
    expect(await human(agent.id)).toBe("a\nb");
  });

  it("wants answers to exactly the calls that wait, and to none where none wait", async () => {
    const { agent } = await waiting();
    const approve = (...ids: string[]) =>
      rig.letta.agents.messages.create(agent.id, {
        messages: [
          { type: "approval", approvals: ids.map((id) => ({ type: "approval", tool_call_id: id, approve: true })) },
        ],
      });
    const wrong = await refused(approve("c2"));
    expect([wrong.status, wrong.body.detail]).toEqual([
      400,
      "Invalid tool call IDs. Expected '['c1']', but received '['c2']'.",
    ]);
    expect((await refused(approve("c1", "c2"))).status).toBe(400);
    expect((await refused(approve())).status).toBe(400);
    await approve("c1");
    const other = await makeAgent(rig);
    const none = await refused(
      rig.letta.agents.messages.create(other.id, {
        messages: [{ type: "approval", approvals: [{ type: "approval", tool_call_id: "c1", approve: true }] }],
      }),
    );
    expect([none.status, none.body.detail]).toEqual([
      400,
      "Cannot process approval response: No tool call is currently awaiting approval. Please send a regular message to interact with the agent.",
    ]);
  });

  it("is carried out once when the approval is sent again", async () => {
    const { agent } = await waiting();
    const body = {
      messages: [
        { type: "approval" as const, approvals: [{ type: "approval" as const, tool_call_id: "c1", approve: true }] },
      ],
    };
    const first = await rig.letta.agents.messages.create(agent.id, body);
    const again = await rig.letta.agents.messages.create(agent.id, body);
    expect(again.messages).toEqual(first.messages);
    expect(await human(agent.id)).toBe("a\nb");
  });

  it("may be answered with a message beside the approval", async () => {
    const { agent } = await waiting();
    rig.model.push({ text: "Both done." });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: [
        { type: "approval", approvals: [{ type: "approval", tool_call_id: "c1", approve: true }] },
        { role: "user", content: "and hurry" },
      ],
    });
    expect(said(reply.messages)).toBe("Both done.");
    const shown = rig.model.requests.at(-1)!.messages.map((message) => message.role);
    expect(shown.slice(-2)).toEqual(["tool", "user"]);
  });

  it("holds back the calls beside it, which run after the decision", async () => {
    const { agent, reply } = await waiting({ id: "c2", name: "conversation_search", args: { query: "note" } });
    expect(typesOf(reply.messages)).toEqual(["assistant_message", "tool_call_message", "approval_request_message"]);
    const answered = await rig.letta.agents.messages.create(agent.id, {
      messages: [{ type: "approval", approvals: [{ type: "approval", tool_call_id: "c1", approve: true }] }],
    });
    const [returned] = only(answered.messages, "tool_return_message");
    expect(returned!.tool_returns?.map((one) => one.tool_call_id).sort()).toEqual(["c1", "c2"]);
  });

  it("is denied by a cancellation, and the next message works", async () => {
    const { agent } = await waiting();
    const cancelled = await rig.letta.agents.messages.cancel(agent.id);
    expect(Object.values(cancelled)).toEqual(["cancelled"]);
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("never mind") });
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    const shown = JSON.stringify(rig.model.requests.at(-1)!.messages);
    expect(shown).toContain("The user cancelled the request, so the tool call was denied.");
    expect(await human(agent.id)).toBe("a");
  });
});

describe("a tool of the client", () => {
  it("is shown to the model, is run by the client, and its return goes to the model", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ calls: [{ id: "c1", name: "look", args: { where: "outside" } }] }, { text: "It rains." });
    const asked = await rig.letta.agents.messages.create(agent.id, {
      messages: says("how is the weather?"),
      client_tools: [LOOK],
    });
    expect(typesOf(asked.messages)).toEqual(["approval_request_message"]);
    expect(asked.stop_reason.stop_reason).toBe("requires_approval");
    expect(rig.model.requests[0]!.tools).toMatchObject([
      { function: { name: "look", description: "Looks somewhere.", parameters: { required: ["where"] } } },
    ]);
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: [
        {
          type: "approval",
          approvals: [
            {
              type: "tool",
              tool_call_id: "c1",
              tool_return: "rain",
              status: "success",
              stdout: ["looked"],
              stderr: null,
            },
          ],
        },
      ],
      client_tools: [LOOK],
    });
    expect(typesOf(reply.messages)).toEqual(["tool_return_message", "assistant_message"]);
    expect(reply.messages[0]).toMatchObject({ tool_return: "rain", status: "success", stdout: ["looked"] });
    expect(rig.model.requests[1]!.messages.at(-1)).toMatchObject({ role: "tool", tool_call_id: "c1" });
    expect(JSON.stringify(rig.model.requests[1]!.messages.at(-1)!.content)).toContain("rain");
  });

  it("may fail, and answers several calls at once", async () => {
    const agent = await makeAgent(rig, { parallel_tool_calls: true });
    rig.model.push(
      {
        calls: [
          { id: "c1", name: "look", args: { where: "here" } },
          { id: "c2", name: "look", args: { where: "there" } },
        ],
      },
      { text: "Only here." },
    );
    await rig.letta.agents.messages.create(agent.id, { messages: says("look"), client_tools: [LOOK] });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: [
        {
          type: "approval",
          approvals: [
            { type: "tool", tool_call_id: "c2", tool_return: "fog", status: "error" },
            { type: "tool", tool_call_id: "c1", tool_return: "sun", status: "success" },
          ],
        },
      ],
      client_tools: [LOOK],
    });
    const [returned] = only(reply.messages, "tool_return_message");
    expect(returned!.tool_returns?.map((one) => [one.tool_call_id, one.status])).toEqual([
      ["c1", "success"],
      ["c2", "error"],
    ]);
  });

  it("takes the place of the server's tool of its name", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    rig.model.push({ calls: [insert("c1", "b")] });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: says("note b"),
      client_tools: [{ name: "memory_insert" }],
    });
    expect(reply.stop_reason.stop_reason).toBe("requires_approval");
    expect(await human(agent.id)).toBe("a");
  });

  it("may return its answer as `tool_return` too", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ calls: [{ id: "c1", name: "look", args: { where: "up" } }] }, { text: "Stars." });
    await rig.letta.agents.messages.create(agent.id, { messages: says("look"), client_tools: [LOOK] });
    const { status, body } = await http(rig, "POST", `/v1/agents/${agent.id}/messages`, {
      body: {
        messages: [
          {
            type: "tool_return",
            tool_returns: [{ type: "tool", tool_call_id: "c1", tool_return: "stars", status: "success" }],
          },
        ],
      },
    });
    expect([status, said((body as { messages: [] }).messages)]).toEqual([200, "Stars."]);
  });
});
