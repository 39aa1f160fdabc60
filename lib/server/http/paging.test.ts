import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { says } from "@/lib/engine/testing/scripted-model";
import { createSession } from "../accounts/sessions";
import { type Changes, copyRows } from "../testing/copy-rows";
import { openRunningCore, type RunningCore } from "../testing/running-core";

/** Copies of each row; every list has at least as many items, five pages of 60. */
const MANY = 250;
const PAGE = 60;

/**
 * Where a list of the table is found once the world is filled. A new list without a line here fails the first test.
 * `chronological` marks lists whose cursors mean time whatever the order (a quirk of the contract's message lists): they are
 * walked backward by `before`. A page of messages shows the oldest first even then.
 */
type List = {
  path: string;
  chronological?: "oldest-first" | "as-asked";
  cursor?: "id" | "seq";
  /** The key of the reply that holds the items. */
  within?: string;
  /** A list that has one order. */
  oneWay?: boolean;
};
const LISTS: Record<string, (world: World) => List> = {
  "blocks.list": () => ({ path: "/v1/blocks/" }),
  "blocks.versions": ({ blockId }) => ({ path: `/v1/blocks/${blockId}/versions` }),
  "erasures.list": () => ({ path: "/v1/erasures" }),
  "memoryProposals.list": () => ({ path: "/v1/memory-proposals" }),
  "agents.list": () => ({ path: "/v1/agents/" }),
  "blocks.agents": ({ blockId }) => ({ path: `/v1/blocks/${blockId}/agents` }),
  "archives.agents": ({ archiveId }) => ({ path: `/v1/archives/${archiveId}/agents` }),
  "agents.blocks.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/core-memory/blocks` }),
  "agents.tools.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/tools` }),
  "agents.versions": ({ agentId }) => ({ path: `/v1/agents/${agentId}/versions` }),
  "tools.list": () => ({ path: "/v1/tools/" }),
  "tools.catalogue": () => ({ path: "/v1/tools/catalogue", oneWay: true }),
  "archives.list": () => ({ path: "/v1/archives/" }),
  "agents.passages.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/archival-memory` }),
  "conversations.list": ({ agentId }) => ({ path: `/v1/conversations/?agent_id=${agentId}` }),
  "agents.messages.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/messages`, chronological: "oldest-first" }),
  "conversations.messages.list": ({ conversationId }) => ({ path: `/v1/conversations/${conversationId}/messages` }),
  "messages.list": () => ({ path: "/v1/messages/", chronological: "oldest-first" }),
  "runs.list": () => ({ path: "/v1/runs/" }),
  "runs.summaries": () => ({ path: "/v1/runs/summaries" }),
  "runs.messages.list": ({ runId }) => ({ path: `/v1/runs/${runId}/messages` }),
  "runs.steps.list": ({ runId }) => ({ path: `/v1/runs/${runId}/steps` }),
  "steps.list": () => ({ path: "/v1/steps/" }),
  "steps.messages.list": ({ stepId }) => ({ path: `/v1/steps/${stepId}/messages` }),
  "agents.timeline": ({ agentId }) => ({
    path: `/v1/agents/${agentId}/timeline`,
    chronological: "as-asked",
    cursor: "seq",
  }),
  "providers.list": () => ({ path: "/v1/providers/" }),
  "tags.list": () => ({ path: "/v1/tags/" }),
  "messages.batches.list": () => ({ path: "/v1/messages/batches" }),
  "messages.batches.messages": ({ batchId }) => ({
    path: `/v1/messages/batches/${batchId}/messages`,
    within: "messages",
  }),
  "messages.batches.items": ({ batchId }) => ({ path: `/v1/messages/batches/${batchId}/items`, oneWay: true }),
  "jobs.list": () => ({ path: "/v1/jobs/" }),
  "jobs.active": () => ({ path: "/v1/jobs/active" }),
  "agents.schedule.list": ({ agentId }) => ({
    path: `/v1/agents/${agentId}/schedule`,
    within: "scheduled_messages",
    oneWay: true,
  }),
  "agents.schedule.firings": ({ agentId, scheduleId }) => ({
    path: `/v1/agents/${agentId}/schedule/${scheduleId}/firings`,
  }),
  "schedules.list": () => ({ path: "/v1/schedules" }),
  "suites.list": () => ({ path: "/v1/suites" }),
  "suites.runs.list": ({ suiteId }) => ({ path: `/v1/suites/${suiteId}/runs` }),
  "suites.runs.items": ({ suiteId, suiteRunId }) => ({
    path: `/v1/suites/${suiteId}/runs/${suiteRunId}/items`,
    oneWay: true,
  }),
  "internalRuns.list": () => ({ path: "/v1/_internal_runs/" }),
  "internalBlocks.list": () => ({ path: "/v1/_internal_blocks/" }),
  "internalBlocks.agents": ({ blockId }) => ({ path: `/v1/_internal_blocks/${blockId}/agents` }),
  "identities.list": () => ({ path: "/v1/identities/" }),
  "identities.agents": ({ identityId }) => ({ path: `/v1/identities/${identityId}/agents` }),
  "identities.blocks": ({ identityId }) => ({ path: `/v1/identities/${identityId}/blocks` }),
  "groups.list": () => ({ path: "/v1/groups/" }),
  "groups.messages.list": ({ groupId }) => ({ path: `/v1/groups/${groupId}/messages`, chronological: "oldest-first" }),
  "agents.groups": ({ agentId }) => ({ path: `/v1/agents/${agentId}/groups` }),
  "sessions.list": () => ({ path: "/v1/sessions" }),
  "members.list": () => ({ path: "/v1/members" }),
  "invitations.list": () => ({ path: "/v1/invitations" }),
  "keys.list": () => ({ path: "/v1/keys" }),
  "audit.list": () => ({ path: "/v1/audit" }),
  "admin.orgs.list": () => ({ path: "/v1/admin/orgs" }),
  "admin.users.list": () => ({ path: "/v1/admin/users" }),
  "folders.list": () => ({ path: "/v1/folders/" }),
  "folders.agents": ({ folderId }) => ({ path: `/v1/folders/${folderId}/agents` }),
  "folders.files.list": ({ folderId }) => ({ path: `/v1/folders/${folderId}/files` }),
  "folders.passages.list": ({ folderId }) => ({ path: `/v1/folders/${folderId}/passages` }),
  "sources.list": () => ({ path: "/v1/sources/" }),
  "sources.agents": ({ folderId }) => ({ path: `/v1/sources/${folderId}/agents` }),
  "sources.files.list": ({ folderId }) => ({ path: `/v1/sources/${folderId}/files` }),
  "sources.passages.list": ({ folderId }) => ({ path: `/v1/sources/${folderId}/passages` }),
  "agents.folders.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/folders` }),
  "agents.sources.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/sources` }),
  "agents.files.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/files`, within: "files" }),
};

type World = Record<
  | "agentId"
  | "blockId"
  | "archiveId"
  | "conversationId"
  | "runId"
  | "stepId"
  | "batchId"
  | "scheduleId"
  | "suiteId"
  | "suiteRunId"
  | "identityId"
  | "groupId"
  | "folderId",
  string
>;

const lists = (ENDPOINTS as readonly Endpoint[]).filter((row) => {
  const query = row.query?.shape;
  return row.method === "get" && query && "after" in query && "limit" in query;
});

let t: RunningCore;
let world: World;
beforeAll(async () => {
  t = await openRunningCore();
  world = await fill(t);
});
afterAll(() => t?.close());

describe("walking a list of 250 and more, page after page, to the empty page", () => {
  test("is tried on every list of the table", () => {
    expect(lists.map((row) => row.id).filter((id) => !LISTS[id])).toEqual([]);
  });

  test.each(lists.map((row) => row.id).filter((id) => LISTS[id]))(
    "%s: each once, and the other way round the same",
    async (id) => {
      const list = LISTS[id]!(world);
      const up = await walk(list, "asc");
      const down = list.oneWay ? up.toReversed() : await walk(list, "desc");
      expect(up.length).toBeGreaterThanOrEqual(MANY);
      expect(new Set(up).size).toBe(up.length);
      expect(down.toReversed()).toEqual(up);
    },
  );
});

type Item = { id: string; seq?: number } | string;

/** Ids in the order of the walk; of a chronological list read backward, newest first. */
async function walk(
  { path, chronological, within, cursor: key = "id" }: List,
  order: "asc" | "desc",
): Promise<string[]> {
  const ids: string[] = [];
  const backward = chronological && order === "desc";
  const idOf = (item: Item) => (typeof item === "string" ? item : String(item[key]));
  for (let cursor = ""; ; ) {
    const query = new URLSearchParams({ limit: String(PAGE), order, ascending: String(order === "asc") });
    if (cursor) query.set(backward ? "before" : "after", cursor);
    const answer = await t.api<Item[] & Record<string, Item[]>>(
      "GET",
      `${path}${path.includes("?") ? "&" : "?"}${query}`,
    );
    expect([path, answer.status]).toEqual([path, 200]);
    const page = ((within ? answer.body[within] : answer.body) ?? []).map(idOf);
    if (page.length === 0) return ids;
    const walked = backward && chronological === "oldest-first" ? page.toReversed() : page;
    ids.push(...walked);
    cursor = walked.at(-1) ?? "";
  }
}

/** One agent with a turn behind it, and copies of all that it has. */
async function fill({ api, core: { db } }: RunningCore): Promise<World> {
  const made = async <T>(method: string, path: string, body: unknown) => {
    const answer = await api<T>(method, path, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  const agent = await made<{ id: string; blocks: { id: string }[] }>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    memory_blocks: [{ label: "human", value: "Name: Mara" }],
  });
  const agentId = agent.id;
  const blockId = agent.blocks[0]!.id;
  await made("POST", `/v1/agents/${agentId}/archival-memory`, { text: "Mara likes tea." });
  await made("POST", "/v1/providers/", { name: "mine", provider_type: "groq", api_key: "k" });
  const tool = await made<{ id: string }>("POST", "/v1/tools/", {
    source_code: "def one():\n    '''One.'''\n    return 1",
    json_schema: { name: "one", description: "One.", parameters: { type: "object", properties: {} } },
  });
  const conversation = await made<{ id: string }>("POST", `/v1/conversations/?agent_id=${agentId}`, {});
  t.push(says("Hello."), says("Hello again."));
  const { runId } = await t.say({ agentId }, "Hi");
  await t.say({ conversationId: conversation.id }, "Hi again");
  const [step] = await db.query<{ id: string }>("SELECT id FROM step WHERE run_id = $1", [runId]);
  const [archive] = await db.query<{ id: string }>("SELECT archive_id AS id FROM agent_archive WHERE agent_id = $1", [
    agentId,
  ]);

  const copy = (table: string, where: string, param: string, changes: Changes) =>
    copyRows(db, { table, where, param, count: MANY, changes });
  const fresh = (prefix: string) => `'${prefix}-' || gen_random_uuid()`;
  // Times go by threes, so that equal ones stand on both sides of a page's end.
  const later = (column: string) => `t."${column}" + (n / 3) * interval '1 second'`;
  const next = "ledger_next()";
  /** The id of copy `n`, the same wherever it is needed. */
  const copied = (prefix: string) => `'${prefix}-00000000-0000-4000-8000-' || lpad(n::text, 12, '0')`;

  await copy("agent_version", "t.id = (SELECT version_id FROM agent WHERE id = $1)", agentId, {
    id: `'v-' || n`,
    agent_id: copied("agent"),
    seq: next,
  });
  await copy("agent_version", "t.id = (SELECT version_id FROM agent WHERE id = $1)", agentId, {
    id: fresh("agent_version"),
    number: "t.number + n",
    seq: next,
  });
  await copy("agent", "t.id = $1", agentId, {
    id: copied("agent"),
    version_id: `'v-' || n`,
    default_conversation_id: copied("conv"),
    created_at: later("created_at"),
  });
  await db.query(
    "INSERT INTO agent_tag (agent_id, organization_id, tag) SELECT $1, organization_id, 'tag-' || n FROM agent, generate_series(1, $2::int) n WHERE id = $1",
    [agentId, MANY],
  );
  await copy("block_version", "t.id = (SELECT head_version_id FROM block WHERE id = $1)", blockId, {
    id: `'b-' || n`,
    block_id: copied("block"),
    label: "'label_' || n",
    seq: next,
  });
  await copy("block_version", "t.id = (SELECT head_version_id FROM block WHERE id = $1)", blockId, {
    id: fresh("block_version"),
    number: "t.number + n",
    seq: next,
  });
  await copy("block", "t.id = $1", blockId, {
    id: copied("block"),
    head_version_id: `'b-' || n`,
    created_at: later("created_at"),
  });
  await copy("agent_block", "t.block_id = $1", blockId, { agent_id: copied("agent") });
  await copy("agent_block", "t.agent_id = $1", agentId, { block_id: copied("block"), position: "n" });
  await copy("tool", "t.id = $1", tool.id, {
    id: copied("tool"),
    name: "'tool_' || n",
    created_at: later("created_at"),
  });
  await db.query(
    `INSERT INTO agent_tool (agent_id, tool_id, position) SELECT $1, ${copied("tool")}, n FROM generate_series(1, $2::int) n`,
    [agentId, MANY],
  );
  await copy("archive", "t.id = $1", archive!.id, { id: copied("archive"), created_at: later("created_at") });
  await copy("agent_archive", "t.agent_id = $1", agentId, { agent_id: copied("agent") });
  await copy("passage", "t.archive_id = $1", archive!.id, {
    id: fresh("passage"),
    seq: next,
    created_at: later("created_at"),
  });
  await copy("conversation", "t.id = $1", conversation.id, {
    id: copied("conv"),
    created_at: later("created_at"),
    external_key: "null",
  });
  const message = {
    id: fresh("message"),
    ledger_seq: next,
    otid: "gen_random_uuid()",
    seq: "t.seq + 10 * n",
    created_at: later("created_at"),
  };
  await copy("message", "t.run_id = $1 AND t.role = 'user'", runId, { ...message, step_id: `'${step!.id}'` });
  await copy("message", "t.conversation_id = $1 AND t.role = 'user'", conversation.id, { ...message, run_id: "null" });
  await copy("run", "t.id = $1", runId, {
    id: fresh("run"),
    seq: next,
    active_key: "null",
    created_at: later("created_at"),
  });
  await copy("step", "t.run_id = $1", runId, {
    id: fresh("step"),
    seq: next,
    position: "t.position + n",
    created_at: later("created_at"),
  });
  await copy("provider", "t.name = $1", "mine", {
    id: fresh("provider"),
    name: "'mine-' || n",
    created_at: later("created_at"),
  });
  const fixed = (prefix: string) => `${prefix}-00000000-0000-4000-8000-000000000001`;
  const insert = (table: string, columns: Record<string, string>) =>
    db.query(
      `INSERT INTO ${table} (${Object.keys(columns).join(", ")})
       SELECT ${Object.values(columns).join(", ")} FROM agent t, generate_series(1, ${MANY}) n WHERE t.id = $1`,
      [agentId],
    );
  const mine = { organization_id: "t.organization_id" };
  const at = { created_at: later("created_at") };
  await insert("batch", { ...mine, ...at, id: copied("job"), user_id: "''", status: "'running'" });
  await insert("batch_item", {
    id: copied("batch_item"),
    batch_id: `'${fixed("job")}'`,
    position: "n",
    agent_id: "t.id",
    request: "'{\"messages\":[]}'::jsonb",
    status: "'completed'",
    run_id: `CASE n WHEN 1 THEN '${runId}' END`,
  });
  await insert("memory_proposal", {
    ...mine,
    ...at,
    id: copied("proposal"),
    block_id: `'${blockId}'`,
    agent_id: `'${agentId}'`,
    base_version_id: "'version'",
    operation: "'memory_insert'",
    cause: "'{}'",
  });
  await insert("audit_entry", {
    ...mine,
    ...at,
    id: copied("audit"),
    operation: "'blocks.create'",
    resource: "'blocks'",
    address: "'::1'",
    outcome: "'done'",
  });
  await insert("erasure", {
    ...mine,
    ...at,
    id: copied("erasure"),
    resource: "'block'",
    resource_id: "'block-erased'",
    counts: "'{}'::jsonb",
    cause: "'{}'::jsonb",
  });
  await insert("schedule", {
    ...mine,
    ...at,
    id: copied("schedule"),
    agent_id: "t.id",
    request: "'{\"messages\":[]}'::jsonb",
    cron: "'0 9 * * *'",
  });
  const content = `'{"suite":"s","cases":[]}'::jsonb`;
  await insert("suite", { ...mine, ...at, id: copied("suite"), name: "'suite ' || n" });
  await insert("suite_version", {
    ...at,
    id: "'version-of-suite-' || n",
    suite_id: copied("suite"),
    number: "1",
    source: "'suite: s'",
    format: "'yaml'",
    content,
  });
  await insert("suite_run", {
    ...mine,
    ...at,
    id: copied("suite_run"),
    user_id: "''",
    suite_id: `'${fixed("suite")}'`,
    version: "1",
    content,
    options: "'{}'::jsonb",
    status: "'passed'",
  });
  await insert("suite_item", {
    id: copied("suite_item"),
    suite_run_id: `'${fixed("suite_run")}'`,
    position: "n",
    case_name: "'a case'",
    repeat: "n",
    status: "'passed'",
  });
  await insert("schedule_firing", {
    id: copied("firing"),
    schedule_id: `'${fixed("schedule")}'`,
    due_at: later("created_at"),
    fired_at: later("created_at"),
    trigger: "'due'",
  });
  await insert("identity", {
    ...mine,
    ...at,
    id: copied("identity"),
    identifier_key: "'key-' || n",
    name: "'I'",
    identity_type: "'user'",
  });
  await insert("agent_identity", { agent_id: copied("agent"), identity_id: `'${fixed("identity")}'` });
  await insert("block_identity", { block_id: copied("block"), identity_id: `'${fixed("identity")}'` });
  await insert("agent_group", {
    ...mine,
    ...at,
    id: copied("group"),
    manager_type: "'round_robin'",
    description: "'G'",
  });
  await insert("group_agent", { group_id: copied("group"), agent_id: "t.id", position: "0" });
  await db.query("UPDATE message SET group_id = $1 WHERE run_id = $2", [fixed("group"), runId]);
  await createSession(t.core, { address: "", userAgent: null });
  await insert("web_session", {
    ...mine,
    ...at,
    id: fresh("session"),
    user_id: `'${t.ctx.actor.userId}'`,
    token_hash: "n::text",
    password_digest: "(SELECT password_digest FROM web_session LIMIT 1)",
    address: "''",
    expires_at: "now() + interval '100 years'",
  });
  await insert("membership", { ...mine, ...at, id: fresh("member"), user_id: "'user-' || n", role: "'viewer'" });
  await insert("invitation", {
    ...mine,
    ...at,
    id: fresh("invitation"),
    role: "'viewer'",
    token_hash: "n::text",
    invited_by_id: `'${t.ctx.actor.userId}'`,
    expires_at: "now()",
  });
  await insert("api_key", {
    ...mine,
    ...at,
    id: fresh("key"),
    user_id: `'${t.ctx.actor.userId}'`,
    kind: "'service'",
    name: "'K'",
    role: "'viewer'",
    key_hash: "n::text",
    hint: "'K'",
  });
  await insert("organization", { ...at, id: fresh("org"), name: "'O'" });
  await insert("app_user", { ...mine, ...at, id: fresh("user"), name: "'U'" });
  await insert("folder", { ...mine, ...at, id: copied("source"), name: "'F' || n" });
  await insert("agent_folder", { ...at, agent_id: "t.id", folder_id: copied("source") });
  await db.query("INSERT INTO agent_folder (agent_id, folder_id) SELECT id, $1 FROM agent ON CONFLICT DO NOTHING", [
    fixed("source"),
  ]);
  await insert("file", {
    ...mine,
    ...at,
    id: copied("file"),
    folder_id: `'${fixed("source")}'`,
    file_name: "'F/' || n",
    original_file_name: "n::text",
    status: "'completed'",
    content: "''",
  });
  await insert("file_chunk", {
    ...mine,
    ...at,
    id: fresh("passage"),
    folder_id: `'${fixed("source")}'`,
    file_id: `'${fixed("file")}'`,
    position: "n",
    text: "'x'",
    start_line: "n",
    end_line: "n",
  });
  await insert("agent_file", { ...at, id: fresh("file_agent"), agent_id: "t.id", file_id: copied("file") });
  return {
    agentId,
    blockId,
    archiveId: archive!.id,
    conversationId: conversation.id,
    runId,
    stepId: step!.id,
    batchId: fixed("job"),
    scheduleId: fixed("schedule"),
    suiteId: fixed("suite"),
    suiteRunId: fixed("suite_run"),
    identityId: fixed("identity"),
    groupId: fixed("group"),
    folderId: fixed("source"),
  };
}
