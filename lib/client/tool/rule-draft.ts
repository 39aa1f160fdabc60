import type { Rule, RuleType } from "./tool-rules";

/** A rule while it is filled in, with what every type could need. */
export type RuleDraft = {
  type: RuleType;
  tool: string;
  children: string[];
  cases: { output: string; child: string }[];
  otherwise: string;
  count: string;
};

export const EMPTY_RULE: Omit<RuleDraft, "tool"> = {
  type: "constrain_child_tools",
  children: [],
  cases: [],
  otherwise: "",
  count: "1",
};

/** The rule that a form means; null while something is missing. */
export function toRule({ type, tool, children, cases, otherwise, count }: RuleDraft): Rule | null {
  if (tool === "") return null;
  switch (type) {
    case "constrain_child_tools":
    case "parent_last_tool":
      return children.length === 0 ? null : { type, tool_name: tool, children };
    case "conditional": {
      const filled = cases.filter((one) => one.output !== "" && one.child !== "");
      if (filled.length === 0) return null;
      const child_output_mapping = Object.fromEntries(filled.map((one) => [one.output, one.child]));
      return { type, tool_name: tool, child_output_mapping, default_child: otherwise || null };
    }
    case "max_count_per_step": {
      const limit = Number(count);
      return Number.isInteger(limit) && limit >= 1 ? { type, tool_name: tool, max_count_limit: limit } : null;
    }
    default:
      return { type, tool_name: tool };
  }
}
