import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, http, MODEL, type Rig, rawFrames, said, startRig, until } from "../support/api";
import { olderClient } from "../support/letta-0";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
beforeEach(() => rig.model.reset());
afterAll(() => rig.stop());

const makeAgent = (body: Record<string, unknown> = {}) =>
  rig.letta.agents.create({ model: MODEL, include_base_tools: false, ...body });

describe("groups, through the older client", () => {
  it("are made, changed, listed, counted and deleted, and answer together", async () => {
    const { groups, agents } = olderClient(rig.url).client;
    const [ann, bob] = [await makeAgent({ name: "Ann" }), await makeAgent({ name: "Bob" })];
    const made = await groups.create({ agentIds: [ann.id, bob.id], description: "a team" });
    expect(made).toMatchObject({ managerType: "round_robin", agentIds: [ann.id, bob.id], sharedBlockIds: [] });
    expect((await groups.modify(made.id, { description: "the team" })).description).toBe("the team");
    expect((await groups.list({ managerType: "round_robin" })).map((one) => one.id)).toEqual([made.id]);
    expect(await groups.count()).toBe(1);
    expect((await agents.groups.list(ann.id)).map((one) => one.id)).toEqual([made.id]);

    rig.model.push({ text: "Tea." }, { text: "Coffee." });
    const reply = await groups.messages.create(made.id, { messages: [{ role: "user", content: "What to drink?" }] });
    expect(said(reply.messages as never)).toBe("");
    expect(reply.messages.map((one) => "content" in one && one.content)).toEqual(["Tea.", "Coffee."]);
    expect(JSON.stringify(rig.model.requests[1]!.messages)).toContain("Ann: Tea.");
    rig.model.push({ text: "Milk." }, { text: "Water." });
    const response = await fetch(`${rig.url}/v1/groups/${made.id}/messages/stream`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ messages: [{ role: "user", content: "And now?" }] }),
    });
    const frames = await all(rawFrames(response));
    expect(JSON.stringify(frames)).toContain("Water.");
    expect((await groups.messages.list(made.id, { limit: 100 })).length).toBeGreaterThan(7);
    await groups.messages.reset(made.id);
    await groups.delete(made.id);
    expect(await groups.count()).toBe(0);
  });
});

describe("an agent with enable_sleeptime", () => {
  it("has its memory tended in the background, on the turn that its answer names", async () => {
    const { letta } = rig;
    const agent = await letta.agents.create({
      name: "Sam",
      model: MODEL,
      enable_sleeptime: true,
      include_base_tools: false,
      memory_blocks: [{ label: "human", value: "Bob" }],
    });
    expect(agent.managed_group).toMatchObject({ manager_type: "sleeptime", sleeptime_agent_frequency: 5 });
    const [tenderId] = agent.managed_group!.agent_ids;
    expect((await letta.agents.retrieve(tenderId!)).name).toBe("Sam-sleeptime");

    rig.model.push(
      { text: "Noted." },
      { calls: [{ name: "memory_rethink", args: { label: "human", new_memory: "Bob, who likes tea" } }] },
      { calls: [{ name: "memory_finish_edits", args: {} }] },
    );
    const reply = await letta.agents.messages.create(agent.id, { input: "I like tea" });
    const [runId] = reply.usage.run_ids ?? [];
    const run = await until("the sleep-time run", async () => {
      const one = await letta.runs.retrieve(runId!);
      return one.status === "completed" && one;
    });
    expect(run).toMatchObject({ agent_id: tenderId, background: true, stop_reason: "tool_rule" });
    expect((await letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toBe("Bob, who likes tea");

    await letta.agents.delete(agent.id);
    expect(await all(letta.agents.list({}))).not.toContainEqual(expect.objectContaining({ id: tenderId }));
    expect((await http(rig, "GET", `/v1/groups/${agent.managed_group!.id}`)).status).toBe(404);
  });
});

describe("agents that speak with each other", () => {
  it("do so by their tools, and each keeps what it heard and said", async () => {
    const { letta } = rig;
    const [asker, other] = [
      await makeAgent({ tools: ["send_message_to_agent_and_wait_for_reply"] }),
      await makeAgent({ tags: ["helper"] }),
    ];
    rig.model.push(
      {
        calls: [
          {
            name: "send_message_to_agent_and_wait_for_reply",
            args: { message: "6 times 7?", other_agent_id: other.id },
          },
        ],
      },
      { text: "42" },
      { text: "They say 42." },
    );
    const reply = await letta.agents.messages.create(asker.id, { input: "ask the helper" });
    expect(said(reply.messages)).toBe("They say 42.");
    expect(JSON.stringify(reply.messages)).toContain(`{'agent_id': '${other.id}', 'response': ['42']}`);
    const heard = (await letta.agents.messages.list(other.id)).items;
    expect(JSON.stringify(heard)).toContain(`[Incoming message from agent with ID '${asker.id}' - your response`);
  });
});
