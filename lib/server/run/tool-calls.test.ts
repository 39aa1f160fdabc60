import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireRun, WireRunningCall } from "@/lib/api/runs";
import type { WireTool } from "@/lib/api/tools";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import type { LedgerEvent } from "../core/events";
import { replayRun } from "../ledger/replay";
import { createFakeSandbox, type FakeSandbox, returned, threw } from "../testing/fake-sandbox";
import { openRunningCore, type RunningCore, type Said, say } from "../testing/running-core";

let t: RunningCore;
let sandbox: FakeSandbox;
beforeAll(async () => {
  sandbox = createFakeSandbox();
  t = await openRunningCore({ sandbox });
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

let made = 0;

/** An agent with custom tools of these changes, and their names. */
async function makeAgent(tools: Record<string, unknown>[] = [{}], body: Record<string, unknown> = {}) {
  const all = tools.map((changes) => ({ name: `work_${++made}`, changes }));
  const ids: string[] = [];
  for (const { name, changes } of all) {
    const source_code = `def ${name}():\n    """Works."""\n`;
    ids.push((await t.api<WireTool>("POST", "/v1/tools/", { source_code, ...changes })).body.id);
  }
  const agent = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tool_ids: ids,
    include_base_tools: false,
    parallel_tool_calls: true,
    ...body,
  });
  return { agentId: agent.body.id, names: all.map(({ name }) => name) };
}

/** Makes a tool's code wait: `began` when it runs, until it is told to stop or the test lets it return. */
function held(name: string) {
  let begin = () => {};
  let finish = () => {};
  const began = new Promise<void>((resolve) => (begin = resolve));
  const finished = new Promise<void>((resolve) => (finish = resolve));
  let print: (text: string, stream?: "stdout" | "stderr") => void = () => {};
  sandbox.on(name, async ({ signal, onOutput }) => {
    const stopped = new Promise<"stopped">((resolve) => signal!.addEventListener("abort", () => resolve("stopped")));
    print = (text, stream = "stdout") => onOutput!(stream, text);
    begin();
    if ((await Promise.race([finished, stopped])) !== "stopped") return returned(`${name} is done`);
    return { ...threw("CancelledError", "the call was cancelled"), status: "killed", stdout: ["its own words"] };
  });
  return { began, finish, print: (text: string, stream?: "stdout" | "stderr") => print(text, stream) };
}

/** Lets the model call each tool once, with ids c0, c1…, and answer then. */
function start(agentId: string, names: string[]): Promise<Said> {
  t.otherwise.script = says("Done.");
  t.push(calls(...names.map((name, index) => ({ id: `c${index}`, name, args: {} }))));
  return t.say({ agentId }, "Go");
}

const activeRun = async (agentId: string) =>
  (await t.api<WireRun[]>("GET", `/v1/runs?agent_id=${agentId}&active=true`)).body[0]!.id;
const cancel = (runId: string, callId: string) =>
  t.api<{ detail?: string }>("POST", `/v1/runs/${runId}/tool-calls/${callId}/cancel`);
const running = async (runId: string) => (await t.api<WireRunningCall[]>("GET", `/v1/runs/${runId}/tool-calls`)).body;
const returnsOf = (said: Said) => said.items.flatMap((item) => (item.type === "tool-return" ? item.returns : []));
const rowsOf = (runId: string) =>
  t.core.db.query<{ call_id: string; status: string; stdout: string[] | null; ended_at: Date | null }>(
    "SELECT call_id, status, stdout, ended_at FROM tool_call WHERE run_id = $1 ORDER BY seq",
    [runId],
  );
const UNKNOWN = "run-00000000-0000-4000-8000-00000000dead";
const CANCELLED = expect.stringMatching(/^Error: a person cancelled this call of work_\d+ while it was running\./);

describe("cancelling one tool call", () => {
  test("of three parallel ones: it has an error return, the others their own, and the run goes on", async () => {
    const parallel = { enable_parallel_execution: true };
    const { agentId, names } = await makeAgent([parallel, parallel, parallel]);
    const [first, second, third] = names.map(held);
    const saying = start(agentId, names);
    await Promise.all([first!.began, second!.began, third!.began]);
    const runId = await activeRun(agentId);
    expect(await cancel(runId, "c1")).toMatchObject({
      status: 200,
      body: { run_id: runId, tool_call_id: "c1", status: "cancelled" },
    });
    await expect.poll(() => running(runId)).toMatchObject([{}, { status: "cancelled" }, {}]);
    expect((await cancel(runId, "c1")).status, "once it is answered").toBe(409);
    first!.finish();
    third!.finish();
    const said = await saying;
    expect(said.stopReason).toBe("end_turn");
    expect(returnsOf(said)).toMatchObject([
      { toolCallId: "c0", status: "success", content: `${names[0]} is done` },
      { toolCallId: "c1", status: "error", content: CANCELLED, stdout: ["its own words"] },
      { toolCallId: "c2", status: "success", content: `${names[2]} is done` },
    ]);
    expect(await rowsOf(runId)).toMatchObject([
      { call_id: "c0", status: "success" },
      { call_id: "c1", status: "error", stdout: ["its own words"], ended_at: expect.any(Date) },
      { call_id: "c2", status: "success" },
    ]);
    // What the model is shown next.
    expect(JSON.stringify(t.requests.at(-1)!.messages)).toContain("a person cancelled this call");
    expect(await replayRun(t.ctx, runId)).toMatchObject({ identical: true, firstDifference: null });
  });

  test("whose tool does not stop answers it all the same, and drops what comes of it later, memory too", async () => {
    const { agentId, names } = await makeAgent();
    let finish = () => {};
    let over = Promise.resolve();
    let begin = () => {};
    const began = new Promise<void>((resolve) => (begin = resolve));
    sandbox.on(names[0]!, ({ agent, onOutput }) => {
      const late = (async () => {
        onOutput!("stdout", "one\ntwo\n");
        begin();
        await new Promise<void>((resolve) => (finish = resolve));
        await agent!.writeBlock("human", "Overwritten");
        onOutput!("stdout", "three\n");
        return returned("late");
      })();
      over = late.then(() => {});
      return late;
    });
    const heard: LedgerEvent[] = [];
    const unsubscribe = t.core.events.subscribe(t.ctx.actor.organizationId, (event) => heard.push(event));
    const saying = start(agentId, names);
    await began;
    const runId = await activeRun(agentId);
    // Output is sent on a few times a second.
    await expect.poll(async () => (await running(runId))[0]!.output).not.toEqual([]);
    await cancel(runId, "c0");
    const said = await saying;
    finish();
    await over;
    unsubscribe();
    expect(said.stopReason).toBe("end_turn");
    expect(returnsOf(said)).toMatchObject([{ status: "error", content: CANCELLED, stdout: ["one", "two"] }]);
    const { body: agent } = await t.api<WireAgent>("GET", `/v1/agents/${agentId}`);
    expect(agent.blocks.map(({ value }) => value)).toEqual(["Bob"]);
    const printed = heard.filter(({ type }) => type === "tool-output").map(({ detail }) => detail?.text);
    expect(printed.join("")).toBe("one\ntwo\n");
    expect(await rowsOf(runId)).toMatchObject([{ status: "error" }]);
  });

  test("that is approved goes by the run that runs it; while it waits for approval it is refused", async () => {
    const { agentId, names } = await makeAgent([{ default_requires_approval: true }]);
    const tool = held(names[0]!);
    const asked = await start(agentId, names);
    expect(asked.stopReason).toBe("requires_approval");
    const refused = await cancel(asked.runId, "c0");
    expect([refused.status, refused.body.detail]).toEqual([409, expect.stringContaining("waits for an approval")]);
    const saying = say(t.ctx, { agentId }, [
      { type: "approval", approvals: [{ type: "approval", tool_call_id: "c0", approve: true }] },
    ]);
    await tool.began;
    const runId = await activeRun(agentId);
    expect(await running(runId)).toMatchObject([{ tool_call_id: "c0", status: "running" }]);
    expect((await cancel(asked.runId, "c0")).status).toBe(409);
    expect((await cancel(runId, "c0")).status).toBe(200);
    const said = await saying;
    expect(returnsOf(said)).toMatchObject([{ toolCallId: "c0", status: "error", content: CANCELLED }]);
    const again = await cancel(runId, "c0");
    expect([again.status, again.body.detail]).toEqual([409, expect.stringContaining("has its return already")]);
  });

  test("is refused for one that has not begun, and unknown for what there is not", async () => {
    const { agentId, names } = await makeAgent([{}, {}]);
    const [first, second] = names.map(held);
    const saying = start(agentId, names);
    await first!.began;
    const runId = await activeRun(agentId);
    expect((await running(runId)).map((call) => call.tool_call_id)).toEqual(["c0"]);
    const early = await cancel(runId, "c1");
    expect([early.status, early.body.detail]).toEqual([409, expect.stringContaining("has not begun")]);
    expect((await cancel(runId, "c9")).status).toBe(404);
    expect((await cancel(UNKNOWN, "c0")).status).toBe(404);
    expect((await t.api("GET", `/v1/runs/${UNKNOWN}/tool-calls`)).status).toBe(404);
    first!.finish();
    second!.finish();
    const said = await saying;
    expect(returnsOf(said).map(({ status }) => status)).toEqual(["success", "success"]);
    expect(await running(runId)).toEqual([]);
    const other = await start(agentId, []);
    expect((await cancel(other.runId, "c0")).status, "a call of another run").toBe(404);
  });
});

test("who comes later sees which calls run, since when, and what they printed; events tell what comes after", async () => {
  const { agentId, names } = await makeAgent();
  const tool = held(names[0]!);
  const heard: LedgerEvent[] = [];
  const unsubscribe = t.core.events.subscribe(t.ctx.actor.organizationId, (event) => heard.push(event));
  const saying = start(agentId, names);
  await tool.began;
  const runId = await activeRun(agentId);
  tool.print("one\n");
  tool.print("oh\n", "stderr");
  await expect.poll(async () => (await running(runId))[0]!.output).toHaveLength(2);
  const [call] = await running(runId);
  expect(call).toMatchObject({
    tool_call_id: "c0",
    tool_name: names[0],
    status: "running",
    output: [
      { stream: "stdout", text: "one\n" },
      { stream: "stderr", text: "oh\n" },
    ],
    output_from: 0,
  });
  expect(call!.elapsed_ms).toBeGreaterThan(0);
  tool.print("two\n");
  const printed = () => heard.filter(({ type }) => type === "tool-output").map(({ detail }) => detail);
  await expect.poll(printed).toHaveLength(3);
  expect(printed()[2]).toMatchObject({ stream: "stdout", text: "two\n", offset: 7 });
  tool.finish();
  await saying;
  unsubscribe();
  const about = heard.filter(({ type }) => type === "tool-call");
  expect(about).toMatchObject([
    { id: "c0", runId, agentId, status: "running", detail: { tool_name: names[0], started_at: call!.started_at } },
    { id: "c0", runId, agentId, status: "success" },
  ]);
});
