import { z } from "@hono/zod-openapi";
import { jsonObject } from "./common";
import { count, shortText } from "./fields";

const common = { tool_name: shortText, prompt_template: z.string().nullish().describe("Ignored") };

/** A rule for the use of one tool within one run, as a client gives it. */
export const toolRuleBody = z
  .discriminatedUnion("type", [
    z.object({ ...common, type: z.literal("run_first"), args: jsonObject.nullish() }),
    z.object({ ...common, type: z.literal("exit_loop") }),
    z.object({ ...common, type: z.literal("continue_loop") }),
    z.object({
      ...common,
      type: z.literal("constrain_child_tools"),
      children: z.array(shortText),
      child_arg_nodes: z.array(z.object({ name: shortText, args: jsonObject.nullish() })).nullish(),
    }),
    z.object({ ...common, type: z.literal("parent_last_tool"), children: z.array(shortText) }),
    z.object({
      ...common,
      type: z.literal("conditional"),
      child_output_mapping: z.record(z.string(), shortText),
      default_child: shortText.nullish(),
      require_output_mapping: z.boolean().default(false),
    }),
    z.object({ ...common, type: z.literal("max_count_per_step"), max_count_limit: count }),
    z.object({ ...common, type: z.literal("required_before_exit") }),
    z.object({ ...common, type: z.literal("requires_approval") }),
  ])
  .openapi("ToolRuleInput");

/** The rule as the contract shows it: every key of its type, nulls present. */
export const toolRuleSchema = z
  .looseObject({ tool_name: z.string(), type: z.string(), prompt_template: z.string().nullable() })
  .openapi("ToolRule");
export type WireToolRule = z.output<typeof toolRuleSchema>;
