import { z } from "@hono/zod-openapi";
import { timestamp } from "./common";

const rateSchema = z.object({ passed: z.number().int(), total: z.number().int() });
export const comparedSchema = z
  .object({
    run_id: z.string(),
    with_run_id: z.string(),
    cases: z
      .array(
        z.object({
          case_name: z.string(),
          variant: z.string(),
          change: z.enum(["broken", "mended", "same", "added", "removed"]),
          before: rateSchema.nullable(),
          after: rateSchema.nullable(),
          item_id: z.string().nullable().describe("The item that tells most: one that failed, if one did"),
          with_item_id: z.string().nullable(),
        }),
      )
      .describe("What was broken first, then what was mended, then the rest"),
  })
  .openapi("SuiteComparison");
export type WireComparison = z.output<typeof comparedSchema>;

export const historySchema = z
  .object({
    runs: z
      .array(z.object({ id: z.string(), version: z.number().int(), created_at: timestamp }))
      .describe("Oldest first"),
    cases: z
      .array(
        z.object({
          case_name: z.string(),
          variant: z.string().describe("Empty for the agent as it is"),
          is_flaky: z
            .boolean()
            .describe("Whether it passed and failed with one version of the file, in one run or in several of these"),
          passed: z.number().int(),
          total: z.number().int(),
          results: z
            .array(rateSchema.extend({ run_id: z.string(), seconds: z.number().nullable().describe("On average") }))
            .describe("Of the runs that had it, oldest first"),
        }),
      )
      .describe("Flaky ones first, then those that fail most"),
  })
  .openapi("SuiteHistory");
export type WireSuiteHistory = z.output<typeof historySchema>;
