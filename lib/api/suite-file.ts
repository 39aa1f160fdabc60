import { z } from "@hono/zod-openapi";
import { dateTime } from "./fields";

/** The file of a suite: what people write, in YAML or JSON. `GET /v1/suites/schema` is made of it. */

const name = z.string().trim().min(1).max(200);
const text = z.string().min(1).max(10_000);
const texts = z.union([text, z.array(text).min(1).max(50)]);
const pattern = z
  .string()
  .min(1)
  .max(1000)
  .refine(isPattern, { error: "this is no regular expression of JavaScript" })
  .describe("A regular expression of JavaScript, without slashes");
const patterns = z.union([pattern, z.array(pattern).min(1).max(50)]);
const count = z.number().int().min(0).max(10_000_000);

function isPattern(source: string): boolean {
  try {
    return Boolean(new RegExp(source, "mu"));
  } catch {
    return false;
  }
}

/** At least one of the keys that say something, or nothing is checked. */
const saysSomething = (but: readonly string[]) => (given: Record<string, unknown>) =>
  Object.keys(given).some((key) => !but.includes(key) && given[key] !== undefined);
const NOTHING = { error: "this checks nothing: say what is expected" };

const textFields = {
  contains: texts.optional(),
  lacks: texts.optional(),
  matches: patterns.optional(),
  lacks_match: patterns.optional(),
  equals: z.string().max(100_000).optional(),
  ignore_case: z.boolean().optional().describe("True unless given: facts are compared, not spellings"),
};

const AUTHORS = ["agent", "user", "api", "import", "compaction", "sleep-time", "fork", "revert"] as const;
const author = z.enum(AUTHORS);

const replyCheck = z
  .strictObject({
    of: z.enum(["last", "any", "each"]).optional().describe("Of what the agent said: the last answer unless given"),
    ...textFields,
    equals_json: z.unknown().optional(),
    schema: z.record(z.string(), z.unknown()).optional().describe("A JSON schema"),
    at_least: count.optional().describe("Characters"),
    at_most: count.optional().describe("Characters"),
  })
  .refine(saysSomething(["of", "ignore_case"]), NOTHING);

const toolsCheck = z
  .strictObject({
    called: texts.optional(),
    never: texts.optional(),
    arguments: z
      .record(z.string(), z.record(z.string(), z.unknown()))
      .optional()
      .describe("By tool: arguments that one of its calls has, at least these"),
    order: z.array(text).min(2).max(50).optional(),
    at_most: z
      .union([count, z.record(z.string(), count)])
      .optional()
      .describe("Calls, of all tools or by tool"),
  })
  .refine(saysSomething([]), NOTHING);

const memoryCheck = z
  .strictObject({
    block: text.optional().describe("A block's label; all blocks together unless given"),
    ...textFields,
    at_most: count.optional().describe("Characters"),
    unchanged: z.boolean().optional(),
    written_by: z
      .union([author, z.array(author).min(1)])
      .optional()
      .describe("Who wrote what `contains` names"),
    unwritten_after: texts.optional().describe("Tools: nothing is written once one of them has returned"),
  })
  .refine(saysSomething(["block", "ignore_case"]), NOTHING)
  .refine((given) => given.written_by === undefined || given.contains !== undefined, {
    error: "written_by needs contains: whose text is meant",
    path: ["written_by"],
  });

const archiveCheck = z
  .strictObject({
    holds: texts.optional(),
    lacks: texts.optional(),
    at_least: count.optional().describe("Passages"),
    at_most: count.optional().describe("Passages"),
    ignore_case: z.boolean().optional(),
  })
  .refine(saysSomething(["ignore_case"]), NOTHING);

const checkShape = z.strictObject({
  reply: replyCheck.optional(),
  tools: toolsCheck.optional(),
  memory: memoryCheck.optional(),
  archive: archiveCheck.optional(),
  search: z
    .strictObject({ query: text, finds: texts, within: z.number().int().min(1).max(10).optional() })
    .optional()
    .describe("A search of the archive has this among its first so many (5 unless given)"),
  context: z
    .strictObject({ at_most: count.optional().describe("Tokens"), has: texts.optional(), lacks: texts.optional() })
    .refine(saysSomething([]), NOTHING)
    .optional()
    .describe("Of the last step; sections by kind, or by a block's label"),
  limits: z
    .strictObject({
      steps: count.optional(),
      seconds: z.number().min(0).optional(),
      tokens: count.optional(),
      cost: z.number().min(0).optional().describe("Dollars"),
      stop: texts.optional().describe("How the last turn may stop"),
    })
    .refine(saysSomething([]), NOTHING)
    .optional(),
  judge: z
    .strictObject({
      rubric: texts.describe("Criteria, each of which is judged by itself"),
      model: text.optional().describe("The agent's own unless given"),
    })
    .optional(),
  code: z
    .strictObject({
      language: z.enum(["python", "typescript"]),
      source: z.string().min(1).max(100_000).describe("A function `check(result)` that returns true, or what is wrong"),
    })
    .optional(),
});
const KINDS = Object.keys(checkShape.shape).join(", ");
const checkSchema = checkShape.refine((given) => Object.values(given).filter((one) => one !== undefined).length === 1, {
  error: `a check is exactly one of ${KINDS}`,
});
const checks = z.array(checkSchema).max(100);

const startSchema = z
  .strictObject({
    agent: text.optional().describe("An id or a name: the agent as it is now"),
    at: dateTime.optional().describe("The agent as it was then"),
    days_ago: z
      .number()
      .int()
      .min(0)
      .max(10_000)
      .optional()
      .describe("The agent as it was at the end of that day, UTC"),
    step: text.optional().describe("The id of a step: the agent that took it, as of then"),
    moment: z.enum(["before", "after"]).optional().describe("Of the step; after it unless given"),
    template: text.optional().describe("A template, `name` or `name:version`"),
    file: z.record(z.string(), z.unknown()).optional().describe("An agent file"),
  })
  .refine(
    (given) => [given.agent, given.step, given.template, given.file].filter((one) => one !== undefined).length === 1,
    {
      error: "a start is one of agent, step, template, file",
    },
  )
  .refine((given) => given.agent !== undefined || (given.at === undefined && given.days_ago === undefined), {
    error: "at and days_ago are moments of an agent: name it by `agent`",
  });

const turnSchema = z.strictObject({
  user: text,
  checks: checks.optional().describe("What must hold once this is answered"),
});

const simulatedUser = z.strictObject({
  persona: text.describe("Who speaks: one of the library's, or in your own words"),
  goal: text.describe("What they want; without a real model its sentences are said one by one"),
  style: text.optional(),
  end: text.optional().describe("The conversation ends when the agent says this"),
  turns: z.number().int().min(1).max(50).default(6).describe("At most so many"),
  model: text.optional().describe("Who plays the user; the agent's own unless given"),
});
export type SimulatedUser = z.output<typeof simulatedUser>;

const conversationSchema = z.union([
  z
    .array(z.union([text, turnSchema]))
    .min(1)
    .max(100),
  z.strictObject({
    recorded: text.describe("The id of a run or conversation: what its user said is said again"),
    replay: z
      .boolean()
      .optional()
      .describe(
        "Of a run: models and tools answer as they did then, which needs no key, until something is asked otherwise",
      ),
  }),
  z.strictObject({ simulated: simulatedUser }),
]);

const caseSchema = z.strictObject({
  name,
  start: startSchema.optional(),
  conversation: conversationSchema.optional().describe("None for a check of the state alone"),
  checks: checks.default([]),
  repeats: z.number().int().min(1).max(100).optional(),
  skip: z.boolean().optional(),
});

const variantSchema = z.strictObject({
  name,
  model: text.optional(),
  system: z.string().max(100_000).optional(),
  drop_tools: z.array(text).max(100).optional(),
  blocks: z.record(z.string(), z.string().max(100_000)).optional().describe("Other values of blocks, by label"),
});
export type Variant = z.output<typeof variantSchema>;

export const suiteContent = z
  .strictObject({
    suite: name.describe("What it is called; unique"),
    description: z.string().max(2000).optional(),
    start: startSchema.optional().describe("Of cases that have none of their own"),
    repeats: z.number().int().min(1).max(100).optional(),
    variants: z.array(variantSchema).min(1).max(10).optional().describe("Each case is run as each of them"),
    cases: z.array(caseSchema).min(1).max(500),
  })
  .superRefine((suite, context) => {
    suite.cases.forEach((one, index) => {
      const path = ["cases", index];
      if (!one.start && !suite.start)
        context.addIssue({
          code: "custom",
          path,
          message: "no start: give the case or the suite one, as in `start: {agent: Ada}`",
        });
      const turns = Array.isArray(one.conversation) ? one.conversation : [];
      if (one.checks.length === 0 && !turns.some((turn) => typeof turn !== "string" && turn.checks?.length))
        context.addIssue({ code: "custom", path, message: "no checks: a case without them proves nothing" });
      if (suite.cases.findIndex(({ name }) => name === one.name) !== index)
        context.addIssue({ code: "custom", path: [...path, "name"], message: "another case has this name" });
    });
    const names = suite.variants?.map(({ name }) => name) ?? [];
    if (new Set(names).size < names.length)
      context.addIssue({ code: "custom", path: ["variants"], message: "two variants have the same name" });
  });

export type SuiteContent = z.output<typeof suiteContent>;
export type SuiteCase = SuiteContent["cases"][number];
export type SuiteStart = NonNullable<SuiteContent["start"]>;
export type SuiteCheck = SuiteCase["checks"][number];

let published: Record<string, unknown> | null = null;

/** The JSON schema of the file, for editors. */
export function suiteJsonSchema(): Record<string, unknown> {
  published ??= {
    ...z.toJSONSchema(suiteContent, { io: "input", unrepresentable: "any", target: "draft-7" }),
    title: "A suite of tests of Memoir",
  };
  return published;
}
