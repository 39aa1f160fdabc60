import { describe, expect, test } from "vitest";
import { type Message, textOf, toolReturnsOf } from "@/lib/stream/message";
import { type Bench, runBench, tool } from "./testing/bench";
import { calls, type Script, says } from "./testing/scripted-model";
import type { ToolRule } from "./tool-rules";

let ids = 0;
const call = (name: string, args: Record<string, unknown> = {}) => calls({ id: `c${++ids}`, name, args });

const run = (rules: ToolRule[], scripts: Script[], bench: Partial<Bench> = {}) =>
  runBench({ tools: [tool("a", "yes"), tool("b"), tool("c")], rules, scripts, ...bench });

type Ran = Awaited<ReturnType<typeof run>>;
const shownTools = (ran: Ran) => ran.model.requests.map((request) => request.tools.map((spec) => spec.name).join());
const contents = (ran: Ran) => ran.store.messages.flatMap(toolReturnsOf).map((one) => one.content);
const hints = (messages: readonly Message[]) =>
  messages.flatMap((message) =>
    message.stepId && message.role === "user" ? [JSON.parse(textOf(message)).reason] : [],
  );

describe("tool rules, from the request to the end of the run", () => {
  test("run_first: only that tool is shown and forced in the first step, with its arguments set", async () => {
    const seen: unknown[] = [];
    const first = tool("a", (args) => {
      seen.push(args);
      return { status: "success", content: "OK" };
    });
    const rules: ToolRule[] = [{ type: "run_first", tool_name: "a", args: { x: "set" } }];
    const ran = await run(rules, [call("a", { x: "mine" }), says("Done.")], { tools: [first, tool("b")] });
    expect(shownTools(ran)).toEqual(["a", "a,b"]);
    expect(ran.model.requests.map((request) => request.toolChoice)).toEqual([{ name: "a" }, "auto"]);
    expect(seen).toEqual([{ x: "set" }]);
  });

  test("arguments that a rule sets and the tool does not take end the run with invalid_tool_call", async () => {
    const rules: ToolRule[] = [{ type: "run_first", tool_name: "a", args: { y: 1 } }];
    const ran = await run(rules, [call("a")]);
    expect(ran.end.stopReason).toBe("invalid_tool_call");
    expect(contents(ran)[0]).toContain("'y' is not a parameter");
  });

  test("exit_loop: the tool ends the run with tool_rule; one that failed does not", async () => {
    const rules: ToolRule[] = [{ type: "exit_loop", tool_name: "a" }];
    expect((await run(rules, [call("a")])).end.stopReason).toBe("tool_rule");
    let tries = 0;
    const shaky = tool("a", () => ({ status: tries++ === 0 ? "error" : "success", content: "…" }));
    const ran = await run(rules, [call("a"), call("a")], { tools: [shaky] });
    expect(ran.end.stopReason).toBe("tool_rule");
    expect(tries).toBe(2);
  });

  test("continue_loop: after the tool the model is asked again", async () => {
    const ran = await run([{ type: "continue_loop", tool_name: "a" }], [call("a"), says("Done.")]);
    expect(ran.model.requests).toHaveLength(2);
  });

  test("child tools: after the parent only its children are shown, a single one is forced, with its arguments set", async () => {
    const seen: unknown[] = [];
    const child = tool("b", (args) => {
      seen.push(args);
      return { status: "success", content: "OK" };
    });
    const rules: ToolRule[] = [
      {
        type: "constrain_child_tools",
        tool_name: "a",
        children: ["b"],
        child_arg_nodes: [{ name: "b", args: { x: "1" } }],
      },
    ];
    const ran = await run(rules, [call("a"), call("b"), says("Done.")], { tools: [tool("a"), child, tool("c")] });
    expect(shownTools(ran)).toEqual(["a,b,c", "b", "a,b,c"]);
    expect(ran.model.requests[1]!.toolChoice).toEqual({ name: "b" });
    expect(seen).toEqual([{ x: "1" }]);
  });

  test("parent_last_tool: the children are shown only right after the parent", async () => {
    const rules: ToolRule[] = [{ type: "parent_last_tool", tool_name: "a", children: ["b"] }];
    const ran = await run(rules, [call("c"), call("a"), call("b"), says("Done.")]);
    expect(shownTools(ran)).toEqual(["a,c", "a,c", "a,b,c", "a,c"]);
  });

  test("conditional: what a tool returned picks the next one", async () => {
    const mapping = { yes: "b", no: "c" };
    const rules: ToolRule[] = [{ type: "conditional", tool_name: "a", child_output_mapping: mapping }];
    const ran = await run(rules, [call("a"), call("b"), says("Done.")]);
    expect(shownTools(ran)).toEqual(["a,b,c", "b", "a,b,c"]);
    const other = await run(rules, [call("a"), says("Done.")], { tools: [tool("a", "maybe"), tool("b"), tool("c")] });
    expect(shownTools(other)).toEqual(["a,b,c", "a,b,c"]);
  });

  test("max_count_per_step: after so many uses the tool is hidden, and a call of it is refused", async () => {
    const rules: ToolRule[] = [{ type: "max_count_per_step", tool_name: "a", max_count_limit: 2 }];
    const ran = await run(rules, [call("a"), call("a"), call("a"), says("Done.")]);
    expect(shownTools(ran)).toEqual(["a,b,c", "a,b,c", "b,c", "b,c"]);
    expect(contents(ran)[2]).toBe(
      "[ToolConstraintError] Cannot call a, valid tools include: ['b', 'c'].\n** Hint: Possible rules that were violated:\n\t* a: at most 2 use(s) per response",
    );
  });

  test("required_before_exit: text does not end the run, nor does a terminal tool, until the tool was called", async () => {
    const rules: ToolRule[] = [
      { type: "required_before_exit", tool_name: "b" },
      { type: "exit_loop", tool_name: "a" },
    ];
    const ran = await run(rules, [says("Bye."), call("a"), call("b"), call("a")]);
    expect(ran.end.stopReason).toBe("tool_rule");
    const owed =
      "[This is an automated system message hidden from the user] ToolRuleViolated: You must call b at least once to exit the loop.";
    expect(hints(ran.store.messages)).toEqual([owed, owed]);
  });

  test("a call that a rule refuses is not run and does not count", async () => {
    let runs = 0;
    const counted = tool("b", () => {
      runs++;
      return { status: "success", content: "OK" };
    });
    const rules: ToolRule[] = [{ type: "run_first", tool_name: "a" }];
    const ran = await run(rules, [call("b"), call("a"), says("Done.")], { tools: [tool("a"), counted] });
    expect(runs).toBe(0);
    expect(shownTools(ran)).toEqual(["a", "a", "a,b"]);
  });

  test("with any rule but approval, calls come one at a time", async () => {
    const ruled = await run([{ type: "continue_loop", tool_name: "a" }], [says("Hi.")]);
    const approved = await run([{ type: "requires_approval", tool_name: "a" }], [says("Hi.")]);
    expect(ruled.model.requests[0]!.parallelToolCalls).toBe(false);
    expect(approved.model.requests[0]!.parallelToolCalls).toBe(true);
  });

  test("the history of rules starts anew with each run", async () => {
    const rules: ToolRule[] = [{ type: "max_count_per_step", tool_name: "a", max_count_limit: 1 }];
    const first = await run(rules, [call("a"), says("Done.")]);
    const second = await run(rules, [says("Again.")], { transcript: first.store.context() });
    expect(shownTools(second)).toEqual(["a,b,c"]);
  });
});
