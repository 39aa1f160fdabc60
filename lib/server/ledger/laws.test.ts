import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireBlock, WireBlockVersion } from "@/lib/api/blocks";
import { AGENT_TYPES } from "@/lib/engine/agent-types";
import type { ModelRequest } from "@/lib/engine/model";
import { calls, type Script, says } from "@/lib/engine/testing/scripted-model";
import { recordedInputs, renderSections } from "../conversations/compile";
import { READ_LIMITS } from "../fair-use/limits";
import { canonicalJson } from "../records/cassette";
import { sealSections } from "../records/sections";
import { getStep } from "../run/steps";
import { openRunningCore, type RunningCore } from "../testing/running-core";
import { readSnapshot, requestOf } from "./step-request";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

const MEMORY_TOOLS = ["memory_insert", "memory_replace", "memory", "conversation_search", "archival_memory_insert"];

async function createAgent(body: Record<string, unknown> = {}): Promise<WireAgent> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [
      { label: "human", value: "Bob" },
      { label: "persona", value: "I am Sam." },
    ],
    tools: MEMORY_TOOLS,
    ...body,
  });
  if (made.status !== 200) throw new Error(JSON.stringify(made.body));
  return made.body;
}

async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const insert = (id: string, text: string, label = "human") =>
  calls({ id, name: "memory_insert", args: { label, new_string: text } });

type History = { agent: WireAgent; shown: ModelRequest[]; stepIds: string[] };

/** A history with a change of every kind that the prompt and the request depend on. */
async function liveThrough(): Promise<History> {
  const agent = await createAgent();
  const target = { agentId: agent.id };
  const before = t.requests.length;
  const run = async (text: string, scripts: Script[], changes = {}) => {
    t.push(...scripts);
    const said = await t.say(target, text, changes);
    expect(said.stopReason).toMatch(/end_turn|requires_approval/);
  };
  await run("Hi", [says("Hello.")]);
  await run("I like tea", [insert("a", "Likes tea"), says("Noted.")]);
  const human = agent.blocks.find((block) => block.label === "human")!;
  await ok("PATCH", `/v1/blocks/${human.id}`, { value: "Bob, who likes coffee" });
  await run("Plans", [
    calls({
      id: "b",
      name: "memory",
      args: { command: "create", path: "/memories/plans", description: "Plans", file_text: "Sail" },
    }),
    calls({
      id: "c",
      name: "memory",
      args: { command: "rename", old_path: "/memories/plans", new_path: "/memories/goals" },
    }),
    says("Planned."),
  ]);
  await ok("PATCH", `/v1/agents/${agent.id}`, { system: "You are Max now." });
  await run("Who?", [says("Max.")]);
  await ok("PATCH", `/v1/agents/${agent.id}`, { model: "anthropic/claude-sonnet-4-5" });
  await run("Numbered?", [insert("d", "Has a cat"), says("Yes.")]);
  await run("A note", [
    calls({ id: "e", name: "archival_memory_insert", args: { content: "A fact", tags: ["x"] } }),
    says("Ok."),
  ]);
  await run("And?", [says("Nothing.")]);
  t.push(says("They talked."));
  await ok("POST", `/v1/agents/${agent.id}/summarize`, {});
  await run("After the summary", [says("Yes.")]);
  await run("Once", [says("Arr.")], {
    overrideSystem: "You are a pirate.",
    clientSkills: [{ name: "sail", description: "Sailing", location: "/s" }],
    clientTools: [{ name: "open", description: "Opens.", parameters: { type: "object", properties: { y: {} } } }],
  });
  await run("Once more", [says("No.")], {
    clientTools: [{ name: "open", description: "Opens more.", parameters: { type: "object", properties: {} } }],
  });
  const search = agent.tools.find((tool) => tool.name === "conversation_search")!;
  await ok("PATCH", `/v1/agents/${agent.id}/tools/detach/${search.id}`);
  await run("Fewer tools", [says("Fewer.")]);
  await ok("PATCH", `/v1/agents/${agent.id}/reset-messages`, {});
  await run("Afresh", [
    calls({ id: "f", name: "memory", args: { command: "delete", path: "/memories/goals" } }),
    says("Gone."),
  ]);
  const rows = await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE agent_id = $1 ORDER BY seq", [
    agent.id,
  ]);
  const shown = t.requests.slice(before).filter((request) => request.messages.at(-1)?.id !== "message-compaction");
  return { agent, shown, stepIds: rows.map((row) => row.id) };
}

describe("law 1: as-of is exact", () => {
  let history: History;
  beforeAll(async () => {
    history = await liveThrough();
  });

  test("for every step, rendering the recorded inputs again gives the hashes of its snapshot", async () => {
    expect(history.stepIds.length).toBeGreaterThan(15);
    for (const id of history.stepIds) {
      const step = await getStep(t.ctx, id);
      const { list } = await readSnapshot(t.ctx, step);
      const compiled = list.filter(({ kind, source }) => kind !== "tools" && source.type !== "request");
      const again = sealSections(renderSections(await recordedInputs(t.core.db, step.compile_id))).list;
      const isOverridden = list.some(({ kind, source }) => kind === "instructions" && source.type === "request");
      const expected = again.slice(isOverridden ? 1 : 0);
      expect(compiled.filter(({ kind }) => kind !== "skills")).toEqual(expected);
    }
  });

  test("for every step, the record is the request that the model got: prompt, messages, tools and settings", async () => {
    expect(history.shown).toHaveLength(history.stepIds.length);
    for (const [index, id] of history.stepIds.entries()) {
      const step = await getStep(t.ctx, id);
      const recorded = requestOf(step, await readSnapshot(t.ctx, step));
      const shown = history.shown[index]!;
      expect(recorded.system).toBe(shown.system);
      expect(canonicalJson(recorded.tools)).toBe(canonicalJson(shown.tools));
      expect(canonicalJson(recorded.settings)).toBe(canonicalJson(shown.settings));
      const said = (request: Pick<ModelRequest, "messages">) =>
        request.messages.map(({ id: messageId, role, parts }) => canonicalJson([messageId, role, parts]));
      expect(said(recorded)).toEqual(said(shown));
    }
  });

  test("for every step, the state before and after it has the blocks as they were then", async () => {
    type StateAt = { blocks: WireBlockVersion[] };
    const at = async (id: string, moment: string) =>
      (await ok<StateAt>("GET", `/v1/agents/${history.agent.id}/state?step_id=${id}&moment=${moment}`)).blocks;
    for (const id of history.stepIds) {
      const step = await getStep(t.ctx, id);
      const heads = await t.core.db.query<{ block_id: string; id: string }>(
        `SELECT DISTINCT ON (v.block_id) v.block_id, v.id FROM block_version v WHERE v.seq < $1 AND v.block_id = ANY($2::text[])
         ORDER BY v.block_id, v.number DESC`,
        [step.seq, (await at(id, "before")).map((block) => block.block_id)],
      );
      expect((await at(id, "before")).map((block) => block.id).sort()).toEqual(heads.map((head) => head.id).sort());
    }
    const labels = (blocks: WireBlockVersion[]) => blocks.map((block) => block.label);
    const last = history.stepIds.at(-2)!;
    expect(labels(await at(last, "before"))).toEqual(["human", "persona", "goals"]);
    expect(labels(await at(last, "after"))).toEqual(["human", "persona"]);
  });

  test("agents of every type render the same again", async () => {
    for (const type of Object.keys(AGENT_TYPES)) {
      const extra = type === "split_thread_agent" ? { system: "Split." } : {};
      const agent = await createAgent({ agent_type: type, include_base_tools: true, tools: [], ...extra });
      t.push(calls({ id: "s", name: "send_message", args: { message: "Hi." } }));
      t.otherwise.script = says("Hi.");
      await t.say({ agentId: agent.id }, "Hi", { maxSteps: 1 });
      t.otherwise.script = null;
      const [row] = await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE agent_id = $1", [agent.id]);
      const step = await getStep(t.ctx, row!.id);
      const { list } = await readSnapshot(t.ctx, step);
      const again = sealSections(renderSections(await recordedInputs(t.core.db, step.compile_id))).list;
      expect(list.filter(({ kind }) => kind !== "tools")).toEqual(again);
    }
  });
});

describe("law 2: blame is total", () => {
  test("of every version of every block, the segments are the value, and each has a cause", async () => {
    type Blame = { segments: { text: string; cause: { kind?: string; actor?: string } }[] };
    const { agent } = await liveThrough();
    const blocks = await t.core.db.query<{ id: string }>(
      "SELECT b.id FROM block b WHERE b.made_for_agent_id = $1 AND deleted_at IS NULL",
      [agent.id],
    );
    expect(blocks.length).toBe(3);
    const actor = t.ctx.actor.userId;
    /** Who wrote what, in `liveThrough`. */
    const written: [RegExp, Record<string, unknown>][] = [
      [/^Bob$/, { kind: "api", actor }],
      [/^I am Sam\.$/, { kind: "api", actor }],
      [/Likes tea/, { kind: "agent", actor: agent.id, toolCall: "a" }],
      [/who likes coffee/, { kind: "api", actor }],
      [/^Sail$/, { kind: "agent", actor: agent.id, toolCall: "b" }],
      [/Has a cat/, { kind: "agent", actor: agent.id, toolCall: "d" }],
    ];
    const met = new Set<RegExp>();
    for (const { id } of blocks) {
      const versions = await ok<WireBlockVersion[]>("GET", `/v1/blocks/${id}/versions?limit=100`);
      for (const version of versions) {
        const { segments } = await ok<Blame>("GET", `/v1/blocks/${id}/blame?version_id=${version.id}`);
        expect(segments.map((segment) => segment.text).join("")).toBe(version.value);
        for (const { text, cause } of segments) {
          const known = written.find(([pattern]) => pattern.test(text));
          if (known) met.add(known[0]);
          expect(cause, text).toMatchObject(known?.[1] ?? { kind: expect.any(String), actor: expect.any(String) });
        }
      }
    }
    expect(met.size).toBe(written.length);
  });
});

/** The chain of a block's versions, from the first to the head; fails where a link is missing or forks. */
async function chainOf(blockId: string): Promise<{ value: string; agent_id: string | null }[]> {
  const rows = await t.core.db.query<{
    id: string;
    parent_id: string | null;
    number: number;
    value: string;
    agent_id: string | null;
  }>("SELECT id, parent_id, number, value, agent_id FROM block_version WHERE block_id = $1 ORDER BY number", [blockId]);
  for (const [index, row] of rows.entries()) {
    expect(row.number).toBe(index + 1);
    expect(row.parent_id).toBe(rows[index - 1]?.id ?? null);
  }
  const [head] = await t.core.db.query<{ head_version_id: string }>("SELECT head_version_id FROM block WHERE id = $1", [
    blockId,
  ]);
  expect(head!.head_version_id).toBe(rows.at(-1)!.id);
  return rows;
}

describe("law 6: no lost update", () => {
  test("two agents and the API write one shared block at once: every write is in its history and its value", async () => {
    const WRITES = 20;
    const block = await ok<WireBlock>("POST", "/v1/blocks/", { label: "shared", value: "start" });
    const agents = [await createAgent({ block_ids: [block.id] }), await createAgent({ block_ids: [block.id] })];
    let count = 0;
    // Each turn of each agent writes a line of its own, until it has written them all.
    t.otherwise.script = async function* (request) {
      const last = request.messages.at(-1)!;
      const line = last.role === "user" ? (last.parts[0] as { text: string }).text : null;
      yield* line ? insert(`call${count++}`, line, "shared") : says("Done.");
    };
    const write = async (agent: WireAgent, who: string) => {
      for (let at = 0; at < WRITES; at++) {
        const said = await t.say({ agentId: agent.id }, `${who}-${at}`);
        expect(said.stopReason).toBe("end_turn");
      }
    };
    const patch = async () => {
      for (let at = 0; at < WRITES; at++) {
        for (;;) {
          const now = await ok<WireBlock & { head_version_id?: string }>("GET", `/v1/blocks/${block.id}`);
          const [newest] = await ok<WireBlockVersion[]>("GET", `/v1/blocks/${block.id}/versions?order=desc&limit=1`);
          const answer = await t.api("PATCH", `/v1/blocks/${block.id}`, {
            value: `${newest!.value}\napi-${at}`,
            base_version_id: newest!.id,
          });
          if (answer.status === 200) break;
          expect(answer.status).toBe(409);
          expect(now.id).toBe(block.id);
        }
      }
    };
    await Promise.all([write(agents[0]!, "left"), write(agents[1]!, "right"), patch()]);
    t.otherwise.script = null;
    const chain = await chainOf(block.id);
    expect(chain).toHaveLength(1 + 3 * WRITES);
    const lines = chain.at(-1)!.value.split("\n");
    const expected = ["left", "right", "api"].flatMap((who) =>
      Array.from({ length: WRITES }, (_, at) => `${who}-${at}`),
    );
    expect(lines.toSorted()).toEqual(["start", ...expected].toSorted());
  });

  test("two conversations of one agent make and give up blocks at once: each is an attachment of its history", async () => {
    const agent = await createAgent();
    const other = await ok<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, {});
    let count = 0;
    t.otherwise.script = async function* (request) {
      const last = request.messages.at(-1)!;
      if (last.role !== "user") return yield* says("Done.");
      const label = (last.parts[0] as { text: string }).text;
      const args = { command: "create", path: `/memories/${label}`, description: label, file_text: label };
      yield* calls({ id: `make${count++}`, name: "memory", args });
    };
    const make = async (target: { agentId: string } | { conversationId: string }, who: string) => {
      for (let at = 0; at < 6; at++) expect((await t.say(target, `${who}-${at}`)).stopReason).toBe("end_turn");
    };
    await Promise.all([make({ agentId: agent.id }, "left"), make({ conversationId: other.id }, "right")]);
    t.otherwise.script = null;
    const { blocks } = await ok<WireAgent>("GET", `/v1/agents/${agent.id}`);
    expect(blocks).toHaveLength(2 + 12);
    const versions = await t.core.db.query<{ id: string; parent_id: string | null }>(
      "SELECT id, parent_id FROM agent_version WHERE agent_id = $1 ORDER BY number",
      [agent.id],
    );
    for (const [index, row] of versions.entries()) expect(row.parent_id).toBe(versions[index - 1]?.id ?? null);
  });

  test("the same label made twice at once is made once, and the other agent turn is told", async () => {
    const agent = await createAgent();
    const other = await ok<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, {});
    let asked = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    t.otherwise.script = async function* (request) {
      if (request.messages.at(-1)!.role !== "user") return yield* says("Done.");
      // Both turns have read the agent's blocks before either writes.
      if (++asked === 2) release();
      await both;
      const args = { command: "create", path: "/memories/same", description: "Same", file_text: "x" };
      yield* calls({ id: `same${asked++}`, name: "memory", args });
    };
    const ran = await Promise.all([t.say({ agentId: agent.id }, "1"), t.say({ conversationId: other.id }, "2")]);
    t.otherwise.script = null;
    expect(ran.map((said) => said.stopReason)).toEqual(["end_turn", "end_turn"]);
    const returns = ran.flatMap((said) =>
      said.items.flatMap((item) => (item.type === "tool-return" ? item.returns : [])),
    );
    expect(returns.map((one) => one.status).sort()).toEqual(["error", "success"]);
  });
});

/** Links and heads come and go; transport is deleted by age, uploads when they were read. */
const NOT_RECORDS = ["journal", "file_part", "agent_block", "agent_tool", "agent_archive", "agent_tag", "search_scope"];

type Entry = { type: string; seq: number; operation?: string; event?: string; cause?: Record<string, unknown> };

describe("law 7: nothing disappears", () => {
  test("whatever is detached or deleted is told in the agent's history, by whom, and takes no record away", async () => {
    const { agent } = await liveThrough();
    const human = agent.blocks.find((block) => block.label === "human")!;
    const of = `/v1/agents/${agent.id}`;
    const persona = agent.blocks.find((block) => block.label === "persona")!;
    const [passage] = (await ok<{ passages?: { id: string }[] } & { id: string }[]>(
      "GET",
      `${of}/archival-memory`,
    )) as { id: string }[];
    const archive = await ok<{ id: string }>("POST", "/v1/archives/", { name: "Lent" });
    const own = (await ok<{ id: string }[]>("GET", `/v1/archives/?agent_id=${agent.id}`))[0]!;
    const folder = await ok<{ id: string }>("POST", "/v1/folders/", { name: `Law ${agent.id}` });
    const identity = await ok<{ id: string }>("POST", "/v1/identities/", {
      identifier_key: agent.id,
      name: "Bob",
      identity_type: "user",
    });
    await ok("PATCH", `${of}/folders/attach/${folder.id}`);
    const form = new FormData();
    form.append("file", new File(["text"], "a.txt"));
    const file = await ok<{ id: string }>("POST", `/v1/folders/${folder.id}/upload`, form);
    const conversation = await ok<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, {});
    const [tool] = await ok<{ id: string }[]>("GET", `${of}/tools`);
    const [run] = await ok<{ id: string }[]>("GET", `/v1/runs/?agent_id=${agent.id}&limit=1`);
    const told = (type: string, operation: string) => ({ type, operation });
    const acts: [string, { type: string; operation?: string; event?: string }, () => Promise<unknown>][] = [
      ["edit", told("block-version", "update"), () => ok("PATCH", `/v1/blocks/${human.id}`, { value: "x" })],
      [
        "revert",
        told("block-version", "revert"),
        async () => {
          const versions = await ok<WireBlockVersion[]>("GET", `/v1/blocks/${human.id}/versions?order=asc`);
          return ok("POST", `/v1/blocks/${human.id}/revert`, { version_id: versions[0]!.id });
        },
      ],
      [
        "compaction",
        { type: "compaction" },
        async () => {
          t.push(says("More."), says("Summary."));
          await t.say({ agentId: agent.id }, "More");
          return ok("POST", `${of}/summarize`, { compaction_settings: { mode: "all" } });
        },
      ],
      ["attach archive", told("resource-event", "attach"), () => ok("PATCH", `${of}/archives/attach/${archive.id}`)],
      ["detach archive", told("resource-event", "detach"), () => ok("PATCH", `${of}/archives/detach/${archive.id}`)],
      [
        "attach identity",
        told("resource-event", "attach"),
        () => ok("PATCH", `${of}/identities/attach/${identity.id}`),
      ],
      [
        "detach identity",
        told("resource-event", "detach"),
        () => ok("PATCH", `${of}/identities/detach/${identity.id}`),
      ],
      ["set identities", told("resource-event", "attach"), () => ok("PATCH", of, { identity_ids: [identity.id] })],
      ["delete identity", told("resource-event", "delete"), () => ok("DELETE", `/v1/identities/${identity.id}`)],
      [
        "delete passage",
        { type: "passage-event", event: "delete" },
        () => ok("DELETE", `${of}/archival-memory/${passage!.id}`),
      ],
      ["delete archive", told("resource-event", "delete"), () => ok("DELETE", `/v1/archives/${own.id}`)],
      ["delete file", told("resource-event", "delete"), () => ok("DELETE", `/v1/folders/${folder.id}/${file.id}`)],
      ["detach folder", told("agent-version", "detach-folder"), () => ok("PATCH", `${of}/folders/detach/${folder.id}`)],
      ["attach folder", told("agent-version", "attach-folder"), () => ok("PATCH", `${of}/folders/attach/${folder.id}`)],
      ["delete folder", told("resource-event", "delete"), () => ok("DELETE", `/v1/folders/${folder.id}`)],
      [
        "delete conversation",
        told("resource-event", "delete"),
        () => ok("DELETE", `/v1/conversations/${conversation.id}`),
      ],
      ["delete run", told("resource-event", "delete"), () => ok("DELETE", `/v1/runs/${run!.id}`)],
      ["detach tool", told("agent-version", "detach-tool"), () => ok("PATCH", `${of}/tools/detach/${tool!.id}`)],
      [
        "detach block",
        told("agent-version", "detach-block"),
        () => ok("PATCH", `${of}/core-memory/blocks/detach/${persona.id}`),
      ],
      ["delete block", told("block-version", "delete"), () => ok("DELETE", `/v1/blocks/${human.id}`)],
    ];
    const GONE: Record<string, string[]> = {
      "delete identity": ["identity", "agent_identity"],
      "detach identity": ["agent_identity"],
      "delete file": ["file", "file_chunk", "agent_file", "search_document"],
      "detach folder": ["agent_folder", "agent_file"],
      "delete folder": ["folder", "agent_folder", "agent_file"],
      "delete run": ["run"],
    };
    let last = (await ok<Entry[]>("GET", `${of}/timeline?limit=1`))[0]!.seq;
    for (const [name, entry, act] of acts) {
      const before = await t.rowCounts();
      await act();
      const after = await t.rowCounts();
      const kept = Object.keys(before).filter((one) => ![...NOT_RECORDS, ...(GONE[name] ?? [])].includes(one));
      for (const table of kept) {
        if (table.startsWith("search_")) continue;
        expect(after[table]!, `${table} after ${name}`).toBeGreaterThanOrEqual(before[table]!);
      }
      const news = await ok<Entry[]>("GET", `${of}/timeline?after=${last}&limit=50&order=asc`);
      const one = news.find(
        (mark) => mark.type === entry.type && (mark.operation ?? mark.event) === (entry.operation ?? entry.event),
      );
      const said = one ?? news.find((mark) => mark.type === entry.type && !entry.operation && !entry.event);
      expect(said, `${name} in ${JSON.stringify(news)}`).toBeDefined();
      const kind = name === "revert" ? "revert" : name === "compaction" ? expect.any(String) : "api";
      expect(said!.cause, name).toMatchObject({ kind, actor: expect.stringMatching(/^(user|agent)-/) });
      last = news.at(-1)!.seq;
    }
    const listed = await ok<unknown[]>("GET", `${of}/messages?limit=200`);
    expect(listed.length).toBeGreaterThan(20);
  });

  test("a deleted block ends with a version that says so, and its past can be read", async () => {
    const first = await createAgent();
    const human = first.blocks.find((block) => block.label === "human")!;
    const second = await createAgent({ memory_blocks: [], block_ids: [human.id] });
    const heard: { type: string; agentId: string | null; detail?: Record<string, unknown> }[] = [];
    const deaf = t.core.events.subscribe(t.ctx.actor.organizationId, (event) => heard.push(event));
    await ok("DELETE", `/v1/blocks/${human.id}`);
    deaf();
    expect(heard.map(({ type, agentId, detail }) => [type, agentId, detail?.operation])).toEqual([
      ["memory", null, "delete"],
      ...[first.id, second.id].toSorted().map((id) => ["agent", id, "delete-block"]),
    ]);
    expect((await t.api("GET", `/v1/blocks/${human.id}`)).status).toBe(404);
    const versions = await ok<WireBlockVersion[]>("GET", `/v1/blocks/${human.id}/versions?order=asc`);
    expect(versions.map(({ operation, value }) => [operation, value])).toEqual([
      ["create", "Bob"],
      ["delete", "Bob"],
    ]);
    expect(versions.at(-1)!.cause).toEqual({ kind: "api", actor: t.ctx.actor.userId });
    const blame = await ok<{ segments: { text: string }[] }>("GET", `/v1/blocks/${human.id}/blame`);
    expect(blame.segments.map((segment) => segment.text).join("")).toBe("Bob");
    for (const { id } of [first, second]) {
      const [version] = await ok<{ operation: string; config: { block_ids: string[] } }[]>(
        "GET",
        `/v1/agents/${id}/versions?order=desc&limit=1`,
      );
      expect(version).toMatchObject({
        operation: "delete-block",
        config: { block_ids: expect.not.arrayContaining([human.id]) },
      });
    }
    expect((await t.api("DELETE", `/v1/blocks/${human.id}`)).status).toBe(404);
  });

  test("deleting an archive leaves yesterday's state as it was", async () => {
    const agent = await createAgent({ tools: ["archival_memory_insert"] });
    t.push(calls({ id: "k", name: "archival_memory_insert", args: { content: "Allergic to peanuts" } }), says("Kept."));
    await t.say({ agentId: agent.id }, "Keep it");
    t.push(says("Yes."));
    await t.say({ agentId: agent.id }, "And?");
    const [step] = await t.core.db.query<{ id: string }>(
      "SELECT id FROM step WHERE agent_id = $1 ORDER BY seq DESC LIMIT 1",
      [agent.id],
    );
    const state = () => ok<{ passages: unknown }>("GET", `/v1/agents/${agent.id}/state?step_id=${step!.id}`);
    const before = (await state()).passages;
    expect(before).toMatchObject({ count: 1, items: [{ text: "Allergic to peanuts" }] });
    const [own] = await ok<{ id: string }[]>("GET", `/v1/archives/?agent_id=${agent.id}`);
    await ok("DELETE", `/v1/archives/${own!.id}`);
    expect((await state()).passages).toEqual(before);
    expect(await ok("GET", `/v1/agents/${agent.id}/archival-memory`)).toEqual([]);
    expect(await ok("GET", `/v1/archives/?agent_id=${agent.id}`)).toEqual([]);
    expect((await t.api("GET", `/v1/archives/${own!.id}`)).status).toBe(404);
  });

  test("the deletion of an agent takes all of it, and nothing else", async () => {
    const bystander = await createAgent();
    t.push(insert("x", "stays"), says("Ok."));
    await t.say({ agentId: bystander.id }, "Hi");
    const before = await t.rowCounts();
    const { agent } = await liveThrough();
    t.push(insert("y", "in the background"), says("Ok."));
    await t.say({ agentId: agent.id }, "Hi", { background: true });
    await Promise.all(t.ctx.runs.active().map((run) => run.done));
    await ok("GET", `/v1/agents/${agent.id}/messages?limit=1`);
    await ok("DELETE", `/v1/agents/${agent.id}`);
    expect(await t.rowCounts()).toEqual(before);
  });

  test("an agent that is deleted while it runs leaves nothing behind", async () => {
    const before = await t.rowCounts();
    const agent = await createAgent();
    t.push(async function* () {
      yield { type: "text", text: "I am " };
      await ok("DELETE", `/v1/agents/${agent.id}`);
      yield* insert("z", "still here");
    });
    const said = await t.say({ agentId: agent.id }, "Hi", { background: true });
    expect(said.stopReason).toMatch(/error|cancelled/);
    await Promise.all(t.ctx.runs.active().map((run) => run.done));
    expect(await t.rowCounts()).toEqual(before);
  });
});

describe("law 8: recording is cheap", () => {
  /** Statements and bytes of a turn with one tool call, in a conversation of so many messages, a few of them in context. */
  async function costAt(messages: number): Promise<{ statements: number; sent: number; kept: number }> {
    const agent = await createAgent();
    const [conversation] = await t.core.db.query<{ id: string; organization_id: string }>(
      "SELECT id, organization_id FROM conversation WHERE agent_id = $1",
      [agent.id],
    );
    const { id, organization_id: organization } = conversation!;
    await t.core.db.query(
      `INSERT INTO message (id, organization_id, agent_id, conversation_id, seq, role, parts, created_at)
       SELECT 'message-' || gen_random_uuid(), $1, $2, $3, n, CASE WHEN n % 2 = 1 THEN 'user' ELSE 'assistant' END,
         '[{"type": "text", "text": "Something was said here."}]'::jsonb, now() FROM generate_series(1, $4::int) n`,
      [organization, agent.id, id, messages],
    );
    await t.core.db.query("UPDATE conversation SET next_seq = $2, context = $3::jsonb WHERE id = $1", [
      id,
      messages + 1,
      JSON.stringify([[messages - 5, null]]),
    ]);
    t.push(says("Warm."), insert("w", "Likes tea"), says("Noted."));
    await t.say({ agentId: agent.id }, "Warm up");
    const query = vi.spyOn(t.core.db, "query");
    let runId = "";
    const statements = await t.countStatements(async () => {
      runId = (await t.say({ agentId: agent.id }, "I like tea")).runId;
    });
    const sent = query.mock.calls
      .filter(([statement]) => statement !== READ_LIMITS)
      .reduce((sum, [, params]) => sum + JSON.stringify(params ?? []).length, 0);
    query.mockRestore();
    const sizes = ["message", "step", "tool_call", "model_call", "block_version"].map(
      (table) => `SELECT coalesce(sum(pg_column_size(x.*)), 0)::int AS bytes FROM ${table} x WHERE run_id = $1`,
    );
    const [kept] = await t.core.db.query<{ bytes: number }>(
      `SELECT sum(bytes)::int AS bytes FROM (${sizes.join(" UNION ALL ")}) s`,
      [runId],
    );
    return { statements, sent, kept: kept!.bytes };
  }

  test("a turn costs as many statements and as many bytes after 10,000 messages as after 10", async () => {
    const costs = [await costAt(10), await costAt(1000), await costAt(10_000)];
    expect(new Set(costs.map((cost) => cost.statements)).size).toBe(1);
    for (const of of ["sent", "kept"] as const) {
      const bytes = costs.map((cost) => cost[of]);
      expect(Math.max(...bytes) / Math.min(...bytes)).toBeLessThan(1.03);
    }
    expect(costs[0]!.statements).toBeLessThanOrEqual(8);
  });

  test("the texts of a prompt are kept once, however many steps show them", async () => {
    const agent = await createAgent();
    const blobs = async () =>
      (
        await t.core.db.query<{ count: number }>("SELECT count(*) AS count FROM blob WHERE agent_id = $1", [agent.id])
      )[0]!.count;
    t.push(says("1"));
    await t.say({ agentId: agent.id }, "1");
    const first = await blobs();
    for (let turn = 2; turn < 6; turn++) {
      t.push(says(`${turn}`));
      await t.say({ agentId: agent.id }, `${turn}`);
    }
    expect(await blobs()).toBe(first);
  });
});
