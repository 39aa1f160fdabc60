import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ENDPOINTS } from "@/lib/api/endpoints";
import type { TimelineEntry } from "@/lib/api/ledger";
import { all, http, idOf, MODEL, makeAgent, type Rig, rawFrames, says, startRig, UNKNOWN, until } from "../support/api";

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

type Body = Record<string, unknown>;
async function get<T = Body>(path: string): Promise<T> {
  const answer = await http(rig, "GET", path);
  if (answer.status !== 200) throw new Error(`${answer.status} of ${path}: ${answer.text}`);
  return answer.body as T;
}

const insert = (text: string) => ({ name: "memory_insert", args: { label: "human", new_string: text } });

/** An agent that has noted `b` and then `c`, one run each of two steps; its steps, oldest first. */
async function noted() {
  const agent = await makeAgent(rig, {
    name: "Noter",
    tools: ["memory_insert"],
    memory_blocks: [{ label: "human", value: "a" }],
  });
  for (const text of ["b", "c"]) {
    rig.model.push({ calls: [insert(text)] }, { text: `Noted ${text}.` });
    await rig.letta.agents.messages.create(agent.id, { messages: says(`note ${text}`) });
  }
  const steps = await all(rig.letta.steps.list({ agent_id: agent.id, order: "asc" }));
  return { agent, block: agent.blocks[0]!, steps: steps.map((step) => step.id) };
}

describe("the time line", () => {
  it("has every record once, in the order of the ledger, and is paged to the end both ways", async () => {
    const { agent, steps } = await noted();
    const path = `/v1/agents/${agent.id}/timeline`;
    const whole = await get<TimelineEntry[]>(`${path}?order=asc`);
    expect(whole.map((entry) => entry.seq)).toEqual(whole.map((entry) => entry.seq).toSorted((a, b) => a - b));
    expect(whole.filter((entry) => entry.type === "step").map((entry) => entry.id)).toEqual(steps);
    expect(whole.filter((entry) => entry.type === "block-version").map((entry) => entry.operation)).toEqual([
      "create",
      "memory_insert",
      "memory_insert",
    ]);
    expect(whole.filter((entry) => entry.type === "agent-version").length).toBeGreaterThanOrEqual(1);
    const forward: TimelineEntry[] = [];
    for (;;) {
      const page = await get<TimelineEntry[]>(`${path}?order=asc&limit=2&after=${forward.at(-1)?.seq ?? 0}`);
      if (page.length === 0) break;
      forward.push(...page);
    }
    expect(forward).toEqual(whole);
    const backward: TimelineEntry[] = [];
    for (;;) {
      const before = backward.length ? `&before=${backward.at(-1)!.seq}` : "";
      const page = await get<TimelineEntry[]>(`${path}?limit=2${before}`);
      if (page.length === 0) break;
      backward.push(...page);
    }
    expect(backward).toEqual(whole.toReversed());
    const some = await get<TimelineEntry[]>(`${path}?types=step,block-version`);
    expect(new Set(some.map((entry) => entry.type))).toEqual(new Set(["step", "block-version"]));
    expect((await http(rig, "GET", `${path}?types=nonsense`)).status).toBe(422);
  });

  it("has searches, passages and compactions too", async () => {
    const agent = await makeAgent(rig, {
      tools: ["archival_memory_insert", "archival_memory_search"],
      compaction_settings: { model: MODEL },
    });
    rig.model.push(
      { calls: [{ name: "archival_memory_insert", args: { content: "tea" } }] },
      { calls: [{ name: "archival_memory_search", args: { query: "tea" } }] },
    );
    await rig.letta.agents.messages.create(agent.id, { input: "note" });
    rig.model.push({ text: "Tea." });
    await rig.letta.agents.messages.compact(agent.id, { compaction_settings: { mode: "all", model: MODEL } });
    const whole = await get<TimelineEntry[]>(`/v1/agents/${agent.id}/timeline?order=asc`);
    const events = whole.flatMap((entry) => (entry.type === "passage-event" ? [entry.event] : []));
    expect(events).toEqual(["insert", "search"]);
    const compaction = whole.find((entry) => entry.type === "compaction");
    expect(compaction).toMatchObject({ trigger: "manual", mode: "all", summary: expect.stringContaining("Tea.") });
  });
});

describe("the state as of a step", () => {
  it("is what was before it, and what it made of that", async () => {
    const { agent, steps } = await noted();
    type State = { blocks: { value: string }[]; messages_in_context: { message_type: string }[]; tools: unknown[] };
    const at = (step: string, moment: string) =>
      get<State>(`/v1/agents/${agent.id}/state?step_id=${step}&moment=${moment}`);
    const values: string[] = [];
    for (const step of steps) {
      for (const moment of ["before", "after"]) values.push((await at(step, moment)).blocks[0]!.value);
    }
    expect(values).toEqual(["a", "a\nb", "a\nb", "a\nb", "a\nb", "a\nb\nc", "a\nb\nc", "a\nb\nc"]);
    const first = await at(steps[0]!, "before");
    expect(first.messages_in_context.map((message) => message.message_type)).toEqual(["user_message"]);
    const last = await at(steps[3]!, "after");
    expect(last.messages_in_context).toHaveLength(8);
    const other = await makeAgent(rig);
    expect((await http(rig, "GET", `/v1/agents/${other.id}/state?step_id=${steps[0]}`)).status).toBe(404);
  });
});

describe("the context of a step", () => {
  type Context = {
    sections: { kind: string; label: string; text: string; tokens: number; cause: { kind: string } | null }[];
    messages: { message_type: string }[];
    total_tokens: number;
    total_estimated: boolean;
  };

  it("is what the model was shown, by section, each with its cause", async () => {
    const { steps } = await noted();
    const context = await get<Context>(`/v1/steps/${steps[0]}/context`);
    const shown = rig.model.requests[0]!;
    for (const section of context.sections.filter((one) => !["messages", "tools"].includes(one.kind))) {
      expect(shown.messages[0]!.content).toContain(section.text);
    }
    expect(context.sections.map((section) => section.kind)).toEqual(expect.arrayContaining(["tools"]));
    expect(context.messages.map((message) => message.message_type)).toEqual(["user_message"]);
    expect(context.total_estimated).toBe(false);
    expect(context.total_tokens).toBe(100);
    const block = context.sections.find((section) => section.label === "human");
    expect(block).toMatchObject({ text: expect.stringContaining("a"), cause: { kind: expect.any(String) } });
  });

  it("differs from that of another step by what changed, and says why", async () => {
    const { agent, block, steps } = await noted();
    await rig.letta.blocks.update(block.id!, { value: "rewritten by hand" });
    await rig.letta.agents.messages.create(agent.id, { input: "and now?" });
    const [last] = (await rig.letta.steps.list({ agent_id: agent.id, limit: 1 })).items;
    type Diff = {
      from_step_id: string;
      to_step_id: string;
      token_delta: number;
      sections: {
        label: string;
        change: string;
        parts: { type: string; text: string }[];
        causes: { kind: string; tool_call?: string }[];
      }[];
    };
    const diff = await get<Diff>(`/v1/steps/${last!.id}/context/diff?with=${steps[3]}`);
    expect([diff.from_step_id, diff.to_step_id]).toEqual([steps[3], last!.id]);
    const human = diff.sections.find((section) => section.label === "human")!;
    expect(human.change).toBe("changed");
    expect(
      human.parts
        .filter((part) => part.type === "added")
        .map((part) => part.text)
        .join(""),
    ).toContain("rewritten");
    expect(human.causes.map((cause) => cause.kind)).toEqual(["agent", "agent", "api"]);
    const same = await get<Diff>(`/v1/steps/${steps[1]}/context/diff?with=${steps[1]}`);
    expect(new Set(same.sections.map((section) => section.change))).toEqual(new Set(["same"]));
    expect(same.token_delta).toBe(0);
  });

  it("has a live twin of what would be shown now", async () => {
    const { agent } = await noted();
    const live = await get<Context>(`/v1/agents/${agent.id}/context/sections`);
    expect(live.messages).toHaveLength(8);
    expect(live.sections.some((section) => section.label === "human")).toBe(true);
  });
});

describe("a block's history", () => {
  type Version = {
    id: string;
    number: number;
    value: string;
    operation: string;
    cause: { kind: string; step?: string };
  };

  it("is its versions, newest first, each with its cause, and blame says who wrote what", async () => {
    const { block, steps } = await noted();
    const versions = await get<Version[]>(`/v1/blocks/${block.id}/versions`);
    expect(versions.map((version) => [version.number, version.value, version.operation])).toEqual([
      [3, "a\nb\nc", "memory_insert"],
      [2, "a\nb", "memory_insert"],
      [1, "a", "create"],
    ]);
    expect(versions.map((version) => version.cause.step ?? null)).toEqual([steps[2], steps[0], null]);
    const paged = await get<Version[]>(`/v1/blocks/${block.id}/versions?limit=1&after=${versions[0]!.id}`);
    expect(paged.map((version) => version.number)).toEqual([2]);
    const blame = await get<{ segments: { text: string; number: number }[] }>(`/v1/blocks/${block.id}/blame`);
    expect(blame.segments.map((segment) => segment.text).join("")).toBe("a\nb\nc");
    expect(blame.segments.map((segment) => segment.number)).toEqual([1, 2, 3]);
    const older = await get<{ segments: { text: string }[] }>(
      `/v1/blocks/${block.id}/blame?version_id=${versions[1]!.id}`,
    );
    expect(older.segments.map((segment) => segment.text).join("")).toBe("a\nb");
  });

  it("is added to by a revert, never rewritten", async () => {
    const { agent, block } = await noted();
    const [, , first] = await get<Version[]>(`/v1/blocks/${block.id}/versions`);
    const reverted = await http(rig, "POST", `/v1/blocks/${block.id}/revert`, { body: { version_id: first!.id } });
    expect(reverted.body).toMatchObject({ id: block.id, value: "a" });
    const versions = await get<Version[]>(`/v1/blocks/${block.id}/versions`);
    expect(versions.map((version) => version.number)).toEqual([4, 3, 2, 1]);
    expect(versions[0]!.operation).toBe("revert");
    await rig.letta.agents.messages.create(agent.id, { input: "now?" });
    expect(rig.model.requests.at(-1)!.messages[0]!.content).toContain("<value>\na\n</value>");
    const other = await rig.letta.blocks.create({ label: "other", value: "x" });
    const [foreign] = await get<Version[]>(`/v1/blocks/${other.id}/versions`);
    const wrong = await http(rig, "POST", `/v1/blocks/${block.id}/revert`, { body: { version_id: foreign!.id } });
    expect(wrong.status).toBe(404);
  });
});

describe("an agent's versions", () => {
  it("are listed with their causes, and restored as another version", async () => {
    const agent = await makeAgent(rig, { system: "One." });
    await rig.letta.agents.update(agent.id, { system: "Two." });
    type Version = { id: string; number: number; operation: string; config: { system: string } };
    const versions = await get<Version[]>(`/v1/agents/${agent.id}/versions`);
    expect(versions.map((version) => version.config.system)).toEqual(["Two.", "One."]);
    const restored = await http(rig, "POST", `/v1/agents/${agent.id}/versions/${versions[1]!.id}/restore`);
    expect(restored.body).toMatchObject({ id: agent.id, system: "One." });
    expect((await get<Version[]>(`/v1/agents/${agent.id}/versions`))[0]).toMatchObject({
      number: 3,
      operation: "restore",
    });
  });
});

describe("a fork of a step", () => {
  type Forked = { agent_id: string; conversation_id: string; run_id: string | null };
  const fork = async (step: string, body: Body = {}) =>
    (await http(rig, "POST", `/v1/steps/${step}/fork`, { body })).body as Forked;

  it("is a new agent with the state of then, and its own blocks", async () => {
    const { agent, steps } = await noted();
    const forked = await fork(steps[2]!, { name: "Other path" });
    expect(forked.agent_id).not.toBe(agent.id);
    const state = await rig.letta.agents.retrieve(forked.agent_id);
    expect(state).toMatchObject({ name: "Other path", model: agent.model });
    expect(state.blocks.map((block) => block.value)).toEqual(["a\nb"]);
    expect(state.blocks[0]!.id).not.toBe(agent.blocks[0]!.id);
    expect(state.tools.map((tool) => tool.name)).toEqual(["memory_insert"]);
    const asked = rig.model.requests[2]!.messages;
    const before = rig.model.requests.length;
    rig.model.push({ text: "Elsewhere." });
    await rig.letta.agents.messages.create(forked.agent_id, { input: "continue" });
    const shown = rig.model.requests[before]!.messages;
    expect(shown.slice(1, -1).map((message) => message.content)).toEqual(
      asked.slice(1).map((message) => message.content),
    );
    expect((await rig.letta.agents.retrieve(agent.id)).blocks[0]!.value).toBe("a\nb\nc");
  });

  it("is a new conversation of the same agent", async () => {
    const { agent, steps } = await noted();
    const forked = await fork(steps[1]!, { into: "conversation", moment: "after" });
    expect(forked.agent_id).toBe(agent.id);
    const conversation = await rig.letta.conversations.retrieve(forked.conversation_id);
    expect(conversation.in_context_message_ids).toHaveLength(5);
    const refused = await http(rig, "POST", `/v1/steps/${steps[1]}/fork`, {
      body: { into: "conversation", changes: { system: "x" } },
    });
    expect(refused.status).toBe(400);
  });

  it("has what is changed on purpose, and runs on another message", async () => {
    const { steps } = await noted();
    rig.model.push({ text: "A pirate's answer." });
    const forked = await fork(steps[2]!, {
      changes: {
        blocks: { human: "changed" },
        system: "You are a pirate.",
        model: "openai/scripted-2",
        drop_tools: ["memory_insert"],
        message: "what else?",
      },
    });
    expect(forked.run_id).toMatch(idOf("run"));
    await until("the run ends", async () => (await rig.letta.runs.retrieve(forked.run_id!)).status === "completed");
    const state = await rig.letta.agents.retrieve(forked.agent_id);
    expect(state).toMatchObject({ system: "You are a pirate.", model: "openai/scripted-2", tools: [] });
    expect(state.blocks.map((block) => block.value)).toEqual(["changed"]);
    const shown = rig.model.requests.at(-1)!;
    expect(shown.model).toBe("scripted-2");
    expect(shown.messages.at(-1)).toMatchObject({ role: "user", content: "what else?" });
    expect(JSON.stringify(shown.messages)).not.toContain("note c");
    expect((await http(rig, "POST", `/v1/steps/step-${UNKNOWN}/fork`, { body: {} })).status).toBe(404);
    const unknown = await http(rig, "POST", `/v1/steps/${steps[0]}/fork`, {
      body: { changes: { blocks: { no: "x" } } },
    });
    expect(unknown.status).toBe(400);
  });
});

describe("/v1/events", () => {
  it("tells of runs, steps and memory as they happen, of one agent or of all", async () => {
    const agent = await makeAgent(rig, { tools: ["memory_insert"], memory_blocks: [{ label: "human", value: "a" }] });
    const other = await makeAgent(rig);
    const stop = new AbortController();
    const response = await fetch(`${rig.url}/v1/events?agent_id=${agent.id}`, { signal: stop.signal });
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    const events: Body[] = [];
    const listening = (async () => {
      for await (const frame of rawFrames(response)) events.push(JSON.parse(frame.data) as Body);
    })().catch(() => {});
    await rig.letta.agents.messages.create(other.id, { input: "hi" });
    rig.model.push({ calls: [insert("b")] }, { text: "Noted." });
    await rig.letta.agents.messages.create(agent.id, { input: "note b" });
    await until("the run's end is told", () =>
      events.some((event) => event.type === "run" && event.status === "ended"),
    );
    stop.abort();
    await listening;
    expect(events.every((event) => event.agent_id === agent.id)).toBe(true);
    const types = events.map((event) => event.type);
    expect(types.filter((type) => type === "run")).toHaveLength(2);
    expect(types.filter((type) => type === "step").length).toBeGreaterThanOrEqual(2);
    expect(events.find((event) => event.type === "memory")).toMatchObject({ id: agent.blocks[0]!.id });
    expect(Object.keys(events[0]!)).toEqual([
      "type",
      "id",
      "agent_id",
      "conversation_id",
      "run_id",
      "status",
      "at",
      "detail",
    ]);
  });
});

describe("the reference", () => {
  type Document = {
    openapi: string;
    info: { title: string; version: string };
    paths: Record<
      string,
      Record<string, { operationId: string; responses: Body; parameters?: { name: string; in: string }[] }>
    >;
    components: { schemas: Record<string, unknown> };
  };

  it("has every endpoint of the table in /openapi.json, as OpenAPI 3.1 whose references lead somewhere", async () => {
    const document = await get<Document>("/openapi.json");
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.info.title).toBe("Memoir");
    for (const row of ENDPOINTS) {
      const operation = document.paths[row.path]?.[row.method];
      expect([row.path, operation?.operationId]).toEqual([row.path, row.id]);
      expect(Object.keys(operation!.responses)).toContain(String("status" in row ? row.status : 200));
      const named = [...row.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      const declared = (operation!.parameters ?? []).filter((one) => one.in === "path").map((one) => one.name);
      expect([row.path, declared.sort()]).toEqual([row.path, named.sort()]);
    }
    const ids = Object.values(document.paths).flatMap((path) => Object.values(path).map((one) => one.operationId));
    expect(new Set(ids).size).toBe(ids.length);
    const references = new Set(
      [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map((m) => m[1]!),
    );
    expect(references.size).toBeGreaterThan(10);
    for (const name of references) expect(document.components.schemas).toHaveProperty([name]);
  });

  it("is a page for people at /v1/reference", async () => {
    const page = await http(rig, "GET", "/v1/reference");
    expect([page.status, page.headers.get("content-type")]).toEqual([200, expect.stringContaining("text/html")]);
    for (const row of ENDPOINTS) expect(page.text).toContain(row.path);
  });
});
