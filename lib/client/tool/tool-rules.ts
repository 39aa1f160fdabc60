import type { z } from "@hono/zod-openapi";
import type { toolRuleBody, WireToolRule } from "@/lib/api/tool-rules";

export type Rule = z.input<typeof toolRuleBody>;
export type RuleType = Rule["type"];
type RuleOf<T extends RuleType> = Extract<Rule, { type: T }>;

export const RULE_NAMES: Record<RuleType, string> = {
  run_first: "runs first",
  exit_loop: "ends the turn",
  continue_loop: "goes on after it",
  constrain_child_tools: "only these follow",
  parent_last_tool: "only right before these",
  conditional: "its return decides what follows",
  max_count_per_step: "at most so many calls",
  required_before_exit: "needed before the end",
  requires_approval: "waits for approval",
};

/** An agent's rule as it is sent back; one of a type that is not known here is null, and would be lost. */
export function readRule(rule: WireToolRule): Rule | null {
  const { tool_name, prompt_template } = rule;
  const common = { tool_name, prompt_template };
  switch (rule.type) {
    case "exit_loop":
    case "continue_loop":
    case "required_before_exit":
    case "requires_approval":
      return { ...common, type: rule.type };
    case "run_first":
      return { ...common, type: "run_first", args: isRecord(rule.args) ? rule.args : null };
    case "parent_last_tool":
      return { ...common, type: rule.type, children: namesOf(rule.children) };
    case "constrain_child_tools":
      return {
        ...common,
        type: rule.type,
        children: namesOf(rule.children),
        child_arg_nodes: Array.isArray(rule.child_arg_nodes)
          ? rule.child_arg_nodes.flatMap((node: unknown) => childArgsOf(node))
          : null,
      };
    case "conditional":
      return {
        ...common,
        type: "conditional",
        child_output_mapping: Object.fromEntries(
          Object.entries(isRecord(rule.child_output_mapping) ? rule.child_output_mapping : {}).map(([key, value]) => [
            key,
            String(value),
          ]),
        ),
        default_child: typeof rule.default_child === "string" ? rule.default_child : null,
        require_output_mapping: rule.require_output_mapping === true,
      };
    case "max_count_per_step":
      return { ...common, type: "max_count_per_step", max_count_limit: Number(rule.max_count_limit) };
    default:
      return null;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const namesOf = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);

function childArgsOf(node: unknown) {
  if (!isRecord(node)) return [];
  return [{ name: String(node.name), args: isRecord(node.args) ? node.args : null }];
}

/** Rules with one more. It stands in the place of a rule of its type for the same tool; children are put together. */
export function withRule(rules: readonly Rule[], added: Rule): Rule[] {
  const at = rules.findIndex((rule) => rule.type === added.type && rule.tool_name === added.tool_name);
  const old = rules[at];
  return old ? rules.with(at, merged(old, added)) : [...rules, added];
}

function merged(old: Rule, added: Rule): Rule {
  if (old.type === "constrain_child_tools" && added.type === "constrain_child_tools") {
    return { ...old, ...added, children: [...new Set([...old.children, ...added.children])] };
  }
  if (old.type === "parent_last_tool" && added.type === "parent_last_tool") {
    return { ...old, ...added, children: [...new Set([...old.children, ...added.children])] };
  }
  return added;
}

/** What a rule says, after its tool's name. */
export function sayRule(rule: Rule): string {
  switch (rule.type) {
    case "constrain_child_tools":
      return `is followed by ${listed(rule.children)} only`;
    case "parent_last_tool":
      return `has to come right before ${listed(rule.children)}`;
    case "conditional": {
      const cases = Object.entries(rule.child_output_mapping).map(([output, child]) => `${child} after “${output}”`);
      const other = rule.default_child ? [`${rule.default_child} otherwise`] : [];
      return `decides what follows: ${[...cases, ...other].join(", ") || "nothing yet"}`;
    }
    case "max_count_per_step":
      return `is called at most ${rule.max_count_limit === 1 ? "once" : `${rule.max_count_limit} times`} in a run`;
    case "required_before_exit":
      return "is needed before the turn may end";
    case "requires_approval":
      return "waits for a person's approval";
    case "run_first":
      return "runs first";
    case "exit_loop":
      return "ends the turn";
    case "continue_loop":
      return "lets the agent go on after it";
  }
}

const listed = (names: readonly string[]) => (names.length === 0 ? "nothing" : names.join(" or "));

export const START = "start";
export const END = "end";

/** A step of an agent's turn in the graph of its rules. `x` and `y` are a column and a row. */
export type RuleNode = { id: string; name: string; badges: string[]; isKnown: boolean; x: number; y: number };
/** That a tool follows another. `rule` is its place in the list of rules. */
export type RuleEdge = { id: string; from: string; to: string; label: string | null; dashed: boolean; rule: number };
export type RuleGraph = { nodes: RuleNode[]; edges: RuleEdge[] };

const BADGES: Partial<Record<RuleType, string>> = {
  continue_loop: "goes on",
  required_before_exit: "needed",
  requires_approval: "approval",
};

const nodeOf = (tool: string) => `tool:${tool}`;
/** The tool of a node, or null for the start and the end. */
export const toolOfNode = (id: string): string | null => (id.startsWith("tool:") ? id.slice("tool:".length) : null);

/** An agent's rules as a graph: its tools, and those that only a rule names, between the start and the end of a turn. */
export function graphOf(tools: readonly string[], rules: readonly Rule[]): RuleGraph {
  const edges = rules.flatMap(edgesOf);
  const named = rules.map((rule) => rule.tool_name);
  const reached = edges.flatMap(({ from, to }) => [from, to]).flatMap((id) => toolOfNode(id) ?? []);
  const all = [...new Set([...tools, ...named, ...reached])];
  const columns = columnsOf(all, edges);
  const last = Math.max(1, ...columns.values()) + 1;
  const rows = new Map<number, number>();
  const rowIn = (column: number) => {
    const row = rows.get(column) ?? 0;
    rows.set(column, row + 1);
    return row;
  };
  const nodes = all.map((name) => {
    const x = columns.get(nodeOf(name)) ?? 1;
    return { id: nodeOf(name), name, badges: badgesOf(name, rules), isKnown: tools.includes(name), x, y: rowIn(x) };
  });
  const middle = Math.max(0, Math.max(...rows.values(), 1) - 1) / 2;
  return {
    nodes: [
      { id: START, name: "start", badges: [], isKnown: true, x: 0, y: middle },
      ...nodes,
      { id: END, name: "end", badges: [], isKnown: true, x: last, y: middle },
    ],
    edges,
  };
}

function badgesOf(name: string, rules: readonly Rule[]): string[] {
  return rules.flatMap((rule) => {
    if (rule.tool_name !== name) return [];
    if (rule.type === "max_count_per_step") return [`max ${rule.max_count_limit}`];
    const badge = BADGES[rule.type];
    return badge ? [badge] : [];
  });
}

function edgesOf(rule: Rule, index: number): RuleEdge[] {
  const from = nodeOf(rule.tool_name);
  const edge = (to: string, label: string | null, dashed = false): RuleEdge => ({
    id: `${index}:${from}>${to}:${label ?? ""}`,
    from,
    to,
    label,
    dashed,
    rule: index,
  });
  switch (rule.type) {
    case "run_first":
      return [{ ...edge(from, null), id: `${index}:${START}>${from}`, from: START }];
    case "exit_loop":
      return [edge(END, null)];
    case "constrain_child_tools":
      return rule.children.map((child) => edge(nodeOf(child), "only"));
    case "parent_last_tool":
      return rule.children.map((child) => edge(nodeOf(child), "needs it before"));
    case "conditional":
      return [
        ...Object.entries(rule.child_output_mapping).map(([output, child]) => edge(nodeOf(child), `“${output}”`, true)),
        ...(rule.default_child ? [edge(nodeOf(rule.default_child), "otherwise", true)] : []),
      ];
    default:
      return [];
  }
}

/** The column of each tool: one right of the tools that lead to it. An edge that closes a circle does not count. */
function columnsOf(tools: readonly string[], edges: readonly RuleEdge[]): Map<string, number> {
  const inner = edges.filter((edge) => edge.from !== START && edge.to !== END);
  const isFirst = (id: string) => edges.some((edge) => edge.from === START && edge.to === id);
  const isReached = (id: string) => inner.some((edge) => edge.to === id);
  const rank = (id: string) => (isFirst(id) ? 0 : isReached(id) ? 2 : 1);
  const order: string[] = [];
  const forward: RuleEdge[] = [];
  const state = new Map<string, "open" | "done">();
  const visit = (id: string) => {
    state.set(id, "open");
    for (const edge of inner.filter(({ from }) => from === id)) {
      if (state.get(edge.to) === "open") continue;
      forward.push(edge);
      if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(id, "done");
    order.unshift(id);
  };
  for (const id of tools.map(nodeOf).sort((x, y) => rank(x) - rank(y))) if (!state.has(id)) visit(id);

  const columns = new Map(order.map((id) => [id, 1]));
  for (const id of order) {
    for (const { to } of forward.filter(({ from }) => from === id)) {
      columns.set(to, Math.max(columns.get(to) ?? 1, (columns.get(id) ?? 1) + 1));
    }
  }
  return columns;
}

/** The rules after two nodes were joined by hand, or null where that means nothing. */
export function joined(rules: readonly Rule[], from: string, to: string): Rule[] | null {
  const [parent, child] = [toolOfNode(from), toolOfNode(to)];
  if (from === START && child !== null) return withRule(rules, { type: "run_first", tool_name: child });
  if (parent !== null && to === END) return withRule(rules, { type: "exit_loop", tool_name: parent });
  if (parent === null || child === null) return null;
  return withRule(rules, { type: "constrain_child_tools", tool_name: parent, children: [child] });
}

/** The rules without some edges. */
export function withoutEdges(rules: readonly Rule[], edges: readonly RuleEdge[]): Rule[] {
  // From the last rule on, and the default before the cases: a rule that goes must not move the place of another.
  const order = edges.toSorted(
    (a, b) => b.rule - a.rule || Number(b.label === "otherwise") - Number(a.label === "otherwise"),
  );
  return order.reduce(withoutEdge, [...rules]);
}

/** The rules without an edge: a rule that has no child left goes with it. */
export function withoutEdge(rules: readonly Rule[], edge: RuleEdge): Rule[] {
  const rule = rules[edge.rule];
  const child = toolOfNode(edge.to);
  const left = rule && child !== null ? withoutChild(rule, child, edge.label) : null;
  return left ? rules.with(edge.rule, left) : rules.filter((_, index) => index !== edge.rule);
}

function withoutChild(rule: Rule, child: string, label: string | null): Rule | null {
  if (rule.type === "constrain_child_tools") {
    const children = rule.children.filter((one) => one !== child);
    const nodes = rule.child_arg_nodes?.filter((node) => node.name !== child) ?? null;
    return children.length === 0 ? null : { ...rule, children, child_arg_nodes: nodes };
  }
  if (rule.type === "parent_last_tool") {
    const children = rule.children.filter((one) => one !== child);
    return children.length === 0 ? null : { ...rule, children };
  }
  return rule.type === "conditional" ? withoutCase(rule, label) : null;
}

/** A conditional rule maps one return at least. */
function withoutCase(rule: RuleOf<"conditional">, label: string | null): Rule | null {
  if (label === "otherwise") return { ...rule, default_child: null };
  const left = Object.entries(rule.child_output_mapping).filter(([output]) => `“${output}”` !== label);
  return left.length === 0 ? null : { ...rule, child_output_mapping: Object.fromEntries(left) };
}
