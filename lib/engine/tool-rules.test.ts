import { describe, expect, it } from "vitest";
import {
  allowedTools,
  continues,
  dedupeRules,
  describeRules,
  forcedTool,
  isTerminal,
  mustCall,
  prefilledArgs,
  prefilledArgsError,
  requiredBeforeExit,
  requiresApproval,
  type ToolRule,
  type ToolUse,
  validateRules,
  violation,
} from "./tool-rules";

const TOOLS = ["a", "b", "c", "d"];

function used(...names: string[]): ToolUse[] {
  return names.map((name) => ({ name, returned: "None", status: "success" }));
}

function returning(returned: string, status: ToolUse["status"] = "success"): ToolUse[] {
  return [{ name: "a", returned, status }];
}

const CHILD: ToolRule = { type: "constrain_child_tools", tool_name: "a", children: ["b", "c"] };
const PARENT: ToolRule = { type: "parent_last_tool", tool_name: "a", children: ["b"] };
const FIRST: ToolRule = { type: "run_first", tool_name: "b" };
const TWICE: ToolRule = { type: "max_count_per_step", tool_name: "a", max_count_limit: 2 };
const EXIT: ToolRule = { type: "exit_loop", tool_name: "d" };
const ON: ToolRule = { type: "continue_loop", tool_name: "c" };
const OWED: ToolRule = { type: "required_before_exit", tool_name: "c" };
const GATED: ToolRule = { type: "requires_approval", tool_name: "b" };

function conditional(extra: Partial<Extract<ToolRule, { type: "conditional" }>> = {}): ToolRule {
  const child_output_mapping = { true: "b", "7": "c", done: "d" };
  return { type: "conditional", tool_name: "a", child_output_mapping, ...extra };
}

describe("allowedTools", () => {
  it("allows every tool where there are no rules, and knows only the agent's tools", () => {
    expect(allowedTools([], TOOLS, [])).toEqual(TOOLS);
    expect(allowedTools([], [], used("a"))).toEqual([]);
  });

  it("allows only run_first tools as the first call of a run", () => {
    expect(allowedTools([FIRST, CHILD], TOOLS, [])).toEqual(["b"]);
    expect(allowedTools([FIRST], TOOLS, used("b"))).toEqual(TOOLS);
    expect(allowedTools([{ ...FIRST, tool_name: "gone" }], TOOLS, [])).toEqual(TOOLS);
  });

  it("allows only the children right after their parent", () => {
    expect(allowedTools([CHILD], TOOLS, used("a"))).toEqual(["b", "c"]);
    expect(allowedTools([CHILD], TOOLS, used("a", "b"))).toEqual(TOOLS);
  });

  it("allows a parent's children only right after it", () => {
    expect(allowedTools([PARENT], TOOLS, [])).toEqual(["a", "c", "d"]);
    expect(allowedTools([PARENT], TOOLS, used("a"))).toEqual(TOOLS);
    expect(allowedTools([PARENT], TOOLS, used("a", "c"))).toEqual(["a", "c", "d"]);
  });

  it("hides a tool after exactly as many uses as its limit", () => {
    expect(allowedTools([TWICE], TOOLS, used("a", "b"))).toEqual(TOOLS);
    expect(allowedTools([TWICE], TOOLS, used("a", "b", "a"))).toEqual(["b", "c", "d"]);
  });

  it("allows what all rules allow, and everything where that is nothing", () => {
    const other: ToolRule = { type: "max_count_per_step", tool_name: "b", max_count_limit: 1 };
    expect(allowedTools([CHILD, other], TOOLS, used("b", "a"))).toEqual(["c"]);
    expect(allowedTools([CHILD, { ...CHILD, children: ["d"] }], TOOLS, used("a"))).toEqual(TOOLS);
    expect(allowedTools([{ ...CHILD, children: ["gone"] }], TOOLS, used("a"))).toEqual(TOOLS);
  });

  it.each([
    ["True", "b"],
    ["true", "b"],
    ["7", "c"],
    ["7.0", "c"],
    ["done", "d"],
    ['"done"', "d"],
    [" done\n", "d"],
  ])("picks the tool that a return of %j is mapped to", (returned, next) => {
    expect(allowedTools([conditional()], TOOLS, returning(returned))).toEqual([next]);
  });

  it.each(["", "None", "8", "False", "constructor", "Done"])(
    "leaves a return of %j that is not mapped to the default child",
    (returned) => {
      expect(allowedTools([conditional()], TOOLS, returning(returned))).toEqual(TOOLS);
      expect(allowedTools([conditional({ default_child: "d" })], TOOLS, returning(returned))).toEqual(["d"]);
    },
  );

  it("does not map what a failed call returned", () => {
    expect(allowedTools([conditional({ default_child: "c" })], TOOLS, returning("done", "error"))).toEqual(["c"]);
  });
});

describe("forcedTool and mustCall", () => {
  it("force the one tool that a rule asks for", () => {
    expect(forcedTool([FIRST], TOOLS, [])).toBe("b");
    expect(forcedTool([{ ...CHILD, children: ["c"] }], TOOLS, used("a"))).toBe("c");
    expect(forcedTool([conditional()], TOOLS, returning("done"))).toBe("d");
  });

  it("ask for a call without naming it where several tools are allowed", () => {
    expect(forcedTool([CHILD], TOOLS, used("a"))).toBeNull();
    expect(mustCall([CHILD], TOOLS, used("a"))).toBe(true);
  });

  it("never force an agent's only tool by itself", () => {
    expect(forcedTool([EXIT, TWICE], ["a"], [])).toBeNull();
    expect(mustCall([EXIT, TWICE, PARENT], TOOLS, used("a"))).toBe(false);
    expect(mustCall([{ ...CHILD, children: ["gone"] }], TOOLS, used("a"))).toBe(false);
    expect(mustCall([conditional({ require_output_mapping: true })], TOOLS, returning("x"))).toBe(false);
  });
});

describe("prefilledArgs", () => {
  const first: ToolRule = { ...FIRST, type: "run_first", args: { x: 1 } };
  const child: ToolRule = {
    ...{ type: "constrain_child_tools", tool_name: "a", children: ["b"] },
    child_arg_nodes: [{ name: "b", args: { x: 2, y: 3 } }, { name: "c" }],
  };

  it("come from run_first for the first call and from the parent's rule after it", () => {
    expect(prefilledArgs([first, child], "b", [])).toEqual({ x: 1 });
    expect(prefilledArgs([first, child], "b", used("a"))).toEqual({ x: 2, y: 3 });
    expect(prefilledArgs([first, child], "c", used("a"))).toEqual({});
    expect(prefilledArgs([first, child], "b", used("c"))).toEqual({});
  });

  it("are the later rule's where two rules set one", () => {
    expect(
      prefilledArgs([child, { ...child, child_arg_nodes: [{ name: "b", args: { x: 9 } }] }], "b", used("a")),
    ).toEqual({
      ...{ x: 9, y: 3 },
    });
  });

  it("are in error where they don't fit the tool's parameters", () => {
    const parameters = {
      type: "object" as const,
      properties: {
        name: { type: "string", enum: ["x", "y"] },
        count: { anyOf: [{ type: "integer" }, { type: "null" }] },
        list: { type: ["array", "string"] },
        any: {},
      },
    };
    expect(prefilledArgsError({ name: "x", count: null, list: [], any: { a: 1 } }, parameters)).toBeNull();
    expect(prefilledArgsError({ nme: "x" }, parameters)).toContain("'nme'");
    expect(prefilledArgsError({ toString: "x" }, parameters)).toContain("'toString'");
    for (const args of [{ name: 1 }, { name: "z" }, { count: "1" }, { count: 1.5 }, { list: {} }]) {
      expect(prefilledArgsError(args, parameters)).toContain("does not fit");
    }
  });
});

describe("violation", () => {
  it("says nothing of an allowed tool", () => {
    expect(violation([CHILD], "b", ["b", "c"])).toBeNull();
  });

  it("names the tools that may be called, as Letta does", () => {
    expect(violation([], "x", ["a", "b"])).toBe(
      "[ToolConstraintError] Cannot call x, valid tools include: ['a', 'b'].",
    );
  });

  it("hints at the rules of the tool and of the last tool, without those that forbid nothing", () => {
    const rules = [CHILD, { ...EXIT, tool_name: "a" }, { ...GATED, tool_name: "d" }, PARENT, OWED] satisfies ToolRule[];
    expect(violation(rules, "d", ["b", "c"], used("a"))).toBe(
      "[ToolConstraintError] Cannot call d, valid tools include: ['b', 'c']." +
        "\n** Hint: Possible rules that were violated:" +
        "\n\t* After using a, you must use one of these tools: b, c" +
        "\n\t* b can only be used after a",
    );
    expect(violation(rules, "b", ["a"])).toContain("\n\t* b can only be used after a");
    expect(violation(rules, "c", ["a"])).toContain("\n\t* c must be called before ending the conversation");
    expect(violation([TWICE], "a", ["b"])).toContain("\n\t* a: at most 2 use(s) per response");
  });
});

describe("the end of a run", () => {
  it("comes with a terminal tool", () => {
    expect(isTerminal([EXIT], "d")).toBe(true);
    expect(isTerminal([EXIT], "a")).toBe(false);
  });

  it("is put off by a child rule, then by a continue rule", () => {
    expect(continues([{ ...ON, tool_name: "a" }, CHILD], "a")).toBe("child tool rule");
    expect(continues([conditional()], "a")).toBe("child tool rule");
    expect(continues([ON], "c")).toBe("continue tool rule");
    expect(continues([ON, TWICE, PARENT, EXIT], "a")).toBeNull();
  });

  it("owes the required tools that were not called, each once", () => {
    const rules: ToolRule[] = [OWED, OWED, { ...OWED, tool_name: "b" }];
    expect(requiredBeforeExit(rules, used("a"))).toEqual(["c", "b"]);
    expect(requiredBeforeExit(rules, [...used("b"), { name: "c", returned: "x", status: "error" }])).toEqual([]);
  });

  it("waits for approval of a gated tool", () => {
    expect(requiresApproval([GATED], "b")).toBe(true);
    expect(requiresApproval([GATED], "a")).toBe(false);
  });
});

describe("describeRules", () => {
  it("writes the prompt's lines in its order, whatever the order of the rules", () => {
    const parent: ToolRule = { type: "parent_last_tool", tool_name: "a", children: ["b", "c"] };
    expect(describeRules([EXIT, parent, OWED, TWICE, GATED, conditional(), FIRST, CHILD, ON])).toEqual([
      "c requires continuing your response when called",
      "a: at most 2 use(s) per response",
      "a will determine which tool to use next based on its output",
      "After using a, you must use one of these tools: b, c",
      "b, c can only be used after a",
      "d ends your response (yields control) when called",
    ]);
  });
});

describe("dedupeRules", () => {
  it("drops rules that say the same, whatever their template, nulls and order of keys", () => {
    const same: ToolRule = {
      ...{ children: ["b", "c"], tool_name: "a", child_arg_nodes: null },
      ...{ type: "constrain_child_tools", prompt_template: "x" },
    };
    expect(dedupeRules([CHILD, EXIT, same, EXIT])).toEqual([CHILD, EXIT]);
  });

  it("keeps rules that differ in anything else", () => {
    const rules: ToolRule[] = [CHILD, { ...CHILD, children: ["b"] }, TWICE, { ...TWICE, max_count_limit: 3 }, FIRST];
    const more: ToolRule[] = [
      { ...FIRST, type: "run_first", args: { x: 1 } },
      { ...FIRST, type: "run_first", args: { x: 2 } },
    ];
    expect(dedupeRules([...rules, ...more])).toEqual([...rules, ...more]);
  });
});

describe("validateRules", () => {
  it("accepts rules that hold together", () => {
    const child: ToolRule = {
      ...CHILD,
      type: "constrain_child_tools",
      children: ["b"],
      child_arg_nodes: [{ name: "b" }],
    };
    expect(validateRules([child, conditional(), TWICE, EXIT])).toBeNull();
  });

  it("refuses a conditional rule without mapping, and arguments for a tool that is no child", () => {
    expect(validateRules([conditional({ child_output_mapping: {} })])).toContain("child_output_mapping");
    const stray: ToolRule = {
      ...CHILD,
      type: "constrain_child_tools",
      children: ["b"],
      child_arg_nodes: [{ name: "x" }],
    };
    expect(validateRules([stray])).toContain("'x'");
  });
});
