import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import type { WireRunningCall } from "@/lib/api/runs";
import { described, startFakeServer } from "@/lib/server/mcp/testing/fake-server";
import { all, http, makeAgent, only, type Rig, rawFrames, said, says, startRig, UNKNOWN, until } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_ALLOW_PRIVATE_URLS: "on" } });
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

/** Prints for so long that only its being cancelled ends it. */
const COUNT = `
def count_up(word: str) -> str:
    """Count.

    Args:
        word (str): Said with each number.
    """
    import sys, time
    print("warning of", word, file=sys.stderr)
    for number in range(100000):
        print(word, number)
        time.sleep(0.05)
    return "never"
`;
const QUICK = `
def quick() -> str:
    """Answer at once."""
    return "quick as that"
`;

const makeTool = (source_code: string) => rig.letta.tools.create({ source_code, enable_parallel_execution: true });

/** The calls of the agent's run, once each has printed. */
async function atWork(agentId: string, names: string[]): Promise<{ runId: string; calls: WireRunningCall[] }> {
  return until("the tools print", async () => {
    const [run] = (await rig.letta.runs.list({ agent_id: agentId, active: true })).items;
    if (!run) return null;
    const calls = (await http(rig, "GET", `/v1/runs/${run.id}/tool-calls`)).body as WireRunningCall[];
    const printed = calls.filter(({ output }) => output.some(({ text }) => text.includes(" 2\n")));
    return printed.length === names.length && { runId: run.id, calls };
  });
}
const cancel = (runId: string, callId: string) => http(rig, "POST", `/v1/runs/${runId}/tool-calls/${callId}/cancel`);

it("one of three parallel calls is cancelled while its Python prints: the model is told, the others and the run go on", async () => {
  const tools = await Promise.all([COUNT, QUICK].map(makeTool));
  const agent = await makeAgent(rig, { tool_ids: tools.map(({ id }) => id!), parallel_tool_calls: true });
  rig.model.push(
    {
      calls: [
        { id: "count-a", name: "count_up", args: { word: "apple" } },
        { id: "quick", name: "quick", args: {} },
        { id: "count-b", name: "count_up", args: { word: "pear" } },
      ],
    },
    { text: "I was stopped." },
  );
  const events = await fetch(`${rig.url}/v1/events?agent_id=${agent.id}`);
  const heard: { type: string; id: string; status: string | null; detail: { text?: string } | null }[] = [];
  const hearing = (async () => {
    for await (const { data } of rawFrames(events)) {
      heard.push(JSON.parse(data));
      if (heard.at(-1)!.type === "run" && heard.at(-1)!.status === "ended") return;
    }
  })();
  const replying = rig.letta.agents.messages.create(agent.id, { messages: says("Count, both of you.") });
  const { runId, calls } = await atWork(agent.id, ["count-a", "count-b"]);
  const apple = calls.find((call) => call.tool_call_id === "count-a")!;
  expect(apple).toMatchObject({ tool_name: "count_up", status: "running", ended_at: null, output_from: 0 });
  expect(apple.elapsed_ms).toBeGreaterThan(100);
  expect(apple.output).toContainEqual({ stream: "stderr", text: "warning of apple\n" });
  expect(calls.find((call) => call.tool_call_id === "quick")).toMatchObject({ status: "success" });

  expect((await cancel(runId, "quick")).status).toBe(409);
  expect((await cancel(runId, "nobody")).status).toBe(404);
  expect((await cancel(`run-${UNKNOWN}`, "count-a")).status).toBe(404);
  expect(await cancel(runId, "count-a")).toMatchObject({
    status: 200,
    body: { run_id: runId, tool_call_id: "count-a", status: "cancelled" },
  });
  await until("the call is answered", async () => (await cancel(runId, "count-a")).status === 409);
  await cancel(runId, "count-b");

  const { messages } = await replying;
  expect(said(messages)).toBe("I was stopped.");
  const returned = only(messages, "tool_return_message").flatMap((message) => message.tool_returns ?? []);
  expect(returned.map((one) => [one.tool_call_id, one.status])).toEqual([
    ["count-a", "error"],
    ["quick", "success"],
    ["count-b", "error"],
  ]);
  expect(returned[0]).toMatchObject({
    tool_return: expect.stringContaining("a person cancelled this call of count_up"),
    stdout: expect.arrayContaining(["apple 0", "apple 1", "apple 2"]),
    stderr: expect.arrayContaining(["warning of apple"]),
  });
  expect(JSON.stringify(rig.model.requests.at(-1)!.messages)).toContain("a person cancelled this call of count_up");
  expect((await http(rig, "GET", `/v1/runs/${runId}/tool-calls`)).body).toEqual([]);
  const after = await cancel(runId, "count-b");
  expect([after.status, after.text]).toEqual([409, expect.stringContaining("has its return already")]);
  // The ledger has each call once, with its return.
  const steps = await all(await rig.letta.runs.steps.list(runId));
  const kept = (steps as { tool_calls?: { call_id: string; status: string }[] }[]).flatMap((step) => step.tool_calls);
  expect(kept.map((call) => [call!.call_id, call!.status])).toEqual([
    ["count-a", "error"],
    ["quick", "success"],
    ["count-b", "error"],
  ]);
  await hearing;
  const about = heard.filter(({ type, id }) => type === "tool-call" && id === "count-a");
  expect(about.map(({ status }) => status)).toEqual(["running", "cancelled"]);
});

it("a script of run_code can be cancelled, and the next call finds the sandbox as it was", async () => {
  const agent = await makeAgent(rig, { tools: ["run_code"] });
  const code = "import time\nfor n in range(100000):\n    print('tick', n)\n    time.sleep(0.05)";
  rig.model.push({ calls: [{ id: "code", name: "run_code", args: { code, language: "python" } }] }, { text: "Ended." });
  const replying = rig.letta.agents.messages.create(agent.id, { messages: says("Tick.") });
  const { runId } = await atWork(agent.id, ["code"]);
  await cancel(runId, "code");
  const { messages } = await replying;
  expect(only(messages, "tool_return_message")[0]).toMatchObject({ status: "error" });
  rig.model.push({ calls: [{ name: "run_code", args: { code: "1 + 1", language: "python" } }] }, { text: "Two." });
  const next = await rig.letta.agents.messages.create(agent.id, { messages: says("And now?") });
  expect(only(next.messages, "tool_return_message")[0]).toMatchObject({ status: "success" });
});

it("a call of an MCP tool can be cancelled: its server is told, and stays of use", async () => {
  const fake = await startFakeServer({ tools: [described("hang")], call: () => new Promise(() => {}) });
  const server = await rig.letta.mcpServers.create({
    server_name: "hanging",
    config: { mcp_server_type: "streamable_http", server_url: fake.url },
  });
  const [tool] = await rig.letta.mcpServers.tools.list(server.id!);
  const agent = await makeAgent(rig, { tool_ids: [tool!.id] });
  rig.model.push({ calls: [{ id: "remote", name: "hang", args: {} }] }, { text: "It hangs." });
  const [called, told] = [fake.reached("tools/call"), fake.reached("notifications/cancelled")];
  const replying = rig.letta.agents.messages.create(agent.id, { messages: says("Ask it.") });
  await called;
  const [run] = (await rig.letta.runs.list({ agent_id: agent.id, active: true })).items;
  expect((await cancel(run!.id, "remote")).status).toBe(200);
  await told;
  const { messages } = await replying;
  expect(said(messages)).toBe("It hangs.");
  expect(only(messages, "tool_return_message")[0]).toMatchObject({
    status: "error",
    tool_return: expect.stringContaining("a person cancelled this call of hang"),
  });
  fake.call = () => ({ content: [{ type: "text", text: "here again" }] });
  expect(await rig.letta.mcpServers.tools.run(tool!.id, { mcp_server_id: server.id!, args: {} })).toMatchObject({
    status: "success",
    func_return: "here again",
  });
  await fake.stop();
});
