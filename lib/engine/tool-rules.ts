import type { ToolParameters } from "./tool";

/** A rule for the use of one tool within one run, as the contract writes it. `prompt_template` means nothing. */
export type ToolRule = { tool_name: string; prompt_template?: string | null } & (
  | { type: "run_first"; args?: Record<string, unknown> | null }
  | { type: "exit_loop" }
  | { type: "continue_loop" }
  | { type: "constrain_child_tools"; children: string[]; child_arg_nodes?: ChildArgNode[] | null }
  | { type: "parent_last_tool"; children: string[] }
  | {
      type: "conditional";
      /** From what the tool returned to the tool that comes next. */
      child_output_mapping: Record<string, string>;
      default_child?: string | null;
      require_output_mapping?: boolean;
    }
  | { type: "max_count_per_step"; max_count_limit: number }
  | { type: "required_before_exit" }
  | { type: "requires_approval" }
);
export type ToolRuleType = ToolRule["type"];
type RuleOf<T extends ToolRuleType> = Extract<ToolRule, { type: T }>;

/** Arguments that a child is given, over those of the model. */
export type ChildArgNode = { name: string; args?: Record<string, unknown> | null };

/** A call that has run in this run, oldest first in a history. Calls that a rule refused are not in it. */
export type ToolUse = { name: string; returned: string; status: "success" | "error" };

/**
 * The tools that may be called now, in the order of `toolNames`.
 *
 * The first call of a run is one of the `run_first` tools, if there are any; later, every rule has its say and what
 * all allow is left. Where nothing is left all tools are allowed, as in Letta: a model without tools would be stuck.
 * Unlike there, a use counts once for `max_count_per_step`.
 */
export function allowedTools(
  rules: readonly ToolRule[],
  toolNames: readonly string[],
  history: readonly ToolUse[],
): string[] {
  const left = toolNames.filter((name) => rules.every((rule) => allows(rule, name, history)));
  const first = firstTools(rules, history);
  const allowed = first.length === 0 ? left : toolNames.filter((name) => first.includes(name));
  return allowed.length === 0 ? [...toolNames] : allowed;
}

/** The one tool that must be called now; null where the model may choose or may answer without a call. */
export function forcedTool(
  rules: readonly ToolRule[],
  toolNames: readonly string[],
  history: readonly ToolUse[],
): string | null {
  const [only, ...others] = allowedTools(rules, toolNames, history);
  return only !== undefined && others.length === 0 && mustCall(rules, toolNames, history) ? only : null;
}

/** Whether a rule (`run_first`, or the children of the last tool) asks for a call now, of any allowed tool. */
export function mustCall(
  rules: readonly ToolRule[],
  toolNames: readonly string[],
  history: readonly ToolUse[],
): boolean {
  const asked = [firstTools(rules, history), ...rules.map((rule) => nextTools(rule, history) ?? [])];
  return asked.some((names) => names.some((name) => toolNames.includes(name)));
}

/** Arguments that rules set for a call made now; where two rules set one, the later rule wins. */
export function prefilledArgs(
  rules: readonly ToolRule[],
  toolName: string,
  history: readonly ToolUse[],
): Record<string, unknown> {
  const last = history.at(-1);
  const sets = rules.flatMap((rule) => {
    if (rule.type === "run_first") return last === undefined && rule.tool_name === toolName ? [rule.args] : [];
    if (rule.type !== "constrain_child_tools" || rule.tool_name !== last?.name) return [];
    return (rule.child_arg_nodes ?? []).filter((node) => node.name === toolName).map((node) => node.args);
  });
  return Object.assign({}, ...sets);
}

/** Why prefilled arguments don't fit a tool's parameters (the run then stops with `invalid_tool_call`), or null. */
export function prefilledArgsError(args: Record<string, unknown>, parameters: ToolParameters): string | null {
  for (const [key, value] of Object.entries(args)) {
    const schema = Object.hasOwn(parameters.properties, key) ? parameters.properties[key] : undefined;
    if (schema === undefined) return `Prefilled argument '${key}' is not a parameter of the tool.`;
    if (!fits(value, schema)) return `Prefilled argument '${key}' does not fit the tool's parameters.`;
  }
  return null;
}

/**
 * The error return for a call of a tool that is not allowed now, in Letta's words; null if it is. `history` is only
 * for the hints: with it, the rules of the last tool are among them.
 */
export function violation(
  rules: readonly ToolRule[],
  toolName: string,
  allowed: readonly string[],
  history: readonly ToolUse[] = [],
): string | null {
  if (allowed.includes(toolName)) return null;
  const valid = allowed.map((name) => `'${name}'`).join(", ");
  const hints = violatedRules(rules, toolName, history.at(-1)?.name).map((hint) => `\n\t* ${hint}`);
  const hint = hints.length === 0 ? "" : `\n** Hint: Possible rules that were violated:${hints.join("")}`;
  return `[ToolConstraintError] Cannot call ${toolName}, valid tools include: [${valid}].${hint}`;
}

export function isTerminal(rules: readonly ToolRule[], toolName: string): boolean {
  return has(rules, "exit_loop", toolName);
}

/** Why the loop goes on after a call of this tool, in the words of a heartbeat's reason; null if no rule asks it to. */
export function continues(
  rules: readonly ToolRule[],
  toolName: string,
): "child tool rule" | "continue tool rule" | null {
  if (has(rules, "constrain_child_tools", toolName) || has(rules, "conditional", toolName)) return "child tool rule";
  return has(rules, "continue_loop", toolName) ? "continue tool rule" : null;
}

/** The tools that must still be called before the loop may end. A call that failed counts. */
export function requiredBeforeExit(rules: readonly ToolRule[], history: readonly ToolUse[]): string[] {
  const owed = rules.filter((rule) => rule.type === "required_before_exit").map((rule) => rule.tool_name);
  return [...new Set(owed)].filter((name) => !history.some((use) => use.name === name));
}

export function requiresApproval(rules: readonly ToolRule[], toolName: string): boolean {
  return has(rules, "requires_approval", toolName);
}

/** What the system prompt says of the rules, a line each, in its order; rules without a text there have none. */
export function describeRules(rules: readonly ToolRule[]): string[] {
  const order: ToolRuleType[][] = [
    ["continue_loop"],
    ["constrain_child_tools", "conditional", "max_count_per_step"],
    ["parent_last_tool"],
    ["exit_loop"],
  ];
  return order.flatMap((types) =>
    rules.filter((rule) => types.includes(rule.type)).flatMap((rule) => ruleText(rule) ?? []),
  );
}

/** The rules without those that say the same again (whatever their template and order of keys), first ones kept. */
export function dedupeRules(rules: readonly ToolRule[]): ToolRule[] {
  const byMeaning = new Map<string, ToolRule>();
  for (const rule of rules) {
    const meaning = canonical({ ...rule, prompt_template: undefined });
    if (!byMeaning.has(meaning)) byMeaning.set(meaning, rule);
  }
  return [...byMeaning.values()];
}

/** What is wrong with the rules, as a sentence for a client; null if nothing is. */
export function validateRules(rules: readonly ToolRule[]): string | null {
  for (const rule of rules) {
    if (rule.type === "conditional" && Object.keys(rule.child_output_mapping).length === 0) {
      return `Conditional tool rule of '${rule.tool_name}' must map at least one output to a tool in child_output_mapping.`;
    }
    if (rule.type !== "constrain_child_tools") continue;
    const stray = (rule.child_arg_nodes ?? []).find((node) => !rule.children.includes(node.name));
    if (stray !== undefined) {
      return `child_arg_nodes of the rule of '${rule.tool_name}' names '${stray.name}', which is not one of its children.`;
    }
  }
  return null;
}

function has(rules: readonly ToolRule[], type: ToolRuleType, toolName: string): boolean {
  return rules.some((rule) => rule.type === type && rule.tool_name === toolName);
}

/** The `run_first` tools, while no tool has been called. */
function firstTools(rules: readonly ToolRule[], history: readonly ToolUse[]): string[] {
  if (history.length > 0) return [];
  return rules.filter((rule) => rule.type === "run_first").map((rule) => rule.tool_name);
}

function allows(rule: ToolRule, toolName: string, history: readonly ToolUse[]): boolean {
  if (rule.type === "parent_last_tool") {
    return !rule.children.includes(toolName) || history.at(-1)?.name === rule.tool_name;
  }
  if (rule.type === "max_count_per_step") {
    return rule.tool_name !== toolName || history.filter((use) => use.name === toolName).length < rule.max_count_limit;
  }
  return nextTools(rule, history)?.includes(toolName) ?? true;
}

/** The tools that a rule of the last tool asks for next; null if it asks for none in particular. */
function nextTools(rule: ToolRule, history: readonly ToolUse[]): string[] | null {
  const last = history.at(-1);
  if (last === undefined || last.name !== rule.tool_name) return null;
  if (rule.type === "constrain_child_tools") return rule.children;
  return rule.type === "conditional" ? mappedTools(rule, last) : null;
}

/** A failed call has no output to go by. */
function mappedTools(rule: RuleOf<"conditional">, last: ToolUse): string[] | null {
  const mapping = last.status === "success" ? Object.entries(rule.child_output_mapping) : [];
  const next = mapping.find(([output]) => sameOutput(last.returned, output))?.[1] ?? rule.default_child;
  if (next != null) return [next];
  return rule.require_output_mapping ? [] : null;
}

/** Compares as strings, numbers or booleans; a returned string may be JSON (`"a"`, `true`) or Python (`True`). */
function sameOutput(returned: string, output: string): boolean {
  const text = returned.trim();
  if (text === output.trim() || text === JSON.stringify(output)) return true;
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === output.trim().toLowerCase();
  return text !== "" && output.trim() !== "" && Number(text) === Number(output);
}

/** Texts of the rules that can forbid a call of this tool. */
function violatedRules(rules: readonly ToolRule[], toolName: string, lastName: string | undefined): string[] {
  const texts = rules.flatMap((rule) => {
    if (rule.type === "exit_loop" || rule.type === "continue_loop") return [];
    const concerns =
      rule.tool_name === toolName ||
      rule.tool_name === lastName ||
      (rule.type === "parent_last_tool" && rule.children.includes(toolName));
    return (concerns && ruleText(rule)) || [];
  });
  return [...new Set(texts)];
}

/** The rule as a sentence; null for a rule that the model need not know. */
function ruleText(rule: ToolRule): string | null {
  const name = rule.tool_name;
  switch (rule.type) {
    case "continue_loop":
      return `${name} requires continuing your response when called`;
    case "exit_loop":
      return `${name} ends your response (yields control) when called`;
    case "constrain_child_tools":
      return `After using ${name}, you must use one of these tools: ${rule.children.join(", ")}`;
    case "parent_last_tool":
      return `${rule.children.join(", ")} can only be used after ${name}`;
    case "conditional":
      return `${name} will determine which tool to use next based on its output`;
    case "max_count_per_step":
      return `${name}: at most ${rule.max_count_limit} use(s) per response`;
    case "required_before_exit":
      return `${name} must be called before ending the conversation`;
    default:
      return null;
  }
}

const JSON_TYPES: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  integer: (value) => Number.isInteger(value),
  boolean: (value) => typeof value === "boolean",
  array: (value) => Array.isArray(value),
  object: (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  null: (value) => value === null,
};

/** Checks type, enum and const of a JSON Schema, and the same in its alternatives; whatever else it says is let pass. */
function fits(value: unknown, schema: unknown): boolean {
  if (typeof schema !== "object" || schema === null) return true;
  const { type, enum: choices, const: only, anyOf, oneOf } = schema as Record<string, unknown>;
  const types = [type].flat().filter((one) => typeof one === "string" && Object.hasOwn(JSON_TYPES, one));
  if (types.length > 0 && !types.some((one) => JSON_TYPES[one as string]?.(value))) return false;
  if (Array.isArray(choices) && !choices.some((choice) => canonical(choice) === canonical(value))) return false;
  if (only !== undefined && canonical(only) !== canonical(value)) return false;
  return [anyOf, oneOf].every((list) => !Array.isArray(list) || list.some((one) => fits(value, one)));
}

/** JSON with keys in order and nulls left out of objects. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (typeof inner !== "object" || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner).filter(([, one]) => one != null);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}
