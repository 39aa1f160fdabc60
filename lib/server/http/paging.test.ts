import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { says } from "@/lib/engine/testing/scripted-model";
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
type List = { path: string; chronological?: "oldest-first" | "as-asked"; cursor?: "id" | "seq" };
const LISTS: Record<string, (world: World) => List> = {
  "blocks.list": () => ({ path: "/v1/blocks/" }),
  "blocks.versions": ({ blockId }) => ({ path: `/v1/blocks/${blockId}/versions` }),
  "agents.list": () => ({ path: "/v1/agents/" }),
  "blocks.agents": ({ blockId }) => ({ path: `/v1/blocks/${blockId}/agents` }),
  "archives.agents": ({ archiveId }) => ({ path: `/v1/archives/${archiveId}/agents` }),
  "agents.blocks.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/core-memory/blocks` }),
  "agents.tools.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/tools` }),
  "agents.versions": ({ agentId }) => ({ path: `/v1/agents/${agentId}/versions` }),
  "tools.list": () => ({ path: "/v1/tools/" }),
  "archives.list": () => ({ path: "/v1/archives/" }),
  "agents.passages.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/archival-memory` }),
  "conversations.list": ({ agentId }) => ({ path: `/v1/conversations/?agent_id=${agentId}` }),
  "agents.messages.list": ({ agentId }) => ({ path: `/v1/agents/${agentId}/messages`, chronological: "oldest-first" }),
  "conversations.messages.list": ({ conversationId }) => ({ path: `/v1/conversations/${conversationId}/messages` }),
  "messages.list": () => ({ path: "/v1/messages/", chronological: "oldest-first" }),
  "runs.list": () => ({ path: "/v1/runs/" }),
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
};

type World = {
  agentId: string;
  blockId: string;
  archiveId: string;
  conversationId: string;
  runId: string;
  stepId: string;
};

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
      const down = await walk(list, "desc");
      expect(up.length).toBeGreaterThanOrEqual(MANY);
      expect(new Set(up).size).toBe(up.length);
      expect(down.toReversed()).toEqual(up);
    },
  );
});

type Item = { id: string; seq?: number } | string;

/** Ids in the order of the walk; of a chronological list read backward, newest first. */
async function walk({ path, chronological, cursor: key = "id" }: List, order: "asc" | "desc"): Promise<string[]> {
  const ids: string[] = [];
  const backward = chronological && order === "desc";
  const idOf = (item: Item) => (typeof item === "string" ? item : String(item[key]));
  for (let cursor = ""; ; ) {
    const query = new URLSearchParams({ limit: String(PAGE), order, ascending: String(order === "asc") });
    if (cursor) query.set(backward ? "before" : "after", cursor);
    const answer = await t.api<Item[]>("GET", `${path}${path.includes("?") ? "&" : "?"}${query}`);
    expect([path, answer.status]).toEqual([path, 200]);
    const page = answer.body.map(idOf);
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
  return { agentId, blockId, archiveId: archive!.id, conversationId: conversation.id, runId, stepId: step!.id };
}
