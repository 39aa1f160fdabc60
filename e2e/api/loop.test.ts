import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { all, makeAgent, only, type Rig, said, says, startRig, typesOf } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const insert = (text: string, extra: Record<string, unknown> = {}) => ({
  name: "memory_insert",
  args: { label: "human", new_string: text, ...extra },
});
const search = (query = "x") => ({ name: "conversation_search", args: { query } });
const send = (message: string, thought: Record<string, unknown> = {}) => ({
  name: "send_message",
  args: { ...thought, message },
});
type Rules = NonNullable<Parameters<typeof makeAgent>[1]>["tool_rules"];
const ruled = (tool_rules: Rules, tools = ["memory_insert", "conversation_search", "send_message"]) =>
  makeAgent(rig, { tools, tool_rules, memory_blocks: [{ label: "human", value: "a" }] });
const toolsShown = (index: number) => rig.model.requests[index]!.tools?.map((tool) => tool.function.name).sort();

describe("the loop", () => {
  it("goes on after a call and stops at text", async () => {
    const agent = await ruled([]);
    rig.model.push({ calls: [search()] }, { calls: [insert("b")] }, { text: "Done." });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(reply.usage.step_count).toBe(3);
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
  });

  it("stops at max_steps, as a completed run, and the next message works", async () => {
    const agent = await ruled([]);
    rig.model.otherwise = () => ({ calls: [search()] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go"), max_steps: 2 });
    expect(reply.stop_reason.stop_reason).toBe("max_steps");
    expect(typesOf(reply.messages).filter((type) => type === "tool_return_message")).toHaveLength(2);
    const [run] = await all(rig.letta.runs.list({ agent_id: agent.id }));
    expect(run).toMatchObject({ status: "completed", stop_reason: "max_steps" });
    rig.model.reset();
    expect((await rig.letta.agents.messages.create(agent.id, { input: "ok" })).stop_reason.stop_reason).toBe(
      "end_turn",
    );
  });

  it("runs the calls of one turn together where they are parallel, and only the first where not", async () => {
    const together = await makeAgent(rig, { tools: ["conversation_search"], parallel_tool_calls: true });
    rig.model.push({ calls: [search("a"), search("b")] });
    const both = await rig.letta.agents.messages.create(together.id, { messages: says("go") });
    const [returned] = only(both.messages, "tool_return_message");
    expect(returned!.tool_returns).toHaveLength(2);
    const alone = await ruled([{ type: "continue_loop", tool_name: "conversation_search" }]);
    rig.model.push({ calls: [search("a"), search("b")] });
    const one = await rig.letta.agents.messages.create(alone.id, { messages: says("go") });
    expect(only(one.messages, "tool_return_message")[0]!.tool_returns).toHaveLength(1);
  });

  it("says max_tokens_exceeded when the model ran out of tokens", async () => {
    const agent = await makeAgent(rig);
    rig.model.push({ text: "and then", finish: "length" });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("tell me") });
    expect(reply.stop_reason.stop_reason).toBe("max_tokens_exceeded");
  });
});

describe("tool rules", () => {
  it("exit_loop ends the run with tool_rule", async () => {
    const agent = await ruled([{ type: "exit_loop", tool_name: "memory_insert" }]);
    rig.model.push({ calls: [insert("b")] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(reply.stop_reason.stop_reason).toBe("tool_rule");
    expect(rig.model.requests).toHaveLength(1);
  });

  it("run_first allows only that tool at first", async () => {
    const agent = await ruled([{ type: "run_first", tool_name: "memory_insert" }]);
    rig.model.push({ calls: [insert("b")] });
    await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(toolsShown(0)).toEqual(["memory_insert"]);
    expect(rig.model.requests[0]!.tool_choice).toMatchObject({ function: { name: "memory_insert" } });
    expect(toolsShown(1)).toHaveLength(3);
  });

  it("constrain_child_tools allows only children next; another call is refused with the contract's words", async () => {
    const agent = await ruled([
      { type: "constrain_child_tools", tool_name: "conversation_search", children: ["memory_insert"] },
    ]);
    rig.model.push({ calls: [search()] }, { calls: [search()] }, { calls: [insert("b")] }, { text: "ok" });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(toolsShown(1)).toEqual(["memory_insert"]);
    const returns = only(reply.messages, "tool_return_message");
    expect(returns[1]).toMatchObject({ status: "error" });
    expect(returns[1]!.tool_return).toContain(
      "[ToolConstraintError] Cannot call conversation_search, valid tools include: ['memory_insert'].",
    );
    expect(returns[2]).toMatchObject({ status: "success" });
  });

  it("max_count_per_step hides a tool after so many uses of one run", async () => {
    const agent = await ruled([{ type: "max_count_per_step", tool_name: "conversation_search", max_count_limit: 2 }]);
    rig.model.push({ calls: [search()] }, { calls: [search()] }, { text: "ok" });
    await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(toolsShown(1)).toContain("conversation_search");
    expect(toolsShown(2)).not.toContain("conversation_search");
    await rig.letta.agents.messages.create(agent.id, { messages: says("again") });
    expect(toolsShown(3)).toContain("conversation_search");
  });

  it("required_before_exit goes on until the tool was called", async () => {
    const agent = await ruled([{ type: "required_before_exit", tool_name: "memory_insert" }]);
    rig.model.push({ text: "finished" }, { calls: [insert("b")] }, { text: "now finished" });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    expect(reply.usage.step_count).toBe(3);
    expect(JSON.stringify(rig.model.requests[1]!.messages.at(-1))).toContain(
      "ToolRuleViolated: You must call memory_insert at least once to exit the loop.",
    );
  });

  it("conditional chooses the next tool by what the last one returned", async () => {
    const agent = await ruled([
      {
        type: "conditional",
        tool_name: "memory_insert",
        child_output_mapping: { nothing: "send_message" },
        default_child: "conversation_search",
      },
    ]);
    rig.model.push({ calls: [insert("b")] }, { calls: [search()] }, { text: "ok" });
    await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    expect(toolsShown(1)).toEqual(["conversation_search"]);
  });
});

describe("agents of the MemGPT family", () => {
  const memgpt = () =>
    rig.letta.agents.create({
      model: "openai/scripted",
      agent_type: "memgpt_v2_agent",
      memory_blocks: [{ label: "human", value: "a" }],
    });

  it("begin with the boot sequence and speak by send_message, shown as the assistant's words", async () => {
    const agent = await memgpt();
    const boot = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(said(boot)).toBe("More human than human is our motto.");
    rig.model.push({ calls: [send("Hi Ada.", { thinking: "Greet her." })] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("hello") });
    expect(typesOf(reply.messages)).toEqual(["reasoning_message", "assistant_message"]);
    expect(reply.messages[0]).toMatchObject({ reasoning: "Greet her.", source: "non_reasoner_model" });
    expect(said(reply.messages)).toBe("Hi Ada.");
    expect(reply.stop_reason.stop_reason).toBe("end_turn");
    const listed = (await rig.letta.agents.messages.list(agent.id)).items;
    expect(typesOf(listed).slice(-3)).toEqual(["user_message", "reasoning_message", "assistant_message"]);
  });

  it("speak also where the thought comes after the words", async () => {
    const agent = await memgpt();
    rig.model.push({ calls: [{ name: "send_message", args: { message: "Hi Ada.", thinking: "Greet her." } }] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("hello") });
    expect(typesOf(reply.messages).sort()).toEqual(["assistant_message", "reasoning_message"]);
    expect(said(reply.messages)).toBe("Hi Ada.");
  });

  it("show the call and its return with use_assistant_message false, live and stored", async () => {
    const agent = await memgpt();
    rig.model.push({ calls: [send("Hi.")] });
    const reply = await rig.letta.agents.messages.create(agent.id, {
      messages: says("hello"),
      use_assistant_message: false,
    });
    expect(typesOf(reply.messages)).toEqual(["tool_call_message", "tool_return_message"]);
    const listed = (await rig.letta.agents.messages.list(agent.id, { use_assistant_message: false })).items;
    expect(typesOf(listed).slice(-2)).toEqual(["tool_call_message", "tool_return_message"]);
  });

  it("are shown heartbeat and thought as arguments of every tool that does not end the loop", async () => {
    const agent = await memgpt();
    rig.model.push({ calls: [send("Hi.")] });
    await rig.letta.agents.messages.create(agent.id, { messages: says("hello") });
    const tools = rig.model.requests[0]!.tools as unknown as {
      function: { name: string; parameters: { required: string[] } };
    }[];
    const required = (name: string) => tools.find((tool) => tool.function.name === name)!.function.parameters.required;
    expect(required("memory_insert")[0]).toBe("thinking");
    expect(required("memory_insert")).toContain("request_heartbeat");
    expect(required("send_message")).not.toContain("request_heartbeat");
    expect(rig.model.requests[0]!.tool_choice).toBe("required");
  });

  it("go on where a heartbeat is requested, and a message of the system says so to the model", async () => {
    const agent = await memgpt();
    rig.model.push({ calls: [insert("b", { request_heartbeat: true })] }, { calls: [send("Noted.")] });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("note b") });
    expect(typesOf(reply.messages)).toEqual(["tool_call_message", "tool_return_message", "assistant_message"]);
    const heartbeat = rig.model.requests[1]!.messages.at(-1)!;
    expect(heartbeat.role).toBe("user");
    expect(JSON.stringify(heartbeat.content)).toContain("heartbeat");
    expect((await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toBe("a\nb");
  });

  it("stream the words of send_message as fragments of an assistant message", async () => {
    const agent = await memgpt();
    rig.model.push({ calls: [send("one two three four", { thinking: "count up" })] });
    const frames = await all(
      await rig.letta.agents.messages.create(agent.id, {
        messages: says("count"),
        streaming: true,
        stream_tokens: true,
      }),
    );
    expect(only(frames, "assistant_message").length).toBeGreaterThan(1);
    expect(said(frames)).toBe("one two three four");
    expect(only(frames, "tool_call_message")).toEqual([]);
    expect(only(frames, "tool_return_message")).toEqual([]);
    const thought = only(frames, "reasoning_message").map((frame) => frame.reasoning);
    expect(thought.join("")).toBe("count up");
  });

  it("that call no tool stop with no_tool_call, as a failed run, and the next message works", async () => {
    const agent = await memgpt();
    rig.model.push({ text: "I just think." });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("hello") });
    expect(reply.stop_reason.stop_reason).toBe("no_tool_call");
    rig.model.push({ calls: [send("Here I am.")] });
    expect(said((await rig.letta.agents.messages.create(agent.id, { input: "hello?" })).messages)).toBe("Here I am.");
  });
});
