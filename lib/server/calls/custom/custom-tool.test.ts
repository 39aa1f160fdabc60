import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireTool } from "@/lib/api/tools";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import type { Item } from "@/lib/stream/item";
import type { LedgerEvent } from "../../core/events";
import { log as serverLog } from "../../core/log";
import { createFakeSandbox, type FakeSandbox, returned, threw } from "../../testing/fake-sandbox";
import { openRunningCore, type RunningCore, type Said } from "../../testing/running-core";

let t: RunningCore;
let sandbox: FakeSandbox;
beforeAll(async () => {
  sandbox = createFakeSandbox();
  t = await openRunningCore({ sandbox });
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

let made = 0;
type Made = { agentId: string; names: string[] };

/** An agent with custom tools, each in Python, taking a text. */
async function makeAgent(tools: Record<string, unknown>[] = [{}], body: Record<string, unknown> = {}): Promise<Made> {
  const names: string[] = [];
  const ids: string[] = [];
  for (const changes of tools) {
    const name = `tool_${++made}`;
    const source = `def ${name}(text: str = ""):\n    """Does it.\n\n    Args:\n        text: a text\n    """`;
    const tool = await t.api<WireTool>("POST", "/v1/tools/", { source_code: source, ...changes });
    expect(tool.status, JSON.stringify(tool.body)).toBe(200);
    names.push(name);
    ids.push(tool.body.id);
  }
  const agent = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [
      { label: "human", value: "Bob" },
      { label: "rules", value: "fixed", read_only: true },
    ],
    tool_ids: ids,
    tools: ["memory_insert"],
    parallel_tool_calls: true,
    ...body,
  });
  expect(agent.status, JSON.stringify(agent.body)).toBe(200);
  return { agentId: agent.body.id, names };
}

const returnsOf = (said: Said) => said.items.flatMap((item: Item) => (item.type === "tool-return" ? item.returns : []));

/** Lets the model call tools once, and say something then. */
async function turn(agentId: string, ...wanted: [name: string, args?: Record<string, unknown>][]): Promise<Said> {
  t.otherwise.script = says("Done.");
  t.push(calls(...wanted.map(([name, args], index) => ({ id: `c${index}`, name, args: args ?? {} }))));
  return t.say({ agentId }, "Go");
}

async function blockOf(agentId: string, label: string) {
  const rows = await t.core.db.query<{
    value: string;
    operation: string;
    cause: Record<string, string>;
    number: number;
  }>(
    `SELECT v.value, v.operation, v.cause, v.number FROM agent_block l JOIN block b ON b.id = l.block_id
       JOIN block_version v ON v.id = b.head_version_id WHERE l.agent_id = $1 AND v.label = $2`,
    [agentId, label],
  );
  return rows[0]!;
}

async function callsOf(runId: string) {
  return t.core.db.query<Record<string, unknown>>(
    "SELECT name, status, stdout, stderr, sandbox, memory_bytes FROM tool_call WHERE run_id = $1 ORDER BY seq",
    [runId],
  );
}

describe("a custom tool", () => {
  test("runs with the arguments of the call, in an environment that is the agent's secrets and ids", async () => {
    const { agentId, names } = await makeAgent(
      [{ metadata_: { timeout_seconds: 5, allowed_hosts: ["example.org"] } }],
      {
        secrets: { API_TOKEN: "s3cret-token" },
      },
    );
    const [name] = names;
    sandbox.on(name!, () => ({ ...returned("fine"), stdout: ["hello"], memoryBytes: 4096 }));
    const said = await turn(agentId, [name!, { text: "a" }]);
    const call = sandbox.calls.at(-1)!;
    expect(call).toMatchObject({
      language: "python",
      entry: name,
      args: { text: "a" },
      env: { API_TOKEN: "s3cret-token", LETTA_AGENT_ID: agentId, LETTA_TOOL_ID: expect.stringMatching(/^tool-/) },
      limits: { timeoutMs: 5000 },
      allowedHosts: ["example.org"],
    });
    expect(returnsOf(said)).toMatchObject([{ status: "success", content: "fine", stdout: ["hello"] }]);
    expect(await callsOf(said.runId)).toEqual([
      { name, status: "success", stdout: ["hello"], stderr: [], sandbox: "python", memory_bytes: 4096 },
    ]);
  });

  test("that throws is an error return with the exception, and its traceback in stderr", async () => {
    const { agentId, names } = await makeAgent();
    sandbox.on(names[0]!, () => threw("ValueError", "no".repeat(2000)));
    const [ret] = returnsOf(await turn(agentId, [names[0]!]));
    expect(ret!.status).toBe("error");
    expect(ret!.content).toMatch(new RegExp(`^Error executing function ${names[0]}: ValueError: nono`));
    expect(ret!.content).toHaveLength(1000);
    expect(ret!.stderr![0]).toBe("Traceback");
  });

  test("is cut at its limit with the contract's note", async () => {
    const { agentId, names } = await makeAgent([{ return_char_limit: 50 }]);
    sandbox.on(names[0]!, () => ({ ...returned("x".repeat(60)), textLength: 100 }));
    const [ret] = returnsOf(await turn(agentId, [names[0]!]));
    expect(ret!.content).toBe(
      `${"x".repeat(50)}... [NOTE: function output was truncated since it exceeded the character limit: 100 > 50]`,
    );
  });

  test("that asks for approvals gets the rule when it is attached", async () => {
    const { agentId } = await makeAgent([{ default_requires_approval: true }]);
    const agent = await t.api<WireAgent>("GET", `/v1/agents/${agentId}`);
    expect(agent.body.tool_rules).toMatchObject([{ type: "requires_approval" }]);
  });

  test("runs side by side with others only where its owner allows it, and returns come in order of call", async () => {
    const parallel = { enable_parallel_execution: true };
    const { agentId, names } = await makeAgent([parallel, parallel, parallel, {}]);
    const running = new Set<string>();
    const seen: string[][] = [];
    for (const [index, name] of names.entries()) {
      sandbox.on(name, async () => {
        running.add(name);
        await new Promise((resolve) => setTimeout(resolve, 40 - 10 * index));
        seen.push([...running]);
        running.delete(name);
        return index === 1 ? threw("KeyError", "'b'") : returned(`r${index}`);
      });
    }
    const said = await turn(agentId, ...names.map((name): [string] => [name]));
    expect(returnsOf(said).map(({ content }) => content)).toEqual([
      "r0",
      `Error executing function ${names[1]}: KeyError: 'b'`,
      "r2",
      "r3",
    ]);
    expect(seen.some((together) => together.length === 3)).toBe(true);
    expect(seen.at(-1)).toEqual([names[3]]);
    expect((await callsOf(said.runId)).map(({ status }) => status)).toEqual(["success", "error", "success", "success"]);
  });

  test("is told to stop when its run is cancelled, and what it says then is its return", async () => {
    const { agentId, names } = await makeAgent();
    let started = () => {};
    const began = new Promise<void>((resolve) => {
      started = resolve;
    });
    sandbox.on(names[0]!, async ({ signal }) => {
      started();
      await new Promise((resolve) => signal!.addEventListener("abort", resolve));
      return { ...threw("CancelledError", "the call was cancelled"), status: "killed" };
    });
    const turning = turn(agentId, [names[0]!]);
    await began;
    for (const run of t.core.runs.active()) run.abort();
    const said = await turning;
    expect(said.stopReason).toBe("cancelled");
    expect(returnsOf(said)).toMatchObject([{ status: "error", content: expect.stringContaining("CancelledError") }]);
  });
});

describe("secrets of a tool and its agent", () => {
  test("never reach the transcript, the ledger or those who watch, but as their key", async () => {
    const SECRETS = { TOKEN: "abcd-1234", TWO_LINES: "first line\nsecond line", TINY: "no" };
    const { agentId, names } = await makeAgent([{}], { secrets: SECRETS });
    const [tool] = (await t.api<WireTool[]>("GET", `/v1/tools/?name=${names[0]}`)).body;
    const path = `/v1/tools/${tool!.id}/secrets`;
    await t.api("PATCH", path, { secrets: { TOKEN: "of-the-tool", TOOL_ONLY: "tool-only-value", GONE: "x" } });
    const kept = await t.api<{ key: string }[]>("PATCH", path, { secrets: { GONE: null } });
    expect(kept.body.map(({ key }) => key)).toEqual(["TOKEN", "TOOL_ONLY"]);
    expect(JSON.stringify((await t.api("GET", path)).body)).not.toContain("of-the-tool");
    expect(JSON.stringify(await t.core.db.prisma.toolSecret.findMany())).not.toContain("tool-only-value");

    const events: LedgerEvent[] = [];
    const unsubscribe = t.core.events.subscribe(t.ctx.actor.organizationId, (event) => events.push(event));
    sandbox.on(names[0]!, async ({ env, onOutput, agent }) => {
      expect(env).toMatchObject({ TOKEN: "abcd-1234", TOOL_ONLY: "tool-only-value", TINY: "no" });
      onOutput!("stdout", "token abcd");
      await new Promise((resolve) => setTimeout(resolve, 300));
      onOutput!("stdout", "-1234 and no\n");
      await agent!.writeBlock("human", "Bob has abcd-1234");
      return {
        value: { token: "abcd-1234", no: ["tool-only-value"] },
        text: '{"token": "abcd-1234", "lines": "first line\\nsecond line"}',
        textLength: 60,
        stdout: ["token abcd-1234 and no", "first line", "second line"],
        stderr: ["tool-only-value"],
      };
    });
    const said = await turn(agentId, [names[0]!]);
    unsubscribe();
    expect(returnsOf(said)).toMatchObject([
      {
        content: '{"token": "[secret:TOKEN]", "lines": "[secret:TWO_LINES]"}',
        stdout: ["token [secret:TOKEN] and no", "[secret:TWO_LINES]"],
        stderr: ["[secret:TOOL_ONLY]"],
      },
    ]);
    const live = events.filter(({ type }) => type === "tool-output");
    expect(live.length).toBeGreaterThan(0);
    expect(live.map(({ detail }) => detail!.text).join("")).toBe("token [secret:TOKEN] and no\n");
    expect(live[0]).toMatchObject({
      id: "c0",
      agentId,
      runId: said.runId,
      detail: { stream: "stdout", tool_name: names[0] },
    });
    expect((await blockOf(agentId, "human")).value).toBe("Bob has [secret:TOKEN]");
    const tables = ["message", "tool_call", "model_call", "journal", "block_version", "run", "step", "blob"];
    for (const table of tables) {
      const [row] = await t.core.db.query<{ all: string }>(
        `SELECT coalesce(string_agg(x::text, ''), '') AS all FROM "${table}" x`,
      );
      expect(row!.all.includes("abcd-1234") || row!.all.includes("tool-only-value"), table).toBe(false);
    }
    expect(JSON.stringify(t.requests)).not.toContain("abcd-1234");
  });
});

describe("an agent's memory in a tool", () => {
  test("is read as it stands in the middle of the turn, and what is written is a version caused by the call", async () => {
    const { agentId, names } = await makeAgent();
    sandbox.on(names[0]!, async ({ agent, args }) => {
      const { value } = await agent!.readBlock("human");
      await agent!.writeBlock("human", `${value}+${args.text}`);
      return returned((await agent!.readBlock("human")).value);
    });
    const said = await turn(
      agentId,
      ["memory_insert", { label: "human", new_string: "tea" }],
      [names[0]!, { text: "1" }],
      [names[0]!, { text: "2" }],
    );
    expect(returnsOf(said).at(-1)!.content).toBe("Bob\ntea+1+2");
    const block = await blockOf(agentId, "human");
    expect(block).toMatchObject({ value: "Bob\ntea+1+2", operation: names[0], number: 4 });
    expect(block.cause).toMatchObject({ kind: "agent", actor: agentId, run: said.runId, toolCall: "c2" });
  });

  test("is saved from agent_state too, but for blocks that are read-only", async () => {
    const { agentId, names } = await makeAgent();
    sandbox.on(names[0]!, () => ({
      memoryEdits: [
        { label: "human", value: "Alice" },
        { label: "rules", value: "none" },
      ],
    }));
    const [ret] = returnsOf(await turn(agentId, [names[0]!]));
    expect(ret).toMatchObject({ status: "success", content: "None" });
    expect(ret!.stderr!.join()).toMatch(/block 'rules' was not saved.*read-only/);
    expect([(await blockOf(agentId, "human")).value, (await blockOf(agentId, "rules")).value]).toEqual([
      "Alice",
      "fixed",
    ]);
  });

  test("stays as it was where the tool fails", async () => {
    const { agentId, names } = await makeAgent();
    sandbox.on(names[0]!, async ({ agent }) => {
      await agent!.writeBlock("human", "half");
      await agent!.insertArchival("half", null);
      return threw("ValueError", "no");
    });
    const before = await t.rowCounts();
    await turn(agentId, [names[0]!]);
    expect((await blockOf(agentId, "human")).value).toBe("Bob");
    const after = await t.rowCounts();
    expect([after.passage, after.block_version]).toEqual([before.passage, before.block_version]);
  });

  test("that others change meanwhile does not make the tool run twice", async () => {
    const { agentId, names } = await makeAgent();
    const ran = sandbox.calls.length;
    sandbox.on(names[0]!, async ({ agent }) => {
      const { id } = await agent!.readBlock("human");
      await t.api("PATCH", `/v1/blocks/${id}`, { value: "by a person" });
      await agent!.writeBlock("human", "by the tool");
      return returned("ok");
    });
    const said = await turn(agentId, [names[0]!]);
    expect(sandbox.calls.length - ran).toBe(1);
    expect(returnsOf(said)[0]!.stderr!.join()).toContain("Block 'human' was changed by others meanwhile");
    const block = await blockOf(agentId, "human");
    expect(block).toMatchObject({ value: "by the tool", number: 3 });
  });

  test("has an archive that is written with the return and searched at once", async () => {
    const { agentId, names } = await makeAgent();
    await t.api("POST", `/v1/agents/${agentId}/archival-memory`, { text: "An old note on cedars" });
    sandbox.on(names[0]!, async ({ agent }) => {
      const [inserted] = (await agent!.insertArchival("A new note on cedars", ["tree"])) as { id: string }[];
      const found = (await agent!.searchArchival("cedars", { tags: null, limit: null })) as { text: string }[];
      const listed = (await agent!.listArchival({ limit: null, after: null })) as { id: string }[];
      expect(listed.at(-1)!.id).toBe(inserted!.id);
      return returned(found.map(({ text }) => text).join(" | "));
    });
    const said = await turn(agentId, [names[0]!]);
    expect(returnsOf(said)[0]!.content).toBe("A new note on cedars | An old note on cedars");
    const passages = await t.api<{ text: string; tags: string[] }[]>("GET", `/v1/agents/${agentId}/archival-memory`);
    expect(passages.body.map(({ text }) => text)).toEqual(["An old note on cedars", "A new note on cedars"]);
    expect(passages.body[1]!.tags).toEqual(["tree"]);
    const events = await t.core.db.query<{ type: string; cause: { toolCall: string } }>(
      "SELECT type, cause FROM passage_event WHERE agent_id = $1 AND step_id IS NOT NULL ORDER BY seq",
      [agentId],
    );
    expect(events.map(({ type, cause }) => [type, cause.toolCall])).toEqual([
      ["insert", "c0"],
      ["search", "c0"],
    ]);
  });

  test("comes as agent_state to code that asks for it, without secrets", async () => {
    const { agentId, names } = await makeAgent([{}], { secrets: { TOKEN: "abcd-1234" } });
    const [tool] = (await t.api<WireTool[]>("GET", `/v1/tools/?name=${names[0]}`)).body;
    sandbox.on(names[0]!, () => returned("ok"));
    await turn(agentId, [names[0]!]);
    expect(sandbox.calls.at(-1)!.agent!.state).toEqual({});
    const source = `def ${names[0]}(agent_state: "AgentState"):\n    """Does it."""`;
    expect((await t.api("PATCH", `/v1/tools/${tool!.id}`, { source_code: source })).status).toBe(200);
    await turn(agentId, [names[0]!]);
    const { state } = sandbox.calls.at(-1)!.agent!;
    expect(state).toMatchObject({
      id: agentId,
      memory: { blocks: [{ label: "human", value: "Bob" }, { label: "rules" }] },
    });
    expect(JSON.stringify(state)).not.toContain("abcd-1234");
  });
});

describe("a call that was running when the server stopped", () => {
  test("is told to be safe to repeat only where its owner has said so", async () => {
    const { agentId, names } = await makeAgent([{ tags: ["idempotent"] }, {}]);
    for (const name of names) sandbox.on(name, () => returned("ok"));
    const query = t.core.db.query.bind(t.core.db);
    let broken = true;
    t.core.db.query = ((statement: { name?: string } | string, params?: unknown[]) => {
      if (broken && typeof statement !== "string" && statement.name === "save-returns") {
        broken = false;
        return Promise.reject(new Error("the power is out"));
      }
      return query(statement as string, params);
    }) as typeof query;
    const log = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    await turn(agentId, [names[0]!], [names[1]!]);
    log.mockRestore();
    t.core.db.query = query;
    const rows = await query<{ status: string }>("SELECT status FROM tool_call WHERE agent_id = $1 ORDER BY seq", [
      agentId,
    ]);
    expect(rows.map(({ status }) => status)).toEqual(["interrupted", "interrupted"]);
    const messages = await query<{ parts: { content: string }[] }>(
      "SELECT parts FROM message WHERE agent_id = $1 AND role = 'tool' ORDER BY seq DESC LIMIT 1",
      [agentId],
    );
    const [first, second] = messages[0]!.parts;
    expect(first!.content).toContain("It is safe to call it again.");
    expect(second!.content).toContain("check before you call it again");
  });
});
