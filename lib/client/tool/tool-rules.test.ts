import { expect, test } from "vitest";
import { toRule } from "./rule-draft";
import { END, graphOf, joined, type Rule, readRule, START, withoutEdge, withoutEdges, withRule } from "./tool-rules";

const RULES: Rule[] = [
  { type: "run_first", tool_name: "a" },
  { type: "constrain_child_tools", tool_name: "a", children: ["b", "c"] },
  { type: "conditional", tool_name: "b", child_output_mapping: { ok: "c" }, default_child: "a" },
  { type: "exit_loop", tool_name: "c" },
  { type: "max_count_per_step", tool_name: "c", max_count_limit: 2 },
];

test("rules become edges between tools, and badges on them", () => {
  const { nodes, edges } = graphOf(["a", "b", "c", "free"], RULES);
  expect(edges.map(({ from, to, label }) => `${from}>${to} ${label ?? ""}`.trim())).toEqual([
    `${START}>tool:a`,
    "tool:a>tool:b only",
    "tool:a>tool:c only",
    "tool:b>tool:c “ok”",
    "tool:b>tool:a otherwise",
    `tool:c>${END}`,
  ]);
  expect(nodes.find((node) => node.name === "c")?.badges).toEqual(["max 2"]);
});

test("what follows stands to the right, circles end, and no two stand in one place", () => {
  const { nodes } = graphOf(["a", "b", "c", "free"], RULES);
  const column = Object.fromEntries(nodes.map((node) => [node.name, node.x]));
  expect(column.b).toBeGreaterThan(column.a ?? 9);
  expect(column.c).toBeGreaterThan(column.b ?? 9);
  expect(column.end).toBeGreaterThan(column.c ?? 9);
  expect(new Set(nodes.map(({ x, y }) => `${x},${y}`)).size).toBe(nodes.length);
});

test("a tool that only a rule names is shown as not attached", () => {
  expect(graphOf([], [{ type: "exit_loop", tool_name: "gone" }]).nodes[1]).toMatchObject({
    name: "gone",
    isKnown: false,
  });
});

test("joining two nodes makes the rule that it means, or none", () => {
  expect(joined([], START, "tool:a")).toEqual([{ type: "run_first", tool_name: "a" }]);
  expect(joined([], "tool:a", END)).toEqual([{ type: "exit_loop", tool_name: "a" }]);
  expect(joined(RULES, "tool:a", "tool:d")?.[1]).toMatchObject({ children: ["b", "c", "d"] });
  expect(joined([], START, END)).toBeNull();
});

test("cutting an edge takes a child, and the rule with its last one", () => {
  const { edges } = graphOf(["a", "b", "c"], RULES);
  expect(withoutEdge(RULES, edges[1]!)[1]).toMatchObject({ children: ["c"] });
  expect(withoutEdge(RULES, edges[4]!)[2]).toMatchObject({ default_child: null });
  expect(withoutEdge(RULES, edges[3]!).map((rule) => rule.type)).not.toContain("conditional");
  expect(withoutEdge(RULES, edges[5]!)).toHaveLength(RULES.length - 1);
});

test("cutting many edges at once leaves the other rules as they were", () => {
  const { edges } = graphOf(["a", "b", "c"], RULES);
  const left = withoutEdges(RULES, [edges[0]!, edges[3]!, edges[4]!]);
  expect(left.map((rule) => rule.type)).toEqual(["constrain_child_tools", "exit_loop", "max_count_per_step"]);
});

test("a rule takes the place of one of its kind for the same tool", () => {
  const rules = withRule(RULES, { type: "max_count_per_step", tool_name: "c", max_count_limit: 5 });
  expect(rules).toHaveLength(RULES.length);
  expect(rules[4]).toMatchObject({ max_count_limit: 5 });
});

test("every rule of the wire is read back as it was", () => {
  const wire = RULES.map((rule) => ({ ...rule, prompt_template: null }));
  expect(wire.map(readRule)).toMatchObject(RULES);
});

test("a form that misses something means no rule", () => {
  const draft = { tool: "a", children: [], cases: [{ output: "x", child: "" }], otherwise: "", count: "0" };
  expect(toRule({ ...draft, type: "constrain_child_tools" })).toBeNull();
  expect(toRule({ ...draft, type: "conditional" })).toBeNull();
  expect(toRule({ ...draft, type: "max_count_per_step" })).toBeNull();
  expect(toRule({ ...draft, type: "exit_loop" })).toEqual({ type: "exit_loop", tool_name: "a" });
});
