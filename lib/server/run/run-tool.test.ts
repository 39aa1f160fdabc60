import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireSourceCheck, WireToolExecution, WireToolStats } from "@/lib/api/tool-runs";
import type { WireTool } from "@/lib/api/tools";
import { createApp } from "../http/app";
import { createFakeSandbox, type FakeSandbox, returned, threw } from "../testing/fake-sandbox";
import { openTestCore, type TestCore } from "../testing/harness";
import { asJson } from "../testing/requests";

let t: TestCore;
let sandbox: FakeSandbox;
beforeAll(async () => {
  sandbox = createFakeSandbox();
  t = await openTestCore({ sandbox });
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

const UUID = "00000000-0000-4000-8000-00000000dead";
const source = (name: string) => `def ${name}(text: str):\n    """Does it.\n\n    Args:\n        text: a text\n    """`;

async function makeTool(name: string, changes: Record<string, unknown> = {}): Promise<WireTool> {
  const { status, body } = await t.api<WireTool>("POST", "/v1/tools/", { source_code: source(name), ...changes });
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

async function makeAgent(body: Record<string, unknown> = {}): Promise<WireAgent> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    ...body,
  });
  expect(made.status, JSON.stringify(made.body)).toBe(200);
  return made.body;
}

const run = (agentId: string, name: string, args: Record<string, unknown> = {}) =>
  t.api<WireToolExecution>("POST", `/v1/agents/${agentId}/tools/${name}/run`, { args });

const human = async (agent: WireAgent) => {
  const rows = await t.core.db.query<{ value: string; cause: Record<string, unknown>; operation: string }>(
    "SELECT value, cause, operation FROM block_version WHERE block_id = $1 ORDER BY number DESC LIMIT 1",
    [agent.blocks[0]!.id],
  );
  return rows[0]!;
};

describe("a tool that is run for an agent by hand", () => {
  test("answers with its return as JSON, and touches no message", async () => {
    const tool = await makeTool("by_hand");
    const agent = await makeAgent({ tool_ids: [tool.id], secrets: { TOKEN: "abcd-1234" } });
    sandbox.on("by_hand", ({ args, env }) => ({
      value: { got: args.text as string, env: env.TOKEN! },
      text: "{}",
      textLength: 2,
      stdout: ["out"],
      stderr: ["err"],
    }));
    const before = await t.rowCounts();
    const answer = await run(agent.id, "by_hand", { text: "x" });
    expect(answer.body).toMatchObject({
      status: "success",
      func_return: { got: "x", env: "[secret:TOKEN]" },
      agent_state: null,
      stdout: ["out"],
      stderr: ["err"],
      sandbox_config_fingerprint: null,
    });
    expect(await t.rowCounts()).toEqual(before);
  });

  test("that fails says so with status 200; one that is not attached is a 404", async () => {
    const tool = await makeTool("failing");
    const agent = await makeAgent({ tool_ids: [tool.id] });
    sandbox.on("failing", () => threw("KeyError", "'a'"));
    const answer = await run(agent.id, "failing");
    expect([answer.status, answer.body.status]).toEqual([200, "error"]);
    expect(answer.body.func_return, "what fails returns nothing").toBeNull();
    expect(answer.body.stderr, "and says why in one text").toEqual([
      expect.stringMatching(/^Error executing function failing: KeyError: 'a'/),
    ]);
    expect((await run(agent.id, "no_such_tool")).status).toBe(404);
    expect((await run(`agent-${UUID}`, "failing")).status).toBe(404);
  });

  test("writes versions that are caused by the caller, whoever else writes", async () => {
    const tool = await makeTool("writing");
    const agent = await makeAgent({ tool_ids: [tool.id], include_base_tools: true });
    let runs = 0;
    sandbox.on("writing", async ({ agent: port }) => {
      runs++;
      await t.api("PATCH", `/v1/blocks/${agent.blocks[0]!.id}`, { value: "by a person" });
      await port!.writeBlock("human", "by the tool");
      await port!.insertArchival("A note", ["a"]);
      return returned("ok");
    });
    const answer = await run(agent.id, "writing");
    expect(answer.body.status).toBe("success");
    expect(answer.body.stderr!.join()).toContain("changed by others");
    expect(runs).toBe(1);
    expect(await human(agent)).toEqual({
      value: "by the tool",
      operation: "writing",
      cause: { kind: "api", actor: t.ctx.actor.userId },
    });
    const passages = await t.api<{ text: string }[]>("GET", `/v1/agents/${agent.id}/archival-memory`);
    expect(passages.body.map(({ text }) => text)).toEqual(["A note"]);
    // A person will see it at once in the next prompt.
    const [row] = await t.core.db.query<{ stale: boolean }>(
      `SELECT a.compile_epoch > c.compile_epoch AS stale FROM agent a JOIN conversation c ON c.id = a.default_conversation_id
       WHERE a.id = $1`,
      [agent.id],
    );
    expect(row!.stale).toBe(true);
  });

  test("may be a built-in one", async () => {
    const agent = await makeAgent({ tools: ["memory_insert", "memory", "archival_memory_insert"] });
    const inserted = await run(agent.id, "memory_insert", { label: "human", new_string: "tea" });
    expect(inserted.body).toMatchObject({ status: "success", func_return: "Bob\ntea" });
    expect((await human(agent)).value).toBe("Bob\ntea");
    const created = { command: "create", path: "/memories/pets", description: "Pets", file_text: "a cat" };
    expect((await run(agent.id, "memory", created)).body.status).toBe("success");
    const now = await t.api<WireAgent>("GET", `/v1/agents/${agent.id}`);
    expect(now.body.blocks.map(({ label, value }) => [label, value])).toEqual([
      ["human", "Bob\ntea"],
      ["pets", "a cat"],
    ]);
    expect((await run(agent.id, "archival_memory_insert", { content: "x" })).body.func_return).toBe("None");
  });
});

describe("a tool that is run from its source", () => {
  const runSource = (body: Record<string, unknown>) =>
    t.api<Record<string, unknown> & { detail?: string; line?: number }>("POST", "/v1/tools/run", { args: {}, ...body });

  test("answers with a tool return message", async () => {
    sandbox.on("from_source", ({ args, env, agent }) => {
      expect(agent).toBeNull();
      return { ...returned(`${args.text} ${env.MODE}`), stdout: ["o"] };
    });
    const answer = await runSource({
      source_code: source("from_source"),
      args: { text: "a" },
      env_vars: { MODE: "dev" },
    });
    expect(answer.body).toMatchObject({
      message_type: "tool_return_message",
      tool_return: "a dev",
      status: "success",
      stdout: ["o"],
      tool_returns: [{ status: "success", tool_return: "a dev", type: "tool" }],
      duration_ms: expect.any(Number),
      memory_bytes: 1024,
    });
    expect(sandbox.calls.at(-1)).toMatchObject({ language: "python", entry: "from_source" });
    sandbox.on("ts", () => threw("TypeError", "no"));
    const code = "export async function ts(a: number) { return a }";
    const failed = await runSource({ source_code: code, source_type: "typescript" });
    expect(failed.body).toMatchObject({ status: "error", tool_return: "Error executing function ts: TypeError: no" });
    expect(sandbox.calls.at(-1)).toMatchObject({ language: "typescript", entry: "ts" });
  });

  test("runs against an agent's own state where one is named", async () => {
    const agent = await makeAgent({ secrets: { TOKEN: "abcd-1234" } });
    sandbox.on("with_agent", async ({ agent: port, env }) => {
      await port!.writeBlock("human", `${(await port!.readBlock("human")).value} and Alice`);
      return returned(`${port!.agentId} ${env.TOKEN}`);
    });
    const answer = await runSource({ source_code: source("with_agent"), agent_id: agent.id });
    expect(answer.body.tool_return).toBe(`${agent.id} [secret:TOKEN]`);
    expect((await human(agent)).value).toBe("Bob and Alice");
    expect((await runSource({ source_code: source("with_agent"), agent_id: `agent-${UUID}` })).status).toBe(404);
  });

  test.each(["for nobody", "for an agent"])(
    "%s, ends when its caller goes away, and writes nothing then",
    async (whom) => {
      const agent = whom === "for an agent" ? await makeAgent() : null;
      const abort = new AbortController();
      sandbox.on("endless", ({ signal, agent: port }) => {
        return new Promise((resolve) => {
          const stop = () => resolve({ ...threw("CancelledError", "stopped"), status: "killed" });
          signal!.addEventListener("abort", stop, { once: true });
          void port?.writeBlock("human", "half done");
          abort.abort();
        });
      });
      const body = { source_code: source("endless"), args: {}, ...(agent && { agent_id: agent.id }) };
      const app = createApp(t.core);
      const sent = { method: "POST", body: asJson(body), signal: abort.signal };
      const answer = await app.request("/v1/tools/run", sent);
      expect(await answer.json()).toMatchObject({
        status: "error",
        tool_return: expect.stringContaining("CancelledError"),
      });
      if (agent) {
        const [row] = await t.core.db.query<{ n: number }>(
          "SELECT count(*) AS n FROM block_version WHERE block_id = $1",
          [agent.blocks[0]!.id],
        );
        expect(row!.n).toBe(1);
      }
    },
  );

  test("that has no function is refused, with the line of what is wrong", async () => {
    const none = await runSource({ source_code: "x = 1" });
    expect([none.status, none.body.detail]).toEqual([
      400,
      "Schema generation failed: No functions found in source code",
    ]);
    const typo = await runSource({ source_code: "\n/** D. */ function f( {", source_type: "typescript" });
    expect([typo.status, typo.body.line]).toEqual([400, 2]);
  });
});

describe("the schema of a tool", () => {
  const derive = (body: Record<string, unknown>) =>
    t.api<Record<string, unknown> & { detail?: string; line?: number }>("POST", "/v1/tools/generate-schema", body);

  test("is derived from its source, and from what is wrong in it comes the line", async () => {
    expect((await derive({ code: source("x") })).body).toEqual({
      name: "x",
      description: "Does it.",
      parameters: {
        type: "object",
        properties: { text: { type: "string", description: "a text" } },
        required: ["text"],
      },
    });
    const wrong = await derive({ code: "\n\ndef x(a): pass" });
    expect([wrong.status, wrong.body.detail, wrong.body.line]).toEqual([
      400,
      "Schema generation failed: Function x missing docstring (line 3)",
      3,
    ]);
    const code = "/** D. */ export function y(a?: string[]) {}";
    expect((await derive({ code, source_type: "typescript" })).body).toMatchObject({ name: "y" });
  });

  test("is checked for an editor: what is wrong is the answer, with its line, as it would be refused", async () => {
    const check = async (body: Record<string, unknown>) => {
      const answer = await t.api<WireSourceCheck>("POST", "/v1/tools/check-source", body);
      expect(answer.status).toBe(200);
      return answer.body;
    };
    expect(await check({ code: source("x") })).toEqual({
      schema: (await derive({ code: source("x") })).body,
      error: null,
    });
    expect(await check({ code: "\n\ndef x(a): pass" })).toEqual({
      schema: null,
      error: { message: "Function x missing docstring", line: 3 },
    });
    expect((await check({ code: "export function f( {", source_type: "typescript" })).error?.line).toBe(1);
    expect(await check({ code: "" })).toMatchObject({ schema: null, error: { line: null } });
    // A name that a provider would refuse is told before the tool is made.
    const long = await check({ code: source("x".repeat(49)) });
    expect(long.error?.message).toContain("48 letters");
    const schema = { name: "page", description: "Opens.", parameters: { type: "object", properties: {} } };
    const told = await check({ code: JSON.stringify(schema), source_type: "json" });
    expect(told.schema).toMatchObject({ name: "page" });
    expect((await check({ code: '{"name": "a b"}', source_type: "json" })).error?.message).toContain(
      "json_schema.name",
    );
    expect((await check({ code: "{", source_type: "json" })).error).not.toBeNull();
  });

  test("that was derived follows its source; one that was given stays", async () => {
    const derived = await makeTool("follows");
    const more = `def follows(text: str, n: int = 1):\n    """Does more.\n\n    Args:\n        text: a text\n        n: a number\n    """`;
    const changed = await t.api<WireTool>("PATCH", `/v1/tools/${derived.id}`, { source_code: more });
    expect(changed.body).toMatchObject({
      description: "Does more.",
      json_schema: { parameters: { required: ["text"] } },
    });
    expect(Object.keys((changed.body.json_schema!.parameters as { properties: object }).properties)).toHaveLength(2);
    const bad = await t.api<{ line: number }>("PATCH", `/v1/tools/${derived.id}`, {
      source_code: "def follows(a): pass",
    });
    expect([bad.status, bad.body.line]).toEqual([400, 1]);
    const other = await t.api("PATCH", `/v1/tools/${derived.id}`, { source_code: `${more}\n${source("later")}` });
    expect(other.status).toBe(400);

    const given = { name: "stays", description: "Given.", parameters: { type: "object", properties: {} } };
    const kept = await makeTool("stays", { json_schema: given });
    const same = await t.api<WireTool>("PATCH", `/v1/tools/${kept.id}`, { source_code: "def stays(): pass" });
    expect(same.body.json_schema).toEqual(kept.json_schema);
  });

  test("takes its parameters from args_json_schema, with definitions in their places", async () => {
    const args = {
      title: "Args",
      $defs: { Item: { title: "Item", type: "object", properties: { n: { title: "N", type: "integer" } } } },
      type: "object",
      properties: { items: { type: "array", items: { $ref: "#/$defs/Item" } }, title: { type: "string" } },
      required: ["items"],
    };
    const tool = await makeTool("with_args", {
      source_code: 'def with_args(items):\n    """Does it."""',
      args_json_schema: args,
    });
    expect(tool.json_schema).toEqual({
      name: "with_args",
      description: "Does it.",
      parameters: {
        type: "object",
        properties: {
          items: { type: "array", items: { type: "object", properties: { n: { type: "integer" } } } },
          title: { type: "string" },
        },
        required: ["items"],
      },
    });
    const endless = {
      properties: { a: { $ref: "#/$defs/A" } },
      $defs: { A: { properties: { a: { $ref: "#/$defs/A" } } } },
    };
    const refused = await t.api("POST", "/v1/tools/", {
      source_code: 'def f(a):\n    """D."""',
      args_json_schema: endless,
    });
    expect(refused.status).toBe(400);
  });
});

describe("the statistics of a tool", () => {
  test("count its calls and failures, and say where it is attached, in a few statements", async () => {
    const tool = await makeTool("counted");
    const path = `/v1/tools/${tool.id}/stats`;
    expect((await t.api<WireToolStats>("GET", path)).body).toEqual({
      tool_id: tool.id,
      ...{ calls: 0, failures: 0, denied: 0, median_ms: null, p95_ms: null, last_used_at: null },
      ...{ days: [], agents: [], agent_count: 0 },
    });
    const agent = await makeAgent({ tool_ids: [tool.id] });
    const statuses = ["success", "success", "error", "denied", "interrupted", "pending"];
    for (const [index, status] of statuses.entries()) {
      await t.core.db.query(
        `INSERT INTO tool_call (id, organization_id, agent_id, conversation_id, run_id, step_id, message_id, call_id, name,
           arguments, status, started_at, ended_at)
         VALUES ($1, $2, $3, 'c', 'r', 's', 'm', $1, 'counted', '{}', $4, $5::timestamptz,
           $5::timestamptz + interval '1 millisecond' * $6::int)`,
        [`call-${index}`, t.ctx.actor.organizationId, agent.id, status, t.ctx.now().toISOString(), (index + 1) * 100],
      );
    }
    let stats: WireToolStats | undefined;
    const statements = await t.countStatements(async () => {
      stats = (await t.api<WireToolStats>("GET", path)).body;
    });
    expect(statements).toBeLessThanOrEqual(6);
    expect(stats).toMatchObject({ calls: 4, failures: 2, denied: 1, median_ms: 200, agent_count: 1 });
    expect(stats!.p95_ms).toBeCloseTo(290);
    expect(stats!.agents).toEqual([{ id: agent.id, name: agent.name }]);
    expect(stats!.days).toMatchObject([{ calls: 4, failures: 2 }]);
    expect((await t.api("GET", `/v1/tools/tool-${UUID}/stats`)).status).toBe(404);
  });
});

describe("the secrets of a tool", () => {
  test("go with the tool, and need names that an environment has", async () => {
    const tool = await makeTool("secretive");
    const path = `/v1/tools/${tool.id}/secrets`;
    expect((await t.api("PATCH", path, { secrets: { "a b": "x" } })).status).toBe(422);
    expect((await t.api("PATCH", path, { secrets: { A: "x" } })).status).toBe(200);
    expect((await t.api("DELETE", `/v1/tools/${tool.id}`)).status).toBe(200);
    expect((await t.rowCounts()).tool_secret).toBe(0);
    expect((await t.api("GET", path)).status).toBe(404);
  });
});
