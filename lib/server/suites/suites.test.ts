import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireComparison, WireSuiteHistory } from "@/lib/api/suite-history";
import type { SuiteProblem, WireSuiteItem, WireSuiteRun, WireSuiteWithSource } from "@/lib/api/suites";
import type { ModelEvent } from "@/lib/engine/model";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { THREAD_LIMITS } from "../threads/threads";
import { RUN_SUITE } from "./run-suite";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());
beforeEach(() => {
  t.otherwise.script = says("Noted.");
});

async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

let made = 0;
async function makeAgent(): Promise<WireAgent> {
  return ok<WireAgent>("POST", "/v1/agents/", {
    name: `Agent ${++made}`,
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Name: Mara\nALLERGY: walnuts" }],
    tools: ["memory_insert", "memory_rethink", "archival_memory_insert"],
  });
}

const keep = (content: object) => ok<WireSuiteWithSource>("POST", "/v1/suites", { source: JSON.stringify(content) });
const itemsOf = (run: WireSuiteRun) => ok<WireSuiteItem[]>("GET", `/v1/suites/${run.suite_id}/runs/${run.id}/items`);
const seen = (run: WireSuiteRun) => ok<WireSuiteRun>("GET", `/v1/suites/${run.suite_id}/runs/${run.id}`);

async function run(
  suite: { id: string },
  options: object = {},
): Promise<{ run: WireSuiteRun; items: WireSuiteItem[] }> {
  const started = await ok<WireSuiteRun>("POST", `/v1/suites/${suite.id}/runs`, options);
  await t.jobs.idle();
  return { run: await seen(started), items: await itemsOf(started) };
}

const found = (item: WireSuiteItem | undefined) =>
  item?.result?.findings.map(({ kind, passed, found }) => [kind, passed, found]);

describe("a suite", () => {
  test("runs on a copy: the agent is as it was, and nothing of the test is in a list, a search or the usage", async () => {
    const agent = await makeAgent();
    await t.say({ agentId: agent.id }, "Hello");
    const lists = async () => ({
      agents: await ok<unknown[]>("GET", "/v1/agents/?limit=200&show_hidden_agents=true"),
      runs: await ok<unknown[]>("GET", "/v1/runs/?limit=200"),
      summaries: await ok<unknown[]>("GET", "/v1/runs/summaries?limit=200"),
      blocks: await ok<unknown[]>("GET", "/v1/blocks/?limit=200&show_hidden_blocks=true"),
      archives: await ok<unknown[]>("GET", "/v1/archives/?limit=200"),
      usage: (await ok<{ totals: unknown }>("GET", "/v1/usage?days=1")).totals,
      steps: await ok<unknown[]>("GET", "/v1/steps?limit=200"),
      messages: await ok<unknown[]>("GET", "/v1/messages?limit=200"),
      said: await ok<unknown[]>("POST", "/v1/messages/search", { query: "walnut cake", limit: 20 }),
    });
    const before = await lists();
    const counts = await t.rowCounts();
    const suite = await keep({
      suite: "on a copy",
      start: { agent: agent.id },
      cases: [
        {
          name: "writes",
          conversation: ["I like walnut cake"],
          checks: [
            { memory: { block: "human", contains: "cake", written_by: "agent" } },
            { archive: { holds: "cake" } },
          ],
        },
      ],
    });
    t.push(
      calls({ id: "a", name: "memory_insert", args: { label: "human", new_string: "Likes cake" } }),
      calls({ id: "b", name: "archival_memory_insert", args: { content: "Cake, on a Tuesday" } }),
      says("I wrote down walnut cake."),
    );
    const { run: ended, items } = await run(suite);
    expect(found(items[0])).toEqual([
      ["memory", true, "“Likes cake”"],
      ["memory", true, "written by agent"],
      ["archive", true, "“Cake, on a Tuesday”"],
    ]);
    expect(ended).toMatchObject({ status: "passed", counts: { total: 1, passed: 1 }, seconds_left: null });
    expect(items[0]!.result!.memory).toEqual({
      blocks: [
        { label: "human", before: "Name: Mara\nALLERGY: walnuts", after: expect.stringContaining("Likes cake") },
      ],
      archive_added: ["Cake, on a Tuesday"],
      archive_removed: [],
    });
    expect(items[0]!.agent_id).not.toBe(agent.id);
    expect(await lists()).toEqual(before);
    // But who asks for the copy finds it, with what it did.
    expect((await ok<WireAgent>("GET", `/v1/agents/${items[0]!.agent_id}`)).hidden).toBe(true);
    expect(await ok<unknown[]>("GET", `/v1/runs/?agent_id=${items[0]!.agent_id}`)).toHaveLength(1);

    expect((await t.api("DELETE", `/v1/suites/${suite.id}`)).status).toBe(204);
    expect(await t.rowCounts()).toEqual(counts);
  });

  test("starts from what the agent is now, also what was changed since its last step, or from a step", async () => {
    const agent = await makeAgent();
    await t.say({ agentId: agent.id }, "Hello");
    const [step] = await ok<{ id: string }[]>("GET", `/v1/steps?agent_id=${agent.id}`);
    await ok("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/human`, { value: "Name: Mara" });
    const fresh = await makeAgent();
    const checks = [{ memory: { block: "human", contains: "walnuts" } }];
    const suite = await keep({
      suite: "starts",
      cases: [
        { name: "now", start: { agent: agent.name }, checks },
        { name: "then", start: { step: step!.id }, checks },
        { name: "never ran", start: { agent: fresh.id }, checks },
        { name: "unknown", start: { agent: "Nobody" }, checks },
      ],
    });
    const { run: ended, items } = await run(suite);
    expect(items.map(({ status }) => status)).toEqual(["failed", "passed", "passed", "error"]);
    expect(found(items[0])).toEqual([["memory", false, "“Name: Mara”"]]);
    expect(items[3]!.error).toBe("agent not found with id='Nobody'");
    expect([ended.status, ended.counts]).toEqual([
      "failed",
      expect.objectContaining({ failed: 1, passed: 2, error: 1 }),
    ]);
  });

  test("says what was found of every kind of check, and which step did it", async () => {
    const agent = await makeAgent();
    const suite = await keep({
      suite: "every kind",
      start: { agent: agent.id },
      cases: [
        {
          name: "all",
          conversation: [
            { user: "Forget it", checks: [{ tools: { called: "memory_rethink", at_most: 1 } }] },
            "And now?",
          ],
          checks: [
            { reply: { equals_json: { a: 1 }, at_most: 3 } },
            { reply: { schema: { type: "object", properties: { a: { type: "string" } } } } },
            { reply: { matches: "^\\{.*\\}$" } },
            {
              tools: {
                never: "memory_rethink",
                arguments: { memory_rethink: { label: "human" } },
                order: ["memory_rethink", "x"],
              },
            },
            { memory: { block: "human", lacks: "walnuts", unchanged: true } },
            { memory: { block: "nowhere", contains: "x" } },
            { memory: { unwritten_after: "memory_rethink" } },
            { search: { query: "walnuts", finds: "walnuts" } },
            { context: { has: ["memory-block", "summary"], at_most: 1 } },
            { limits: { steps: 1, stop: "max_steps" } },
            { judge: { rubric: ["It is kind", "It is brief"] } },
          ],
        },
      ],
    });
    t.push(
      calls({ id: "a", name: "memory_rethink", args: { label: "human", new_memory: "Name: Mara" } }),
      says("Done."),
      says('{"a":1}'),
      says(
        '{"verdicts":[{"criterion":1,"met":true,"reason":"It says so."},{"criterion":2,"met":false,"reason":"Too long."}]}',
      ),
    );
    const { items } = await run(suite);
    const findings = items[0]!.result!.findings;
    expect(findings.map(({ expected, passed, found }) => `${passed ? "+" : "-"} ${expected}: ${found}`)).toEqual([
      '+ memory_rethink is called: {"label":"human","new_memory":"Name: Mara"}',
      "+ tools called at most once: once",
      "- the reply has at most 3 characters: it has 7",
      '+ the reply is the JSON “{"a":1}”: “{"a":1}”',
      "- the reply fits the JSON schema: a: Invalid input: expected string, received number",
      '+ the reply matches /^\\{.*\\}$/: “{"a":1}”',
      '- memory_rethink is never called: called with “{"label":"human","new_memory":"Name: Mara"}”',
      '+ memory_rethink is called with “{"label":"human"}”: “{"label":"human","new_memory":"Name: Mara"}”',
      "- calls in the order memory_rethink, x: called: memory_rethink",
      "+ block human lacks “walnuts”: it is not there",
      "- block human is unchanged: human: “Name: Mara\nALLERGY: walnuts” became “Name: Mara”",
      "- block nowhere is there: the agent's blocks are human",
      "+ memory is not written after memory_rethink: nothing was written",
      "- a search for “walnuts” has “walnuts” in its first 5: nothing was found",
      expect.stringMatching(/^- the context has at most 1 tokens: it has \d+$/),
      expect.stringMatching(
        /^\+ the context has a section “memory-block”: it has instructions, memory-intro, memory-block, human, /,
      ),
      expect.stringMatching(/^- the context has a section “summary”: it has /),
      "- at most 1 steps: 3 steps",
      "- stops with max_steps: end_turn",
      "+ It is kind: It says so.",
      "- It is brief: Too long.",
    ]);
    const steps = items[0]!.result!.turns.map(({ step_id }) => step_id);
    const rewrite = items[0]!.result!.turns[0]!.calls[0]!.step_id;
    expect(findings.find(({ expected }) => expected.includes("never"))!.step_id).toBe(rewrite);
    expect(findings.find(({ expected }) => expected.includes("unchanged"))!.step_id).toBe(rewrite);
    expect(findings.find(({ kind }) => kind === "reply")!.step_id).toBe(steps[1]);
  });

  test("a process that dies leaves cases that are begun anew, and those that are over alone", async () => {
    const agent = await makeAgent();
    const checks = [{ reply: { contains: "noted" } }];
    const suite = await keep({
      suite: "crash",
      start: { agent: agent.id },
      cases: ["one", "two", "three"].map((name) => ({ name, conversation: ["Hi"], checks })),
    });
    const { run: first, items } = await run(suite);
    // As it is found where the process died in the second case.
    await t.core.db.query("UPDATE suite_run SET status = 'running', completed_at = NULL WHERE id = $1", [first.id]);
    await t.core.db.query(
      "UPDATE suite_item SET status = CASE position WHEN 1 THEN 'running' ELSE 'created' END, result = NULL WHERE suite_run_id = $1 AND position > 0",
      [first.id],
    );
    await RUN_SUITE.run(t.core, { suiteRunId: first.id }, new AbortController().signal);
    const again = await itemsOf(first);
    expect(again.map(({ status }) => status)).toEqual(["passed", "passed", "passed"]);
    expect(again[0]).toEqual(items[0]);
    expect(again[1]!.agent_id).not.toBe(items[1]!.agent_id);
    expect((await seen(first)).status).toBe("passed");
    // Also what the first try made goes with the run.
    await ok("DELETE", `/v1/suites/${suite.id}/runs/${first.id}`);
    expect(await t.core.db.query("SELECT 1 FROM agent WHERE suite_run_id = $1", [first.id])).toEqual([]);
  });

  test("is cancelled in the middle of a turn; a run at work can't be deleted", async () => {
    const agent = await makeAgent();
    const suite = await keep({
      suite: "cancel",
      start: { agent: agent.id },
      cases: ["one", "two"].map((name) => ({ name, conversation: ["Hi"], checks: [{ reply: { contains: "x" } }] })),
    });
    t.push(async function* (_, signal): AsyncGenerator<ModelEvent> {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      yield* says("Too late.") as ModelEvent[];
    });
    const before = t.requests.length;
    const started = await ok<WireSuiteRun>("POST", `/v1/suites/${suite.id}/runs`, { parallel: 1 });
    await expect.poll(() => t.requests.length).toBe(before + 1);
    expect((await t.api("DELETE", `/v1/suites/${suite.id}/runs/${started.id}`)).status).toBe(409);
    const cancelled = await ok<WireSuiteRun>("POST", `/v1/suites/${suite.id}/runs/${started.id}/cancel`);
    expect(cancelled).toMatchObject({ status: "cancelled", counts: { cancelled: 2 } });
    await t.jobs.idle();
    expect((await itemsOf(started)).map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
    expect(t.requests.length).toBe(before + 1);
    expect((await t.api("POST", `/v1/suites/${suite.id}/runs/${started.id}/approve`)).status).toBe(409);
  });

  test("tells how each case went in its last runs; one that went both ways with one file is flaky", async () => {
    const agent = await makeAgent();
    const content = (steady: string) => ({
      suite: "history",
      start: { agent: agent.id },
      cases: [
        { name: "steady", checks: [{ memory: { contains: steady } }] },
        { name: "by mood", conversation: ["Hi"], checks: [{ reply: { contains: "noted" } }] },
      ],
    });
    const suite = await keep(content("Mara"));
    const history = () => ok<WireSuiteHistory>("GET", `/v1/suites/${suite.id}/history`);
    expect(await history()).toEqual({ runs: [], cases: [] });
    const first = (await run(suite)).run;
    expect((await history()).cases.map(({ is_flaky }) => is_flaky)).toEqual([false, false]);
    // Another file may well come to something else.
    await ok("PATCH", `/v1/suites/${suite.id}`, { source: JSON.stringify(content("Nobody")) });
    t.otherwise.script = says("No.");
    const second = (await run(suite)).run;
    expect((await history()).cases.map(({ is_flaky }) => is_flaky)).toEqual([false, false]);
    t.otherwise.script = says("Noted.");
    const third = (await run(suite)).run;
    const told = await history();
    expect(told.runs.map(({ id, version }) => [id, version])).toEqual([
      [first.id, 1],
      [second.id, 2],
      [third.id, 2],
    ]);
    expect(
      told.cases.map(({ case_name, is_flaky, passed, total, results }) => ({
        ...{ case_name, is_flaky, passed, total },
        results: results.map(({ run_id, passed }) => [run_id, passed]),
      })),
    ).toEqual([
      {
        ...{ case_name: "by mood", is_flaky: true, passed: 2, total: 3 },
        results: [
          [first.id, 1],
          [second.id, 0],
          [third.id, 1],
        ],
      },
      {
        ...{ case_name: "steady", is_flaky: false, passed: 1, total: 3 },
        results: [
          [first.id, 1],
          [second.id, 0],
          [third.id, 0],
        ],
      },
    ]);
    const lastTwo = await ok<WireSuiteHistory>("GET", `/v1/suites/${suite.id}/history?runs=2`);
    expect(lastTwo.runs.map(({ id }) => id)).toEqual([second.id, third.id]);
  });

  test("compares variants and repeats with an approved baseline, what broke first; bail leaves the rest out", async () => {
    const agent = await makeAgent();
    const suite = await keep({
      suite: "compare",
      start: { agent: agent.id },
      repeats: 2,
      variants: [
        { name: "as it is" },
        { name: "other", model: "anthropic/claude-sonnet-4-5", blocks: { human: "Nobody" } },
      ],
      cases: [
        { name: "breaks", conversation: ["Hi"], checks: [{ reply: { contains: "noted" } }] },
        { name: "knows", checks: [{ memory: { contains: "Mara" } }] },
      ],
    });
    expect((await t.api("GET", `/v1/suites/${suite.id}/runs/${(await run(suite)).run.id}/compare`)).status).toBe(400);
    const base = await run(suite);
    expect(
      base.items.map(({ case_name, variant, repeat, status }) => `${case_name}/${variant}/${repeat} ${status}`),
    ).toEqual([
      "breaks/as it is/1 passed",
      "breaks/as it is/2 passed",
      "breaks/other/1 passed",
      "breaks/other/2 passed",
      "knows/as it is/1 passed",
      "knows/as it is/2 passed",
      "knows/other/1 failed",
      "knows/other/2 failed",
    ]);
    expect((await ok<WireSuiteRun>("POST", `/v1/suites/${suite.id}/runs/${base.run.id}/approve`)).is_baseline).toBe(
      true,
    );
    t.otherwise.script = says("No.");
    const worse = await run(suite, { variants: ["as it is"] });
    const compared = await ok<WireComparison>("GET", `/v1/suites/${suite.id}/runs/${worse.run.id}/compare`);
    expect(
      compared.cases.map(({ case_name, variant, change, before, after }) => [
        case_name,
        variant,
        change,
        before?.passed,
        after?.passed,
      ]),
    ).toEqual([
      ["breaks", "as it is", "broken", 2, 0],
      ["breaks", "other", "removed", 2, undefined],
      ["knows", "other", "removed", 0, undefined],
      ["knows", "as it is", "same", 2, 2],
    ]);
    const bailed = await run(suite, { bail: true, parallel: 1, variants: ["as it is"] });
    expect(bailed.items.map(({ status }) => status)).toEqual(["failed", "skipped", "skipped", "skipped"]);
    const report = async (format: string) =>
      (await ok<{ text: string }>("GET", `/v1/suites/${suite.id}/runs/${bailed.run.id}/report?format=${format}`)).text;
    expect(await report("junit")).toContain('tests="4" failures="1" errors="0" skipped="3"');
    expect(await report("junit")).toContain('<failure message="the reply contains “noted”: “No.”">');
    expect(await report("markdown")).toMatch(/^## ❌ compare: 0 of 4 passed, 1 failed, 3 skipped\n/);
  });

  test("a pattern that would take forever fails its check, and nothing waits for it", async () => {
    const agent = await makeAgent();
    t.otherwise.script = says(`${"a".repeat(60)}!`);
    const suite = await keep({
      suite: "patterns",
      start: { agent: agent.id },
      cases: [
        {
          name: "slow",
          conversation: ["Hi"],
          checks: [{ reply: { matches: "^(a+)+$" } }, { reply: { contains: "!" } }],
        },
      ],
    });
    const limits = THREAD_LIMITS as { taskMs: number };
    const taskMs = limits.taskMs;
    limits.taskMs = 500;
    const { items } = await run(suite).finally(() => {
      limits.taskMs = taskMs;
    });
    expect(found(items[0])).toEqual([
      ["reply", false, expect.stringContaining("more than 0.5 seconds")],
      ["reply", true, expect.any(String)],
    ]);
  });
});

describe("a suite's file", () => {
  test("is kept byte for byte, with versions, and written in the other format", async () => {
    const source =
      "# mine\nsuite: A file\nstart: {agent: Ada}\ncases:\n  - name: one\n    checks: [{memory: {contains: x}}]\n";
    const suite = await ok<WireSuiteWithSource>("POST", "/v1/suites", { source });
    expect(suite).toMatchObject({
      name: "A file",
      source,
      format: "yaml",
      version: 1,
      cases: [{ name: "one", turns: 0, checks: 1 }],
    });
    expect((await t.api("POST", "/v1/suites", { source })).status).toBe(409);
    expect((await ok<WireSuiteWithSource>("PATCH", `/v1/suites/${suite.id}`, { source })).version).toBe(1);
    const changed = source.replace("contains: x", "contains: y");
    expect((await ok<WireSuiteWithSource>("PATCH", `/v1/suites/${suite.id}`, { source: changed })).version).toBe(2);
    const versions = await ok<{ number: number; source: string }[]>("GET", `/v1/suites/${suite.id}/versions`);
    expect(versions.map((version) => [version.number, version.source])).toEqual([
      [2, changed],
      [1, source],
    ]);
    const json = await ok<{ source: string; file_name: string }>("GET", `/v1/suites/${suite.id}/export?format=json`);
    expect(json.file_name).toBe("a-file.json");
    const { suite: _, ...rest } = JSON.parse(json.source);
    expect((await keep({ suite: "Another", ...rest })).cases).toEqual(suite.cases);
  });

  test("that is wrong is refused with line, place and cause of each thing", async () => {
    const source = `suite: Wrong
cases:
  - name: one
    conversation:
      - user: Hi
        check: []
    checks:
      - memory: {block: human}
      - reply: {matches: "("}
      - {reply: {contains: a}, limits: {steps: 1}}
  - name: one
    start: {agent: Ada, step: x}
    checks: [{tools: {called: 3}}]
`;
    const { problems } = await ok<{ problems: SuiteProblem[] }>("POST", "/v1/suites/check", { source });
    expect(problems.map(({ line, path, message }) => `${line} ${path}: ${message}`)).toEqual([
      '6 cases.0.conversation.0.check: nothing is called "check" here',
      "8 cases.0.checks.0.memory: this checks nothing: say what is expected",
      "9 cases.0.checks.1.reply.matches: this is no regular expression of JavaScript",
      "10 cases.0.checks.2: a check is exactly one of reply, tools, memory, archive, search, context, limits, judge, code",
      "12 cases.1.start: a start is one of agent, step, template, file",
      "13 cases.1.checks.0.tools.called: Invalid input: expected string, received number",
    ]);
    const refused = await t.api<{ detail: string }>("POST", "/v1/suites", { source });
    expect(refused.status).toBe(422);
    for (const { line, column, path, message } of problems)
      expect(refused.body.detail).toContain(`line ${line}, column ${column} (${path}): ${message}`);
    const yaml = await ok<{ problems: unknown[] }>("POST", "/v1/suites/check", { source: "suite: a\ncases: [\n  - x" });
    expect(yaml.problems).toEqual([expect.objectContaining({ line: 3, path: "" }), ...yaml.problems.slice(1)]);
  });

  test("is made of a run, and passes where the agent does again what it did", async () => {
    const agent = await makeAgent();
    await t.say({ agentId: agent.id }, "Hello");
    const script = [
      calls({ id: "a", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }),
      says("Noted."),
    ];
    t.push(...script);
    const { runId } = await t.say({ agentId: agent.id }, "I like tea");
    const { source } = await ok<{ source: string }>("GET", `/v1/suites/draft?run_id=${runId}`);
    const suite = await ok<WireSuiteWithSource>("POST", "/v1/suites", { source });
    t.push(...script);
    const { items } = await run(suite);
    expect(items[0]!.result!.findings.map(({ expected, passed }) => [expected, passed])).toEqual([
      ["memory_insert is called", true],
      ["block human is changed", true],
      ["stops with end_turn", true],
    ]);
    expect(items[0]!.result!.memory.blocks[0]!.before).toBe("Name: Mara\nALLERGY: walnuts");
  });

  test("replays a run without its model, and says at which step what is tested has changed", async () => {
    const agent = await makeAgent();
    await t.say({ agentId: agent.id }, "Hello");
    t.push(
      calls({ id: "a", name: "memory_insert", args: { label: "human", new_string: "Likes tea" } }),
      calls({ id: "b", name: "conversation_search", args: { query: "Hello" } }),
      says("Noted: tea."),
    );
    const { runId } = await t.say({ agentId: agent.id }, "I like tea");
    const before = (await ok<{ id: string }[]>("GET", `/v1/steps?agent_id=${agent.id}&order=asc`))[0]!.id;
    const replayed = (name: string, changes: object = {}) => ({
      name,
      start: { step: before },
      conversation: { recorded: runId, replay: true },
      checks: [
        { memory: { contains: "Likes tea" } },
        { reply: { contains: "tea" } },
        { tools: { called: "conversation_search" } },
      ],
      ...changes,
    });
    const suite = await keep({
      suite: "replayed",
      variants: [{ name: "as it was" }, { name: "another prompt", system: "You are someone else." }],
      cases: [
        replayed("again"),
        replayed("later", { start: { agent: agent.id } }),
        replayed("none", { conversation: { recorded: "conv-x", replay: true } }),
      ],
    });
    const asked = t.requests.length;
    const { items } = await run(suite, { variants: ["as it was"] });
    expect(t.requests.length).toBe(asked);
    expect(items.map(({ status }) => status)).toEqual(["passed", "failed", "error"]);
    expect(found(items[1])![0]).toEqual([
      "limits",
      false,
      expect.stringMatching(/^Diverged at step 1: (the prompt differs at character|\d+ messages|message \d+)/),
    ]);
    const other = await run(suite, { variants: ["another prompt"], cases: ["again"] });
    expect(found(other.items[0])![0]).toEqual([
      "limits",
      false,
      expect.stringMatching(/^Diverged at step 1: the prompt differs at character 9, where /),
    ]);
  });
});
