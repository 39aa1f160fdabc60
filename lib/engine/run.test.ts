import { describe, expect, test } from "vitest";
import { fold } from "@/lib/stream/fold";
import { textOf, toolReturnsOf } from "@/lib/stream/message";
import { block, runBench, tool, userMessage } from "./testing/bench";
import { callEvents, calls, finish, says } from "./testing/scripted-model";
import { MEMORY_TOOLS } from "./tools/memory-tools";

const returnsOf = (ran: Awaited<ReturnType<typeof runBench>>) => ran.store.messages.flatMap(toolReturnsOf);

describe("the native loop", () => {
  test("text ends the turn", async () => {
    const ran = await runBench({ scripts: [says("Hello there.")] });
    expect(ran.end).toMatchObject({ stopReason: "end_turn", error: null });
    expect(fold(ran.items).map(textOf)).toEqual(["Hello there."]);
    expect(ran.store.turns).toMatchObject([{ position: 0, status: "success", stopReason: "end_turn" }]);
    expect(ran.end.usage).toMatchObject({ stepCount: 1, promptTokens: 100, completionTokens: 10, contextTokens: 110 });
  });

  test("a finish by length ends with max_tokens_exceeded", async () => {
    const ran = await runBench({ scripts: [says("Hello th", {}, "length")] });
    expect(ran.end.stopReason).toBe("max_tokens_exceeded");
    expect(ran.store.messages.map(textOf).at(-1)).toBe("Hello th");
  });

  test("a tool call goes on, and its return is saved before the model is asked again", async () => {
    const ran = await runBench({
      tools: [tool("look", "It is blue.")],
      scripts: [calls({ id: "c1", name: "look", args: { x: "sky" } }), says("Blue.")],
    });
    expect(ran.end.stopReason).toBe("end_turn");
    expect(ran.store.messages.map((message) => message.role)).toEqual(["user", "assistant", "tool", "assistant"]);
    expect(ran.model.requests[1]!.messages.map((message) => message.role)).toEqual(["user", "assistant", "tool"]);
    expect(ran.store.turns.map((turn) => turn.status)).toEqual(["pending", "success"]);
    expect(ran.store.returns).toMatchObject([
      { stepStatus: "success", returns: [{ callId: "c1", status: "success" }] },
    ]);
  });

  test("whole items tell the same as fragments", async () => {
    const bench = {
      tools: [tool("look", "It is blue.")],
      scripts: [
        [
          { type: "reasoning" as const, text: "Let me " },
          { type: "reasoning" as const, text: "look." },
          { type: "text" as const, text: "I look" },
          { type: "text" as const, text: " up." },
          ...callEvents({ id: "c1", name: "look", args: { x: "sky" } }),
          finish("tool-calls"),
        ],
        says("Blue."),
      ],
    };
    const transcript = [userMessage("Which colour?")];
    const whole = await runBench({ ...bench, transcript, tokens: false });
    const fragments = await runBench({ ...bench, transcript, tokens: true });
    expect(whole.items.map((item) => item.type)).toEqual([
      "reasoning",
      "assistant",
      "tool-call",
      "tool-return",
      "assistant",
    ]);
    expect(fold(whole.items)).toEqual(fold(fragments.items));
    expect(whole.store.messages).toEqual(fragments.store.messages);
  });

  test("max_steps ends the run with the last step, and its calls are answered", async () => {
    const look = (id: string) => calls({ id, name: "look", args: {} });
    const ran = await runBench({ maxSteps: 2, tools: [tool("look")], scripts: [look("c1"), look("c2")] });
    expect(ran.end.stopReason).toBe("max_steps");
    expect(returnsOf(ran).map((one) => one.toolCallId)).toEqual(["c1", "c2"]);
    expect(ran.model.left()).toBe(0);
  });

  test("a tool that throws is an error return, and the loop goes on", async () => {
    const broken = tool("look", () => {
      throw new TypeError("no eyes");
    });
    const ran = await runBench({
      tools: [broken],
      scripts: [calls({ id: "c", name: "look", args: {} }), says("Sorry.")],
    });
    expect(returnsOf(ran)).toMatchObject([
      { status: "error", content: "Error executing function look: TypeError: no eyes" },
    ]);
  });

  test("arguments that are not a JSON object are an error return", async () => {
    const ran = await runBench({
      tools: [tool("look")],
      scripts: [
        calls({ id: "a", name: "look", args: '{"x": ' }, { id: "b", name: "look", args: "[1]" }),
        says("Sorry."),
      ],
    });
    expect(returnsOf(ran).map((one) => one.status)).toEqual(["error", "error"]);
    expect(returnsOf(ran)[0]!.content).toContain("not a JSON object");
  });

  test("a call of a tool that there is not is an error return", async () => {
    const ran = await runBench({
      tools: [tool("look")],
      scripts: [calls({ id: "c", name: "fly", args: {} }), says("Oh.")],
    });
    expect(returnsOf(ran)).toMatchObject([{ status: "error", content: expect.stringContaining("Cannot call fly") }]);
  });

  test("a call id that is used again, in a turn or in a later one, becomes another", async () => {
    const twice = calls({ id: "c", name: "look", args: {} }, { id: "c", name: "look", args: {} });
    const ran = await runBench({ tools: [tool("look")], scripts: [twice, twice, says("Done.")] });
    const ids = returnsOf(ran).map((one) => one.toolCallId);
    expect(ids).toHaveLength(4);
    expect(new Set(ids).size).toBe(4);
    expect(ids[0]).toBe("c");
  });

  test("a call without an id gets one", async () => {
    const ran = await runBench({
      tools: [tool("look")],
      scripts: [calls({ id: "", name: "look", args: {} }), says("Done.")],
    });
    expect(returnsOf(ran)[0]!.toolCallId).toMatch(/^call_/);
  });

  test("without parallel calls only the first counts, also where ids repeat", async () => {
    const three = calls(
      { id: "a", name: "look", args: {} },
      { id: "a", name: "look", args: {} },
      { id: "b", name: "look", args: {} },
    );
    const ran = await runBench({ parallelToolCalls: false, tools: [tool("look")], scripts: [three, says("Done.")] });
    expect(returnsOf(ran).map((one) => one.toolCallId)).toEqual(["a"]);
  });

  test("parallel tools run side by side, others alone, and the returns are in the order of the calls", async () => {
    const log: string[] = [];
    const gates = new Map<string, () => void>();
    const slow = tool(
      "slow",
      async (args) => {
        log.push(`start ${args.x}`);
        await new Promise<void>((resolve) => {
          gates.set(String(args.x), resolve);
          // The first waits for the second: that is only possible side by side.
          if (args.x === "2") {
            gates.get("1")!();
            resolve();
          }
        });
        log.push(`end ${args.x}`);
        return { status: "success", content: String(args.x) };
      },
      { parallel: true },
    );
    const alone = tool("alone", () => {
      log.push("alone");
      return { status: "success", content: "3" };
    });
    const ran = await runBench({
      tools: [slow, alone],
      scripts: [
        calls(
          { id: "a", name: "slow", args: { x: "1" } },
          { id: "b", name: "slow", args: { x: "2" } },
          { id: "c", name: "alone", args: {} },
        ),
        says("Done."),
      ],
    });
    expect(log.slice(0, 2)).toEqual(["start 1", "start 2"]);
    expect(log.at(-1)).toBe("alone");
    expect(returnsOf(ran).map((one) => one.content)).toEqual(["1", "2", "3"]);
  });

  test("a long return is cut for the model with the contract's note, and one that fills the window once more", async () => {
    const ran = await runBench({
      contextWindow: 10_000,
      tools: [tool("look", "x".repeat(60), { returnLimitChars: 50 }), tool("read", "y".repeat(20_000))],
      scripts: [calls({ id: "a", name: "look", args: {} }, { id: "b", name: "read", args: {} }), says("Done.")],
    });
    expect(returnsOf(ran)[0]!.content).toBe(
      `${"x".repeat(50)}... [NOTE: function output was truncated since it exceeded the character limit: 60 > 50]`,
    );
    const shown = ran.model.requests[1]!.messages.flatMap(toolReturnsOf)[1]!.content;
    expect(shown).toBe(`${"y".repeat(8000)}... [truncated 12000 chars]`);
    expect(returnsOf(ran)[1]!.content).toHaveLength(20_000);
  });
});

describe("memory", () => {
  const memoryTools = [MEMORY_TOOLS.memory_insert, MEMORY_TOOLS.memory_replace, MEMORY_TOOLS.memory];
  const insert = (id: string, text: string) => ({
    id,
    name: "memory_insert",
    args: { label: "human", new_string: text },
  });

  test("an edit is kept with its return, and the prompt stays as it was until the next compile", async () => {
    const ran = await runBench({
      blocks: [block("human", "Bob")],
      tools: memoryTools,
      scripts: [calls(insert("c", "Likes tea")), says("Noted.")],
    });
    expect(ran.store.blocks[0]!.value).toBe("Bob\nLikes tea");
    expect(ran.store.compiles).toBe(0);
    expect(ran.model.requests[1]!.system).toBe(ran.model.requests[0]!.system);
  });

  test("edits of one turn see each other", async () => {
    const ran = await runBench({
      blocks: [block("human", "Bob")],
      tools: memoryTools,
      scripts: [calls(insert("a", "Likes tea"), insert("b", "Has a cat")), says("Noted.")],
    });
    expect(ran.store.blocks[0]!.value).toBe("Bob\nLikes tea\nHas a cat");
  });

  test("a block that is made is in the prompt of the next step", async () => {
    const made = { command: "create", path: "/memories/plans", description: "Plans", file_text: "Sail" };
    const ran = await runBench({
      blocks: [block("human", "Bob")],
      tools: memoryTools,
      scripts: [calls({ id: "c", name: "memory", args: made }), says("Noted.")],
    });
    expect(ran.store.compiles).toBe(1);
    expect(ran.model.requests[1]!.system).toContain("<plans>Sail");
  });

  test("a tool whose block another writer changed first runs again on what is there now, and both edits stay", async () => {
    let runs = 0;
    const racing = tool("memory_insert", async (args, call) => {
      if (runs++ === 0) racer.writeBlock("human", "Bob\nFrom another");
      return MEMORY_TOOLS.memory_insert.run!(args, call);
    });
    const { memoryStore, promptSections } = await import("./testing/memory-store");
    const blocks = [block("human", "Bob")];
    const transcript = [userMessage("I like tea")];
    const racer = memoryStore({
      messages: transcript,
      blocks,
      prompt: { compileId: "compile-0", sections: promptSections(blocks) },
    });
    let looks = 0;
    const look = tool("look", () => {
      looks++;
      return { status: "success", content: "seen" };
    });
    const ran = await runBench({
      store: racer,
      transcript,
      blocks,
      tools: [racing, look],
      scripts: [calls({ id: "a", name: "look", args: {} }, insert("b", "Likes tea")), says("Noted.")],
    });
    expect(ran.store.blocks[0]!.value).toBe("Bob\nFrom another\nLikes tea");
    expect(runs).toBe(2);
    expect(looks).toBe(1);
    expect(returnsOf(ran).map((one) => one.content)).toEqual(["seen", "Bob\nFrom another\nLikes tea"]);
  });

  test("a tool that loses to other writers every time gives up with an error return", async () => {
    const { memoryStore, promptSections } = await import("./testing/memory-store");
    const blocks = [block("human", "Bob")];
    const transcript = [userMessage("I like tea")];
    const store = memoryStore({
      messages: transcript,
      blocks,
      prompt: { compileId: "compile-0", sections: promptSections(blocks) },
    });
    let others = 0;
    const losing = tool("memory_insert", async (args, call) => {
      store.writeBlock("human", `other ${others++}`);
      return MEMORY_TOOLS.memory_insert.run!(args, call);
    });
    const ran = await runBench({
      store,
      transcript,
      blocks,
      tools: [losing],
      scripts: [calls(insert("c", "Likes tea")), says("Sorry.")],
    });
    expect(returnsOf(ran)).toMatchObject([
      { status: "error", content: expect.stringContaining("being changed by others") },
    ]);
    expect(others).toBeLessThan(100);
  });
});
