import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { http, idOf, makeAgent, only, type Rig, refused, said, says, startRig, until } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const RECEIPT = `
from typing import Literal, Optional
from pydantic import BaseModel, Field

class Item(BaseModel):
    """One thing that was bought."""
    name: str = Field(..., description="What it is")
    price: float = Field(..., description="In euros")
    tags: list[str] = Field(default_factory=list)

class Receipt(BaseModel):
    items: list[Item] = Field(description="All things")
    shop: Optional[str] = None

def helper(n):
    return round(n, 2)

def total(receipt: Receipt, currency: Literal["EUR", "USD"] = "EUR", rates: dict[str, float] | None = None) -> dict:
    """Adds a receipt up.

    It knows euros and dollars.

    Args:
        receipt (Receipt): the receipt
        currency: what to count in
        rates: what a euro is worth

    Examples:
        total(receipt)
    """
    rate = (rates or {}).get(currency, 1)
    names = [item.name.upper() for item in receipt.items]
    return {"total": helper(sum(item.price for item in receipt.items) * rate), "names": names, "hash": isinstance(hash(receipt.shop), int)}
`;

describe("a tool in Python", () => {
  it("gets its schema from its docstring, type hints and pydantic models", async () => {
    const tool = await rig.letta.tools.create({ source_code: RECEIPT, tags: ["money"] });
    expect(tool.id).toMatch(idOf("tool"));
    expect(tool).toMatchObject({ name: "total", tool_type: "custom", source_type: "python" });
    const schema = tool.json_schema as { description: string; parameters: Record<string, unknown> };
    expect(schema.description).toBe(
      "Adds a receipt up.\n\nIt knows euros and dollars.\n\nExamples:\n    total(receipt)",
    );
    expect(schema.parameters).toMatchObject({
      type: "object",
      required: ["receipt"],
      properties: {
        receipt: {
          type: "object",
          description: "the receipt",
          required: ["items"],
          properties: { items: { type: "array", items: { type: "object", required: ["name", "price"] } } },
        },
        currency: { type: "string", enum: ["EUR", "USD"], description: "what to count in" },
        rates: { type: "object", additionalProperties: { type: "number" } },
      },
    });
    const { body } = await http(rig, "POST", "/v1/tools/generate-schema", { body: { code: RECEIPT } });
    expect(body).toEqual(tool.json_schema);
  });

  it("runs with models as arguments, from its source and for an agent", async () => {
    const tool = await rig.letta.tools.upsert({ source_code: RECEIPT });
    const args = {
      receipt: {
        items: [
          { name: "tea", price: 2.5 },
          { name: "cup", price: 1 },
        ],
      },
      currency: "USD",
      rates: { USD: 2 },
    };
    const expected = { total: 7, names: ["TEA", "CUP"], hash: true };
    // This client has no method for it; the older one does.
    const { body: tried } = await http(rig, "POST", "/v1/tools/run", { body: { source_code: RECEIPT, args } });
    expect(tried).toMatchObject({ message_type: "tool_return_message", status: "success" });
    expect(JSON.parse((tried as { tool_return: string }).tool_return)).toEqual(expected);
    const agent = await makeAgent(rig, { tool_ids: [tool.id] });
    const ran = await rig.letta.agents.tools.run("total", { agent_id: agent.id, args });
    expect(ran).toMatchObject({ status: "success", func_return: expected, agent_state: null });
    const wrong = await rig.letta.agents.tools.run("total", {
      agent_id: agent.id,
      args: { receipt: { items: [{ name: "tea" }] } },
    });
    expect(wrong.status).toBe("error");
    expect(wrong.stderr!.join()).toMatch(/^Error executing function total: ValidationError: /);
  });

  it("reads and writes the memory of its agent, by agent_state and by the client", async () => {
    const source = `
def note(agent_state: "AgentState", text: str) -> str:
    """Notes something.

    Args:
        text: what to note
    """
    import os
    print("noting", text)
    block = agent_state.memory.get_block("human")
    agent_state.memory.update_block_value(label="human", value=block.value + "\\n" + text)
    client.agents.passages.create(agent_id=os.environ["LETTA_AGENT_ID"], text=text)
    return os.environ["API_TOKEN"] + " " + os.environ["LETTA_AGENT_ID"]
`;
    const tool = await rig.letta.tools.create({ source_code: source });
    expect((tool.json_schema as { parameters: { required: string[] } }).parameters.required).toEqual(["text"]);
    const agent = await makeAgent(rig, {
      tool_ids: [tool.id],
      memory_blocks: [{ label: "human", value: "Bob" }],
      secrets: { API_TOKEN: "very-secret-token" },
    });
    rig.model.push({ calls: [{ id: "c1", name: "note", args: { text: "likes tea" } }] }, { text: "Noted." });
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("note it") });
    const [returned] = only(reply.messages, "tool_return_message");
    expect(returned).toMatchObject({
      status: "success",
      tool_return: `[secret:API_TOKEN] ${agent.id}`,
      stdout: ["noting likes tea"],
    });
    expect((await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toBe("Bob\nlikes tea");
    const passages = await rig.letta.agents.passages.list(agent.id);
    expect(passages.map(({ text }) => text)).toEqual(["likes tea"]);
    expect(JSON.stringify(rig.model.requests)).not.toContain("very-secret-token");
    expect(said(reply.messages)).toBe("Noted.");
  });

  it("tells what is wrong, with the line", async () => {
    const failed = await refused(rig.letta.tools.create({ source_code: "\ndef f(a: int):\n    return a" }));
    expect([failed.status, failed.body.detail, failed.body.line]).toEqual([
      400,
      "Schema generation failed: Function f missing docstring (line 2)",
      2,
    ]);
  });
});

describe("a tool in TypeScript", () => {
  it("gets its schema from its signature and JSDoc, and runs", async () => {
    const source = `
type Unit = "m" | "ft";
/**
 * Tells how far it is.
 * @param from where it begins
 * @param unit what to measure in
 */
export async function distance(from: { x: number; y?: number }, unit: Unit = "m"): Promise<string> {
  console.log("measuring");
  return \`\${Math.hypot(from.x, from.y ?? 0)} \${unit} \${process.env.LETTA_AGENT_ID?.slice(0, 6)}\`;
}`;
    const tool = await rig.letta.tools.create({ source_code: source, source_type: "typescript" });
    expect(tool.json_schema).toMatchObject({
      name: "distance",
      parameters: { required: ["from"], properties: { unit: { enum: ["m", "ft"] } } },
    });
    const agent = await makeAgent(rig, { tool_ids: [tool.id] });
    const ran = await rig.letta.agents.tools.run("distance", { agent_id: agent.id, args: { from: { x: 3, y: 4 } } });
    expect(ran).toMatchObject({ status: "success", func_return: "5 m agent-", stdout: ["measuring"] });
  });
});

describe("three tools in parallel", () => {
  it("answer in the order of their calls, and one that fails loses none of the others", async () => {
    const source = (name: string, body: string) =>
      `import time\ndef ${name}(n: int) -> str:\n    """Works.\n\n    Args:\n        n: a number\n    """\n    ${body}\n`;
    const bodies = {
      slow: "time.sleep(0.6); return f'slow {n}'",
      broken: "raise ValueError('broken on purpose')",
      quick: "return [n, 'it']",
    };
    const tools = await Promise.all(
      Object.entries(bodies).map(([name, body]) =>
        rig.letta.tools.create({ source_code: source(name, body), enable_parallel_execution: true }),
      ),
    );
    const agent = await makeAgent(rig, { tool_ids: tools.map(({ id }) => id), parallel_tool_calls: true });
    rig.model.push(
      { calls: Object.keys(bodies).map((name, index) => ({ id: `c${index}`, name, args: { n: index } })) },
      { text: "All done." },
    );
    const reply = await rig.letta.agents.messages.create(agent.id, { messages: says("go") });
    const [returned] = only(reply.messages, "tool_return_message");
    expect(returned!.tool_returns!.map((one) => [one.tool_call_id, one.status, one.tool_return])).toEqual([
      ["c0", "success", "slow 0"],
      ["c1", "error", "Error executing function broken: ValueError: broken on purpose"],
      ["c2", "success", "[2, 'it']"],
    ]);
    expect(said(reply.messages)).toBe("All done.");
    const asked = rig.model.requests.at(-1)!.messages.filter(({ role }) => role === "tool");
    expect(asked.map(({ tool_call_id }) => tool_call_id)).toEqual(["c0", "c1", "c2"]);
    const broken = tools[1]!;
    const stats = await http(rig, "GET", `/v1/tools/${broken.id}/stats`);
    expect(stats.body).toMatchObject({ calls: 1, failures: 1, agents: [{ id: agent.id }] });
  });
});

describe("a tool that runs long", () => {
  it("shows its output while it runs, and ends with its run", async () => {
    const source = `import time\ndef forever() -> str:\n    """Waits."""\n    print("waiting")\n    while True:\n        time.sleep(0.05)\n`;
    const tool = await rig.letta.tools.create({ source_code: source });
    const agent = await makeAgent(rig, { tool_ids: [tool.id] });
    const abort = new AbortController();
    const events = await fetch(`${rig.url}/v1/events?agent_id=${agent.id}`, { signal: abort.signal });
    let heard = "";
    const listening = (async () => {
      for await (const chunk of events.body as unknown as AsyncIterable<Uint8Array>)
        heard += Buffer.from(chunk).toString();
    })().catch(() => {});
    rig.model.push({ calls: [{ id: "c1", name: "forever", args: {} }] });
    const replying = rig.letta.agents.messages.create(agent.id, { messages: says("wait") });
    await until("its output", () => heard.includes('"tool-output"'));
    expect(heard).toContain('"text":"waiting\\n"');
    await rig.letta.agents.messages.cancel(agent.id);
    const reply = await replying;
    expect(reply.stop_reason.stop_reason).toBe("cancelled");
    abort.abort();
    await listening;
    const again = await rig.letta.agents.messages.create(agent.id, { messages: says("hello") });
    expect(again.stop_reason.stop_reason).toBe("end_turn");
  });

  it("is stopped at its own time-out", async () => {
    const source = `def spin() -> str:\n    """Spins."""\n    while True:\n        pass\n`;
    const tool = await rig.letta.tools.create({ source_code: source });
    await rig.letta.tools.update(tool.id, { metadata_: { timeout_seconds: 1 } });
    const agent = await makeAgent(rig, { tool_ids: [tool.id] });
    const ran = await rig.letta.agents.tools.run("spin", { agent_id: agent.id, args: {} });
    expect(ran.status).toBe("error");
    expect(ran.stderr!.join()).toMatch(/^Error executing function spin: TimeoutError: /);
  });
});

describe("run_code", () => {
  it("runs Python, JavaScript and TypeScript, and keeps nothing between two runs", async () => {
    const agent = await makeAgent(rig, { tools: ["run_code"] });
    const code = (text: string, language: string) =>
      rig.letta.agents.tools.run("run_code", { agent_id: agent.id, args: { code: text, language } });
    expect((await code("x = 20\nprint('hi')\nx + 1", "python")).func_return).toEqual({
      results: ["21"],
      logs: { stdout: ["hi"], stderr: [] },
    });
    expect((await code("x", "python")).func_return).toMatchObject({ results: [], error: { name: "NameError" } });
    expect((await code("[1, 2].map((n) => n * 2).join()", "js")).func_return).toMatchObject({ results: ["2,4"] });
    expect((await code("const n: number = 4; n * n", "ts")).func_return).toMatchObject({ results: ["16"] });
  });

  it("calls the agent's tools as functions", async () => {
    const source = `def twice(n: int) -> int:\n    """Doubles.\n\n    Args:\n        n: a number\n    """\n    return n * 2\n`;
    const tool = await rig.letta.tools.create({ source_code: source });
    const agent = await makeAgent(rig, {
      tool_ids: [tool.id],
      tools: ["run_code_with_tools", "memory_insert"],
      memory_blocks: [{ label: "human", value: "Bob" }],
    });
    const code =
      "total = sum(twice(n=n) for n in range(4))\nmemory_insert(label='human', new_string=str(total))\ntotal";
    const ran = await rig.letta.agents.tools.run("run_code_with_tools", { agent_id: agent.id, args: { code } });
    expect(ran.func_return).toMatchObject({ results: ["12"] });
    expect((await rig.letta.agents.blocks.retrieve("human", { agent_id: agent.id })).value).toBe("Bob\n12");
  });
});
