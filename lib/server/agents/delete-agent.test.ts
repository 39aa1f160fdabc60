import { afterAll, beforeAll, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireArchive } from "@/lib/api/archives";
import type { WireBlock } from "@/lib/api/blocks";
import { DEFAULT_ACTOR } from "../core/core";
import { openTestCore, type TestCore } from "../testing/harness";
import { rollUpSlice } from "../usage/roll-up";

let t: TestCore;
let folderId: string;
let identityId: string;
beforeAll(async () => {
  t = await openTestCore();
  await t.api("GET", "/v1/tools/");
  folderId = (await t.api<{ id: string }>("POST", "/v1/folders", { name: "lent to all" })).body.id;
  const form = new FormData();
  form.set("file", new File(["text"], "a.txt"));
  await t.api("POST", `/v1/folders/${folderId}/upload`, form);
  await t.jobs.idle();
  await t.core.db.prisma.batch.create({ data: { id: "job-of-many", ...DEFAULT_ACTOR, status: "completed" } });
  const { organizationId } = DEFAULT_ACTOR;
  await t.core.db.prisma.erasure.create({
    data: {
      id: "erasure-of-all",
      organizationId,
      resource: "block",
      resourceId: "b",
      counts: {},
      cause: {},
      createdAt: new Date(),
    },
  });
  const version = { create: [{ id: "version-of-all", number: 1, content: {} }] };
  await t.core.db.prisma.template.create({
    data: { id: "template-of-all", organizationId, name: "of-all", content: {}, versions: version },
  });
  const identity = { identifier_key: "served by all", name: "Ada", identity_type: "user" };
  identityId = (await t.api<{ id: string }>("POST", "/v1/identities", identity)).body.id;
});
afterAll(() => t.close());

const create = async (body: Record<string, unknown> = {}) => (await t.api<WireAgent>("POST", "/v1/agents/", body)).body;

/** Gives an agent a row of every kind that a run leaves behind. */
async function live(agent: WireAgent): Promise<void> {
  const { prisma } = t.core.db;
  const conversation = await prisma.conversation.findFirstOrThrow({ where: { agentId: agent.id, isDefault: true } });
  const at = new Date();
  const ids = { organizationId: conversation.organizationId, agentId: agent.id };
  const inRun = { ...ids, conversationId: conversation.id };
  const n = agent.id.slice(-12);
  const cause = { kind: "agent", actor: agent.id };
  await prisma.run.create({
    data: { id: `run-${n}`, ...inRun, activeKey: conversation.id, status: "running", request: {} },
  });
  await prisma.erasedRecord.create({ data: { erasureId: "erasure-of-all", recordId: `run-${n}`, agentId: agent.id } });
  await prisma.journal.create({ data: { runId: `run-${n}`, firstSeq: 1, lastSeq: 2, items: [] } });
  await prisma.step.create({
    data: {
      id: `step-${n}`,
      ...inRun,
      runId: `run-${n}`,
      position: 0,
      status: "success",
      modelHandle: "m",
      contextWindow: 1,
      settings: {},
      agentVersionId: "v",
      compileId: `compile-${n}`,
      blockVersionIds: [],
      contextHash: "h",
      contextRanges: [],
      contextTokens: {},
      timings: {},
      createdAt: at,
    },
  });
  await prisma.message.create({
    data: { id: `message-${n}`, ...inRun, seq: 1, role: "user", parts: [], stepId: `step-${n}`, createdAt: at },
  });
  await prisma.toolCall.create({
    data: {
      id: `call-${n}`,
      ...inRun,
      runId: `run-${n}`,
      stepId: `step-${n}`,
      messageId: `message-${n}`,
      callId: "c",
      name: "f",
      arguments: "{}",
      status: "success",
      startedAt: at,
    },
  });
  await prisma.modelCall.create({
    data: {
      id: `cassette-${n}`,
      ...ids,
      kind: "step",
      handle: "m",
      requestHash: "h",
      response: [],
      startedAt: at,
      durationMs: 1,
    },
  });
  await prisma.blob.create({ data: { agentId: agent.id, hash: "h", text: "t" } });
  const added = { ...ids, grain: "hour", at: new Date(0) };
  const none = { failed: 0, cancelled: 0, steps: 0, prompt: 0, completion: 0, unpriced: 0, searches: 0 };
  await prisma.usage.create({
    data: { ...added, ...none, model: "", userId: "", runs: 1, writes: 0, compactions: 0, emptySearches: 0 },
  });
  await prisma.toolUsage.create({ data: { ...added, tool: "f", calls: 1, failures: 0, denied: 0 } });
  await prisma.compile.create({
    data: {
      id: `compile-${n}`,
      ...inRun,
      agentVersionId: "v",
      blockVersionIds: [],
      recallCount: 0,
      archivalCount: 0,
      archivalTags: [],
      lineNumbers: false,
      compiledAt: at,
      sectionsHash: "h",
      tokens: 1,
      cause,
    },
  });
  await prisma.compaction.create({
    data: {
      id: `compaction-${n}`,
      ...inRun,
      trigger: "t",
      mode: "all",
      summaryMessageId: "m",
      summary: "s",
      evicted: [],
      contextBefore: [],
      contextAfter: [],
      stats: {},
      cause,
    },
  });
  await prisma.passageEvent.create({ data: { id: `event-${n}`, ...ids, type: "search", search: {}, cause } });
  await prisma.schedule.create({
    data: {
      id: `schedule-${n}`,
      ...ids,
      request: {},
      cron: "0 9 * * *",
      firings: { create: { id: `firing-${n}`, dueAt: at, firedAt: at, trigger: "due" } },
    },
  });
  await prisma.deployment.create({
    data: {
      id: `deployment-${n}`,
      organizationId: ids.organizationId,
      templateId: "template-of-all",
      templateVersion: 1,
    },
  });
  await prisma.agent.update({ where: { id: agent.id }, data: { deploymentId: `deployment-${n}` } });
  await prisma.memoryProposal.create({
    data: {
      id: `proposal-${n}`,
      ...ids,
      blockId: "block",
      baseVersionId: "version",
      operation: "memory_insert",
      cause,
      createdAt: at,
    },
  });
  const position = await prisma.batchItem.count();
  await prisma.batchItem.create({
    data: { id: `item-${n}`, batchId: "job-of-many", position, agentId: agent.id, request: {}, status: "completed" },
  });
  const pixel = { organizationId: ids.organizationId, hash: n, mediaType: "image/png", bytes: Buffer.from("x") };
  await prisma.image.create({ data: { id: `file-${n}`, ...pixel, agents: { create: { agentId: agent.id } } } });
  const version = { ...ids, path: "a.txt", number: 1, hash: "h", size: 1, operation: "t", cause };
  await prisma.workspaceVersion.create({ data: { id: `file-version-${n}`, ...version } });
  await prisma.workspacePart.create({ data: { agentId: agent.id, hash: "h", number: 0, bytes: Buffer.from("x") } });
  await index(agent.id, conversation.id);
}

async function index(scope: string, thread: string): Promise<void> {
  const doc = Math.floor(Math.random() * 1e12);
  await t.core.db.query("INSERT INTO search_scope (scope_id) VALUES ($1)", [scope]);
  await t.core.db.query(
    "INSERT INTO search_document (doc, scope_id, thread_id, position, length) VALUES ($1, $2, $3, 1, 1)",
    [doc, scope, thread],
  );
}

/** An agent that has something in every table, some of it shared with nobody. */
async function makeLiver(): Promise<WireAgent> {
  const agent = await create({
    memory_blocks: [{ label: "own", value: "v" }],
    tags: ["t"],
    secrets: { K: "v" },
    folder_ids: [folderId],
    identity_ids: [identityId],
  });
  const own = agent.blocks[0]!.id;
  await t.api("PATCH", `/v1/blocks/${own}/identities/attach/${identityId}`);
  await t.api("POST", "/v1/groups/", {
    description: "",
    agent_ids: [agent.id],
    shared_block_ids: [own],
    manager_config: { manager_type: "supervisor", manager_agent_id: agent.id },
  });
  await t.api("POST", "/v1/client-side-access-tokens", {
    hostname: "https://example.com",
    policy: [{ type: "agent", id: agent.id, access: ["read_agent"] }],
  });
  await t.api("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "a note" });
  const [archive] = (await t.api<WireArchive[]>("GET", `/v1/archives/?agent_id=${agent.id}`)).body;
  await index(archive!.id, archive!.id);
  await t.api("PATCH", `/v1/agents/${agent.id}`, { system: "changed" });
  await t.api("PATCH", `/v1/agents/${agent.id}/core-memory/blocks/own`, { value: "w" });
  const isolated = { isolated_block_labels: ["own"] };
  const conversation = await t.api<{ id: string }>("POST", `/v1/conversations/?agent_id=${agent.id}`, isolated);
  await t.api("DELETE", `/v1/conversations/${conversation.body.id}`);
  await live(agent);
  return agent;
}

test("deleting an agent leaves every table as it was before the agent, and another agent's rows alone", async () => {
  const other = await makeLiver();
  await rollUpSlice(t.core, DEFAULT_ACTOR.organizationId);
  const before = await t.rowCounts();
  const agent = await makeLiver();
  const during = await t.rowCounts();
  const untouched = [
    "erasure",
    "fair_limit",
    "external_login",
    "request_count",
    "api_key",
    "_prisma_migrations",
    "account",
    "app_user",
    "app_version",
    "batch",
    "organization",
    "provider",
    "search_filler",
    "tool",
    "folder",
    "file",
    "file_chunk",
    "file_part",
    "identity",
    "invitation",
    "membership",
    "password_reset",
    "mcp_oauth",
    "mcp_server",
    "template",
    "template_version",
    "tool_secret",
    "usage_progress",
    "run_view",
    "suite",
    "suite_item",
    "suite_run",
    "suite_version",
    "web_session",
  ];
  const grown = Object.keys(before).filter((table) => during[table]! > before[table]!);
  expect(grown).toEqual(Object.keys(before).filter((table) => !untouched.includes(table)));

  const answer = await t.api("DELETE", `/v1/agents/${agent.id}`);
  expect([answer.status, answer.body]).toEqual([200, { message: `Agent id=${agent.id} successfully deleted` }]);
  // What it did counts no more: its hours are to be added up again.
  const stale = () => t.core.db.query("SELECT hour FROM usage_stale");
  expect(await stale()).not.toEqual([]);
  await rollUpSlice(t.core, DEFAULT_ACTOR.organizationId);
  expect(await stale()).toEqual([]);
  expect(await t.rowCounts()).toEqual(before);
  expect(t.cancelled).toEqual([`run-${agent.id.slice(-12)}`]);
  expect((await t.api("GET", `/v1/agents/${agent.id}`)).status).toBe(404);
  expect((await t.api("DELETE", `/v1/agents/${agent.id}`)).status).toBe(404);
  expect((await t.api("GET", `/v1/agents/${other.id}`)).status).toBe(200);
});

test("what others hold stays: shared blocks with their history, shared archives with their passages", async () => {
  const free = (await t.api<WireBlock>("POST", "/v1/blocks/", { label: "free", value: "v" })).body;
  const agent = await create({ memory_blocks: [{ label: "lent", value: "v" }], block_ids: [free.id] });
  const lent = agent.blocks.find((block) => block.label === "lent")!;
  const other = await create({ block_ids: [lent.id] });
  await t.api("POST", `/v1/agents/${agent.id}/archival-memory`, { text: "a note" });
  const [archive] = (await t.api<WireArchive[]>("GET", `/v1/archives/?agent_id=${agent.id}`)).body;
  await t.api("PATCH", `/v1/agents/${other.id}/archives/attach/${archive!.id}`);

  await t.api("DELETE", `/v1/agents/${agent.id}`);
  expect((await t.api<WireAgent>("GET", `/v1/agents/${other.id}`)).body.blocks).toEqual([lent]);
  expect((await t.api("GET", `/v1/blocks/${free.id}`)).status).toBe(200);
  expect((await t.api<unknown[]>("GET", `/v1/blocks/${lent.id}/versions`)).body).toHaveLength(1);
  const notes = await t.api<{ text: string }[]>("GET", `/v1/agents/${other.id}/archival-memory`);
  expect(notes.body.map((note) => note.text)).toEqual(["a note"]);
});

test("what is deleted while it is read is there or not found, alone and in lists", async () => {
  const odd = new Set<number>();
  for (let round = 0; round < 5; round++) {
    const block = (await t.api<WireBlock>("POST", "/v1/blocks/", { label: "shared", value: "v" })).body;
    const { id } = await create({ memory_blocks: [{ label: "human", value: "v" }], block_ids: [block.id] });
    let isOver = false;
    const reading = [
      ...[`agents/${id}`, `agents/${id}`, `agents/${id}/core-memory/blocks`, `blocks/${block.id}`],
      ...["agents", "agents", "blocks", `conversations?agent_id=${id}`],
    ].map(async (path) => {
      while (!isOver) {
        const { status } = await t.api("GET", `/v1/${path}`);
        if (status !== 200 && status !== 404) odd.add(status);
      }
    });
    await t.api("GET", "/v1/agents");
    await t.api("DELETE", `/v1/blocks/${block.id}`);
    await t.api("DELETE", `/v1/agents/${id}`);
    await t.api("GET", "/v1/agents");
    isOver = true;
    await Promise.all(reading);
  }
  expect([...odd]).toEqual([]);
});
