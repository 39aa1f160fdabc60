import { z } from "@hono/zod-openapi";
import { idSchema, jsonObject, pagingQuery, queryBoolean, timestamp } from "./common";
import { endpoint } from "./endpoint";
import { comparedSchema, historySchema } from "./suite-history";

/** Characters of a suite's file. */
export const MAX_SUITE_CHARS = 500_000;
const source = z.string().min(1).max(MAX_SUITE_CHARS).describe("The file, in YAML or JSON");

const problemSchema = z
  .object({
    line: z.number().int().describe("From 1"),
    column: z.number().int().describe("From 1"),
    path: z.string().describe("Where in the file, as in `cases.0.checks`; empty for what is no YAML"),
    message: z.string(),
  })
  .openapi("SuiteProblem");
export type SuiteProblem = z.output<typeof problemSchema>;

const itemStatus = z.enum(["created", "running", "passed", "failed", "error", "cancelled", "skipped"]);
export type SuiteItemStatus = z.output<typeof itemStatus>;
const counts = z.object({
  total: z.number().int(),
  created: z.number().int(),
  running: z.number().int(),
  passed: z.number().int(),
  failed: z.number().int(),
  error: z.number().int(),
  cancelled: z.number().int(),
  skipped: z.number().int(),
});
export type SuiteCounts = z.output<typeof counts>;

const runOptions = z.object({
  cases: z.array(z.string().min(1).max(200)).min(1).max(500).optional().describe("Names of cases; all unless given"),
  variants: z
    .array(z.string().min(1).max(200))
    .min(1)
    .max(10)
    .optional()
    .describe("Names of variants; all unless given"),
  repeats: z.number().int().min(1).max(100).optional().describe("Of each case; as the file says unless given"),
  parallel: z.number().int().min(1).max(16).optional().describe("Cases at a time; 4 unless given"),
  bail: z.boolean().optional().describe("Whether nothing more begins once a case has failed"),
});
export type SuiteRunOptions = z.output<typeof runOptions>;

const suiteRunSchema = z
  .object({
    id: z.string(),
    suite_id: z.string(),
    suite_name: z.string(),
    version: z.number().int(),
    status: z.enum(["running", "passed", "failed", "cancelled"]),
    counts,
    options: runOptions,
    is_baseline: z.boolean(),
    has_baseline: z.boolean().describe("Whether its suite has one"),
    created_at: timestamp,
    completed_at: timestamp.nullable(),
    seconds_left: z.number().nullable().describe("An estimate by what is done; null where nothing is, or all"),
  })
  .openapi("SuiteRun");
export type WireSuiteRun = z.output<typeof suiteRunSchema>;

const suiteSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    description: z.string().nullable(),
    version: z.number().int(),
    cases: z.array(z.object({ name: z.string(), turns: z.number().int().nullable(), checks: z.number().int() })),
    variants: z.array(z.string()),
    baseline_run_id: z.string().nullable(),
    recent_runs: z.array(suiteRunSchema).describe("The last ten, newest first"),
    created_at: timestamp,
    updated_at: timestamp,
  })
  .openapi("Suite");
export type WireSuite = z.output<typeof suiteSchema>;

const suiteWithSource = suiteSchema
  .extend({ source: z.string(), format: z.enum(["yaml", "json"]) })
  .openapi("SuiteWithSource");
export type WireSuiteWithSource = z.output<typeof suiteWithSource>;

const versionSchema = z
  .object({ number: z.number().int(), created_at: timestamp, source: z.string(), format: z.enum(["yaml", "json"]) })
  .openapi("SuiteVersion");

const findingSchema = z.object({
  kind: z.string(),
  expected: z.string(),
  passed: z.boolean(),
  found: z.string(),
  step_id: z.string().nullable(),
});

const resultSchema = z
  .object({
    findings: z.array(
      findingSchema.extend({ turn: z.number().int().nullable().describe("After which turn; null at the end") }),
    ),
    turns: z.array(
      z.object({
        said: z.string(),
        replies: z.array(z.string()),
        calls: z.array(z.object({ name: z.string(), arguments: z.string(), status: z.string(), step_id: z.string() })),
        run_id: z.string(),
        step_id: z.string().nullable(),
        stop_reason: z.string().nullable(),
        error: z.string().nullable(),
      }),
    ),
    memory: z.object({
      blocks: z
        .array(z.object({ label: z.string(), before: z.string().nullable(), after: z.string().nullable() }))
        .describe("Those that changed"),
      archive_added: z.array(z.string()),
      archive_removed: z.array(z.string()),
    }),
    used: z.object({ steps: z.number(), seconds: z.number(), tokens: z.number(), cost: z.number().nullable() }),
    notes: z.array(z.string()).describe("What the copy of the agent does not have"),
  })
  .openapi("SuiteItemResult");
export type SuiteItemResult = z.output<typeof resultSchema>;

const itemSchema = z
  .object({
    id: z.string(),
    suite_run_id: z.string(),
    position: z.number().int(),
    case_name: z.string(),
    variant: z.string().describe("Empty for the agent as it is"),
    repeat: z.number().int().describe("From 1"),
    status: itemStatus,
    agent_id: z.string().nullable().describe("The copy of the agent that it ran on"),
    turns: z.number().int().describe("Turns that are over"),
    result: resultSchema.nullable(),
    error: z.string().nullable().describe("Why it could not be run"),
    started_at: timestamp.nullable(),
    completed_at: timestamp.nullable(),
  })
  .openapi("SuiteItem");
export type WireSuiteItem = z.output<typeof itemSchema>;

const params = z.object({ suite_id: idSchema("suite") });
const runParams = z.object({ suite_id: idSchema("suite"), suite_run_id: idSchema("suite_run") });
const itemQuery = z.object({
  brief: queryBoolean.default(false).describe("Without results, which may be large"),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().nullish(),
});

export const SUITE_ENDPOINTS = [
  endpoint({
    id: "suites.schema",
    method: "get",
    path: "/v1/suites/schema",
    summary: "The JSON schema of a suite's file, for editors",
    own: true,
    response: jsonObject,
  }),
  endpoint({
    id: "suites.check",
    method: "post",
    path: "/v1/suites/check",
    summary: "Read a suite's file and say what is wrong with it, by line",
    own: true,
    body: z.object({ source }),
    response: z.object({ problems: z.array(problemSchema), name: z.string().nullable(), cases: z.number().int() }),
  }),
  endpoint({
    id: "suites.draft",
    method: "get",
    path: "/v1/suites/draft",
    summary: "A suite's file to begin with: of a run, of an agent, or a ready one",
    own: true,
    query: z.object({
      run_id: z.string().nullish().describe("What was said and done in this run becomes a case"),
      message_id: z.string().nullish().describe("As run_id: the run that the message belongs to"),
      replay: queryBoolean
        .default(false)
        .describe("Of a run: with the answers of its models and tools, which needs no key"),
      agent_id: z.string().nullish().describe("Whose state the cases start from"),
      ready: z.enum(["basics", "poisoning", "people"]).nullish(),
    }),
    response: z.object({ source: z.string() }),
  }),
  endpoint({
    id: "suites.list",
    method: "get",
    path: "/v1/suites",
    summary: "List suites of tests, newest first, with their last results",
    own: true,
    query: z.object({ ...pagingQuery({ limit: 50, order: "desc" }), name: z.string().max(200).nullish() }),
    response: z.array(suiteSchema),
  }),
  endpoint({
    id: "suites.create",
    method: "post",
    path: "/v1/suites",
    summary: "Keep a suite of tests",
    own: true,
    body: z.object({ source }),
    response: suiteWithSource,
    status: 201,
  }),
  endpoint({
    id: "suites.retrieve",
    method: "get",
    path: "/v1/suites/{suite_id}",
    summary: "Retrieve a suite with its file",
    own: true,
    params,
    response: suiteWithSource,
  }),
  endpoint({
    id: "suites.update",
    method: "patch",
    path: "/v1/suites/{suite_id}",
    summary: "Put another file in a suite's place, as a new version; the same file changes nothing",
    own: true,
    params,
    body: z.object({ source }),
    response: suiteWithSource,
  }),
  endpoint({
    id: "suites.delete",
    method: "delete",
    path: "/v1/suites/{suite_id}",
    summary: "Delete a suite with its runs and all that they made",
    own: true,
    params,
    response: null,
    status: 204,
  }),
  endpoint({
    id: "suites.export",
    method: "get",
    path: "/v1/suites/{suite_id}/export",
    summary: "A suite's file as it was given, or written anew in the other format",
    own: true,
    params,
    query: z.object({ format: z.enum(["yaml", "json"]).nullish() }),
    response: z.object({ source: z.string(), format: z.enum(["yaml", "json"]), file_name: z.string() }),
  }),
  endpoint({
    id: "suites.versions",
    method: "get",
    path: "/v1/suites/{suite_id}/versions",
    summary: "List the last hundred versions of a suite, newest first",
    own: true,
    params,
    response: z.array(versionSchema),
  }),
  endpoint({
    id: "suites.history",
    method: "get",
    path: "/v1/suites/{suite_id}/history",
    summary: "How each case of a suite went in its last runs, and which are flaky",
    own: true,
    params,
    query: z.object({
      runs: z.coerce.number().int().min(1).max(100).default(20).describe("How many runs that are over"),
    }),
    response: historySchema,
  }),
  endpoint({
    id: "suites.runs.create",
    method: "post",
    path: "/v1/suites/{suite_id}/runs",
    summary: "Run a suite on copies of its agents",
    own: true,
    params,
    body: runOptions,
    bodyOptional: true,
    response: suiteRunSchema,
    status: 201,
  }),
  endpoint({
    id: "suites.runs.list",
    method: "get",
    path: "/v1/suites/{suite_id}/runs",
    summary: "List the runs of a suite, newest first",
    own: true,
    params,
    query: z.object(pagingQuery({ limit: 50, order: "desc" })),
    response: z.array(suiteRunSchema),
  }),
  endpoint({
    id: "suites.runs.retrieve",
    method: "get",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}",
    summary: "Retrieve a run of a suite: how far it is",
    own: true,
    params: runParams,
    response: suiteRunSchema,
  }),
  endpoint({
    id: "suites.runs.delete",
    method: "delete",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}",
    summary: "Delete a run of a suite that is over, with the copies of agents that it made",
    own: true,
    params: runParams,
    response: null,
    status: 204,
  }),
  endpoint({
    id: "suites.runs.items",
    method: "get",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}/items",
    summary: "List what became of the cases of a run, in order",
    own: true,
    params: runParams,
    query: itemQuery,
    response: z.array(itemSchema),
  }),
  endpoint({
    id: "suites.runs.item",
    method: "get",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}/items/{suite_item_id}",
    summary: "Retrieve what became of one case of a run",
    own: true,
    params: runParams.extend({ suite_item_id: idSchema("suite_item") }),
    response: itemSchema,
  }),
  endpoint({
    id: "suites.runs.cancel",
    method: "post",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}/cancel",
    summary: "Cancel a run of a suite; what is over stays",
    own: true,
    params: runParams,
    response: suiteRunSchema,
  }),
  endpoint({
    id: "suites.runs.approve",
    method: "post",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}/approve",
    summary: "Make a run that is over the suite's baseline",
    own: true,
    params: runParams,
    response: suiteRunSchema,
  }),
  endpoint({
    id: "suites.runs.compare",
    method: "get",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}/compare",
    summary: "Compare a run of a suite with another, or with the baseline",
    own: true,
    params: runParams,
    query: z.object({ with_run_id: z.string().nullish().describe("The baseline unless given") }),
    response: comparedSchema,
  }),
  endpoint({
    id: "suites.runs.report",
    method: "get",
    path: "/v1/suites/{suite_id}/runs/{suite_run_id}/report",
    summary: "A run of a suite as JUnit's XML or as Markdown, with what changed in memory",
    own: true,
    params: runParams,
    query: z.object({ format: z.enum(["junit", "markdown"]).default("markdown") }),
    response: z.object({ text: z.string() }),
  }),
] as const;
