import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Endpoint } from "@/lib/api/endpoint";
import { ENDPOINTS } from "@/lib/api/endpoints";
import { all, http, MODEL, type Rig, startRig } from "../support/api";

const ROWS: readonly Endpoint[] = ENDPOINTS;
const UNKNOWN_UUID = "00000000-0000-4000-8000-00000000dead";

/** Where another program's template made something; any text will do. */
const ORIGIN = { template_id: "made", base_template_id: "made", deployment_id: "made" };

/** A body that is right, for each endpoint that needs one: everything else of the table is made from the schemas. */
const SUITE = "suite: made\nstart: {agent: made}\ncases: [{name: made, checks: [{memory: {contains: made}}]}]";
const BODIES: Record<string, object> = {
  "agents.create": { model: MODEL, include_base_tools: false },
  "blocks.create": { label: "made", value: "v" },
  "blocks.revert": { version_id: `version-${UNKNOWN_UUID}` },
  "blocks.writePolicy.set": { writes: "review", locked_lines: ["one"], expires_after_hours: 1 },
  "conversations.compaction.preview": { summarize: false, keep_lines: ["one"] },
  "conversations.compaction.apply": { summary: "made", keep_lines: ["one"], base_seq: 1 },
  "conversations.compaction.undo": {},
  "conversations.compaction.keep": { message_ids: [] },
  "memoryProposals.accept": { value: "v" },
  "memoryProposals.refuse": { reason: "no" },
  "blocks.undo": { version_id: `version-${UNKNOWN_UUID}` },
  "runs.replayChanged": { message: "made" },
  "runs.views.create": { name: "made", filter: { status: "failed" } },
  "sessions.create": { password: "p" },
  "signIn.begin": {},
  "sessions.switch": { organization_id: `org-${UNKNOWN_UUID}` },
  "account.create": { name: "made", email: "made@example.com", password: "long enough" },
  "account.update": { name: "made" },
  "account.changePassword": { current_password: "p", new_password: "long enough" },
  "account.resetPassword": { token: "made", password: "long enough" },
  "account.organizations.create": { name: "made" },
  "members.update": { role: "viewer" },
  "invitations.create": { role: "viewer" },
  "invitations.lookup": { token: "made" },
  "invitations.accept": { token: "made" },
  "limits.update": { requests_per_minute: null, runs_at_once: null, tokens_per_day: null, dollars_per_month: null },
  "audit.settings.update": { retention_days: 365 },
  "keys.create": { name: "made", role: "viewer" },
  "tools.create": { source_code: "", source_type: "json", json_schema: { name: "made", parameters: {} } },
  "tools.upsert": { source_code: "", source_type: "json", json_schema: { name: "made", parameters: {} } },
  "tools.search": { query: "x" },
  "tools.run": { source_code: "export function made() { return 1 }", source_type: "typescript", args: {} },
  "tools.generateSchema": { code: "/** Made. */ export function made() {}", source_type: "typescript" },
  "tools.checkSource": { code: "/** Made. */ export function made() {}", source_type: "typescript" },
  "tools.secrets.update": { secrets: {} },
  "archives.create": { name: "made" },
  "folders.create": { name: "made" },
  "sources.create": { name: "made" },
  "archives.passages.create": { text: "made" },
  "archives.passages.createMany": { passages: [{ text: "made" }] },
  "agents.passages.create": { text: "made" },
  "agents.messages.create": { input: "hi" },
  "agents.messages.stream": { input: "hi" },
  "agents.messages.createAsync": { input: "hi" },
  "conversations.messages.create": { input: "hi" },
  "messages.search": { query: "x" },
  "chat.completions.create": { model: "nobody", messages: [{ role: "user", content: "hi" }] },
  "voice.chat.completions.create": { messages: [{ role: "user", content: "hi" }] },
  "agents.generate": { prompt: "hi" },
  "agents.messages.preview": { input: "hi" },
  "conversations.messages.preview": { input: "hi" },
  "identities.create": { identifier_key: "made", name: "made", identity_type: "user" },
  "identities.upsert": { identifier_key: "made", name: "made", identity_type: "user" },
  "identities.properties.upsert": [{ key: "made", value: 1, type: "number" }],
  "groups.messages.create": { input: "hi" },
  "groups.messages.stream": { input: "hi" },
  "groups.create": { agent_ids: [], description: "made" },
  "internalBlocks.create": { label: "made", value: "v" },
  "accessTokens.create": {
    hostname: "https://example.com",
    policy: [{ type: "agent", id: `agent-${UNKNOWN_UUID}`, access: [] }],
  },
  "admin.users.create": { name: "made", organization_id: `org-${UNKNOWN_UUID}` },
  "admin.users.update": { id: `user-${UNKNOWN_UUID}` },
  "providers.create": { name: "made", provider_type: "openai", api_key: "k" },
  "providers.check": { provider_type: "openai", api_key: "k" },
  "mcpServers.create": { server_name: "made", config: { server_url: "http://127.0.0.1:9/mcp" } },
  "mcpServers.test": { config: { server_url: "http://127.0.0.1:9/mcp" } },
  "mcpServers.update": { config: { server_url: "http://127.0.0.1:9/mcp" } },
  "tools.mcp.add": { server_name: "made", server_url: "http://127.0.0.1:9/mcp" },
  "tools.mcp.test": { server_name: "made", server_url: "http://127.0.0.1:9/mcp" },
  "tools.mcp.connect": { server_name: "made", server_url: "http://127.0.0.1:9/mcp" },
  "messages.batches.create": { requests: [{ agent_id: `agent-${UNKNOWN_UUID}`, input: "hi" }] },
  "templates.create": { type: "agent", agent_id: `agent-${UNKNOWN_UUID}` },
  "templates.createInProject": { type: "agent", agent_id: `agent-${UNKNOWN_UUID}` },
  "templates.update": { agent_file_json: {} },
  "templates.updateInProject": { agent_file_json: {} },
  "templates.rollback": { version: "1" },
  "templates.rollbackInProject": { version: "1" },
  "templates.rename": { new_name: "made" },
  "templates.migrateDeployment": { version: "1" },
  "templates.setSnapshot": {
    agents: [
      {
        model: "",
        systemPrompt: "",
        toolIds: null,
        sourceIds: null,
        memoryVariables: null,
        toolVariables: null,
        tags: null,
        identityIds: null,
        toolRules: null,
        agentType: "letta_v1_agent",
        properties: null,
        entityId: "made",
        name: "made",
      },
    ],
    blocks: [],
    relationships: [],
    configuration: {},
    type: "classic",
    version: "current",
  },
  "agents.migrate": { to_template: "nobody:1", preserve_core_memories: true },
  "_internal_templates.agents.create": { ...ORIGIN, entity_id: "made", model: MODEL, include_base_tools: false },
  "_internal_templates.blocks.create": { ...ORIGIN, entity_id: "made", label: "made", value: "v" },
  "_internal_templates.blocks.createMany": [],
  "_internal_templates.groups.create": { ...ORIGIN, agent_ids: [], description: "made" },
  "agents.schedule.create": {
    messages: [{ role: "user", content: "hi" }],
    schedule: { type: "one-time", scheduled_at: Date.UTC(2999, 0) },
  },
  "agents.workspace.write": { path: "made.txt", content: "made" },
  "suites.create": { source: SUITE },
  "suites.check": { source: SUITE },
  "suites.update": { source: SUITE },
};
const QUERIES: Record<string, Record<string, string>> = {
  "conversations.create": { agent_id: "{agent_id}" },
  "agents.passages.search": { query: "x" },
  "agents.state": { step_id: "{step_id}" },
  "agents.workspace.read": { path: "made.txt" },
  "agents.workspace.versions": { path: "made.txt" },
  "agents.workspace.delete": { path: "made.txt" },
  "agents.memoryFiles.content": { file_path: "human.md" },
  "agents.memoryFiles.history": { file_path: "human.md" },
  "steps.context.diff": { with: "{step_id}" },
  "admin.orgs.update": { org_id: `org-${UNKNOWN_UUID}` },
  "admin.orgs.delete": { org_id: `org-${UNKNOWN_UUID}` },
  "admin.users.delete": { user_id: `user-${UNKNOWN_UUID}` },
};
const PREFIXES: Record<string, string> = {
  conversation_id: "conv",
  memory_id: "passage",
  folder_id: "source",
  batch_id: "job",
  scheduled_message_id: "schedule",
};

/** Rows that answer by what they find, whatever is asked for. */
const FINDS_ALL = new Set(["_internal_templates.deployment.list", "_internal_templates.deployment.delete"]);

/** Small, so that it is passed in each endpoint soon. */
const MOST_BYTES = 500_000;
let rig: Rig;
let ids: Record<string, string>;
beforeAll(async () => {
  rig = await startRig({ environment: { MEMOIR_MAX_BODY_BYTES: String(MOST_BYTES) } });
  const { letta } = rig;
  const tools = await letta.tools.list({ name: "memory_insert" });
  const agent = await letta.agents.create({
    model: MODEL,
    tools: ["memory_insert"],
    include_base_tools: false,
    memory_blocks: [{ label: "human", value: "a" }],
  });
  const conversation = await letta.conversations.create({ agent_id: agent.id });
  await letta.agents.messages.create(agent.id, { input: "hello" });
  const archive = await letta.archives.create({ name: "a" });
  const passage = await letta.archives.passages.create(archive.id, { text: "t" });
  const folder = await letta.folders.create({ name: "f" });
  const file = await letta.folders.files.upload(folder.id, { file: new File(["t"], "a.txt") });
  // It is read after the answer: what is compared must stand still.
  await vi.waitFor(
    async () => expect((await letta.folders.files.list(folder.id)).items[0]?.processing_status).toBe("completed"),
    { timeout: 60_000, interval: 50 },
  );
  const identity = BODIES["identities.create"];
  const made = (await http(rig, "POST", "/v1/identities", { body: { ...identity, identifier_key: "own" } })).body;
  const group = (await http(rig, "POST", "/v1/groups", { body: BODIES["groups.create"] })).body;
  const [run] = await all(letta.runs.list({ agent_id: agent.id }));
  const [step] = await all(letta.steps.list({ agent_id: agent.id }));
  const messages = (await letta.agents.messages.list(agent.id)).items;
  const versions = (await http(rig, "GET", `/v1/agents/${agent.id}/versions`)).body as { id: string }[];
  ids = {
    agent_id: agent.id,
    block_id: agent.blocks[0]!.id!,
    block_label: "human",
    tool_id: tools.items[0]!.id,
    tool_name: "memory_insert",
    conversation_id: conversation.id,
    archive_id: archive.id,
    passage_id: passage.id!,
    folder_id: folder.id,
    file_id: file.id,
    identity_id: (made as { id: string }).id,
    group_id: (group as { id: string }).id,
    run_id: run!.id,
    step_id: step!.id,
    message_id: messages[0]!.id,
    version_id: versions[0]!.id,
  };
});
afterAll(() => rig.stop());

/** Values that are wrong for some fields and hostile for all. */
const HOSTILE: unknown[] = [
  "",
  "\0",
  "nul\0inside",
  "\ud800",
  "'; DROP TABLE agent; --",
  "../../../etc/passwd",
  "not-a-date",
  "+275760-09-13T00:00:00Z",
  "0000-00-00",
  "x".repeat(70_000),
  0,
  -1,
  0.5,
  2_147_483_648,
  9_007_199_254_740_991,
  1e308,
  true,
  [],
  [null],
  ["\0"],
  [[]],
  [{}],
  {},
  { "\0": "\0" },
  { a: nested(300) },
  nested(3000),
];

const QUERY_VALUES = [
  "",
  "nonsense",
  "\0",
  "-1",
  "0",
  "1e999",
  "9007199254740993",
  "99999999999999999999",
  "2147483648",
  "true",
  "[]",
  "%",
  "'; DROP TABLE agent; --",
  "+275760-09-13T00:00:00Z",
  "0000-00-00",
  "not-a-date",
  "\ud800",
  "x".repeat(5000),
];
const CURSORS = ["message", "agent", "block", "run", "step", "tool", "conv", "archive", "passage"].map(
  (prefix) => `${prefix}-${UNKNOWN_UUID}`,
);

function nested(depth: number): unknown {
  let value: unknown = "deep";
  for (let level = 0; level < depth; level++) value = [value];
  return value;
}

type Request = { row: Endpoint; what: string; path: string; body?: string | object; valid: boolean };

const prefixOf = (name: string) => PREFIXES[name] ?? name.replace(/_id$/, "");
const isId = (name: string) => name.endsWith("_id");

/** What is named in a path by a word, and has no id. */
const NAMED: Record<string, string> = { provider: "oidc" };

function pathOf(
  row: Endpoint,
  params: Record<string, string> = {},
  query: Record<string, string | string[]> = {},
): string {
  // What is looked at is not deleted meanwhile.
  const known = row.method === "delete" ? {} : ids;
  const path = row.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(params[name] ?? known[name] ?? NAMED[name] ?? `${prefixOf(name)}-${UNKNOWN_UUID}`),
  );
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries({ ...baseQuery(row), ...query })) {
    for (const one of Array.isArray(value) ? value : [value]) search.append(key, one);
  }
  return search.size > 0 ? `${path}?${search}` : path;
}

function baseQuery(row: Endpoint): Record<string, string> {
  return Object.fromEntries(
    Object.entries(QUERIES[row.id] ?? {}).map(([key, value]) => [
      key,
      value.replace(/\{(\w+)\}/, (_, name) => ids[name]!),
    ]),
  );
}

function shapeOf(schema: unknown): string[] {
  const shape = (schema as { shape?: Record<string, unknown> } | undefined)?.shape;
  return shape ? Object.keys(shape) : [];
}

const base = (row: Endpoint) => BODIES[row.id] ?? {};

/** What a field takes, without what says that it may be left out or null: often one schema in several bodies. */
function schemaOf(body: unknown, field: string): unknown {
  let schema = (body as { shape: Record<string, { def?: { innerType?: unknown } }> }).shape[field];
  while (schema?.def?.innerType) schema = schema.def.innerType as typeof schema;
  return schema;
}

/**
 * Every hostile value in every field of every body. What a schema refuses is asked of it once, and of each body in its
 * first field: all are read by the same code.
 */
function* badBodies(): Generator<Request> {
  const refused = new Map<unknown, Set<unknown>>();
  for (const row of ROWS) {
    if (!row.body) continue;
    for (const [index, field] of shapeOf(row.body).entries()) {
      const schema = schemaOf(row.body, field);
      const known = refused.get(schema) ?? new Set();
      refused.set(schema, known);
      for (const value of HOSTILE) {
        const body = { ...base(row), [field]: value };
        const valid = row.body.safeParse(body).success;
        if (!valid && index > 0 && known.has(value)) continue;
        if (!valid) known.add(value);
        yield { row, what: `${field} = ${brief(value)}`, path: pathOf(row), body, valid };
      }
    }
    if (row.bodyOptional) continue;
    for (const body of ["", "{", "[]", "null", '"text"', "7", "{'a': 1}", "\0", '{"a":']) {
      // An empty list is a list of what some endpoints take.
      const valid = body === "[]" && row.body.safeParse([]).success;
      yield { row, what: `body ${brief(body)}`, path: pathOf(row), body, valid };
    }
  }
}

function* badQueries(): Generator<Request> {
  for (const row of ROWS) {
    for (const field of shapeOf(row.query)) {
      const values = field === "before" || field === "after" ? [...QUERY_VALUES, ...CURSORS] : QUERY_VALUES;
      for (const value of [...values, ["a", "b"]]) {
        const valid = row.query!.safeParse({ ...baseQuery(row), [field]: value }).success;
        const path = pathOf(row, {}, { [field]: value });
        yield { row, what: `?${field} = ${brief(value)}`, path, ...bodyOf(row), valid };
      }
    }
  }
}

function* badParams(): Generator<Request> {
  const forms = (prefix: string) => [
    "x",
    "\0",
    `${prefix}-`,
    `${prefix}-${UNKNOWN_UUID.toUpperCase()}X`,
    `${prefix}-${UNKNOWN_UUID}\n`,
    `other-${UNKNOWN_UUID}`,
    "'; DROP TABLE agent; --",
    "x".repeat(3000),
    `${prefix}-${UNKNOWN_UUID}`,
  ];
  for (const row of ROWS) {
    for (const [, name] of row.path.matchAll(/\{(\w+)\}/g)) {
      if (FINDS_ALL.has(row.id)) continue;
      const values = isId(name!) ? forms(prefixOf(name!)) : ["no_such_name", "\0", "x".repeat(3000)];
      for (const value of values) {
        const path = pathOf(row, { [name!]: value });
        yield { row, what: `{${name}} = ${brief(value)}`, path, ...bodyOf(row), valid: false };
      }
    }
  }
}

const bodyOf = (row: Endpoint) => (row.body ? { body: base(row) } : {});
const brief = (value: unknown) => (JSON.stringify(value) ?? "").slice(0, 40);

type Outcome = { status: number; text: string };

async function send(request: Request): Promise<Outcome> {
  const { body } = request;
  const response = await fetch(rig.url + request.path, {
    method: request.row.method.toUpperCase(),
    headers: { "content-type": "application/json" },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  // The stream of events has no end.
  if (request.row.id === "events.stream" && response.ok) {
    await response.body?.cancel();
    return { status: response.status, text: "" };
  }
  return { status: response.status, text: await response.text() };
}

const AT_ONCE = 6;

/** Sends all of them and says of each that was answered otherwise than it must be. */
async function complaints(requests: Request[], judge: (outcome: Outcome, request: Request) => string | null) {
  const found: string[] = [];
  const queue = requests.values();
  const work = async () => {
    for (const request of queue) {
      const outcome = await send(request);
      const wrong = judge(outcome, request);
      if (wrong)
        found.push(`${request.row.id} ${request.what}: ${outcome.status} ${wrong} ${outcome.text.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return found;
}

/** A 4xx with the contract's error body. */
function refusedWell({ status, text }: Outcome): string | null {
  if (status < 400 || status >= 500) return "is not a refusal";
  try {
    const { detail: said, error } = JSON.parse(text) as { detail?: unknown; error?: unknown };
    // What speaks OpenAI's protocol says it in another place.
    const detail = said ?? error;
    return typeof detail === "string" || (typeof detail === "object" && detail !== null) ? null : "has no detail";
  } catch {
    return "is not JSON";
  }
}

const notBroken = ({ status }: Outcome) => (status >= 500 ? "is a failure of the server" : null);

/** Everything that these requests could have changed, as the API shows it. */
async function snapshot(): Promise<string> {
  const paths = [
    "/v1/agents?limit=1000",
    "/v1/blocks?limit=1000",
    "/v1/tools?limit=1000",
    "/v1/archives?limit=1000",
    "/v1/folders?limit=1000",
    `/v1/folders/${ids.folder_id}/files`,
    "/v1/conversations?limit=1000&archive_status=all",
    "/v1/runs?limit=1000",
    "/v1/steps?limit=1000",
    "/v1/schedules?limit=1000",
    "/v1/jobs?limit=1000",
    "/v1/messages?limit=1000",
    "/v1/tags?limit=1000",
    "/v1/identities?limit=1000",
    "/v1/groups?limit=1000",
    "/v1/admin/orgs?limit=1000",
    "/v1/admin/users?limit=1000",
    `/v1/agents/${ids.agent_id}/timeline?limit=1000`,
    `/v1/agents/${ids.agent_id}/versions?limit=1000`,
    `/v1/agents/${ids.agent_id}/core-memory`,
    `/v1/blocks/${ids.block_id}/versions?limit=1000`,
  ];
  const texts = await Promise.all(paths.map(async (path) => (await http(rig, "GET", path)).text));
  // A prompt that was never compiled is shown as it would be now.
  return texts.join("\n").replaceAll(/System prompt last recompiled: [^\\"]*/g, "");
}

/** The lines of one text that are not in the other. */
function changes(before: string, after: string): string[] {
  const known = new Set(before.split("\n"));
  return after.split("\n").filter((line) => !known.has(line));
}

describe("every endpoint of the table", () => {
  it("has a body here that its schema takes", () => {
    const wrong = ROWS.filter((row) => row.body && !row.body.safeParse(base(row)).success).map((row) => row.id);
    expect(wrong).toEqual([]);
  });

  it("refuses wrong types in each field of its body, and changes nothing", async () => {
    const before = await snapshot();
    const requests = [...badBodies()].filter((request) => !request.valid);
    expect(requests.length).toBeGreaterThan(1000);
    expect(await complaints(requests, refusedWell)).toEqual([]);
    expect(changes(before, await snapshot())).toEqual([]);
  });

  it("refuses wrong values of each query parameter, and changes nothing", async () => {
    const before = await snapshot();
    const requests = [...badQueries()].filter((request) => !request.valid);
    expect(requests.length).toBeGreaterThan(300);
    expect(await complaints(requests, refusedWell)).toEqual([]);
    expect(changes(before, await snapshot())).toEqual([]);
  });

  it("refuses malformed and unknown ids in its path, and changes nothing", async () => {
    const before = await snapshot();
    const requests = [...badParams()];
    expect(requests.length).toBeGreaterThan(300);
    expect(await complaints(requests, refusedWell)).toEqual([]);
    expect(changes(before, await snapshot())).toEqual([]);
  });

  it("refuses a body beyond the limit with 413, said in advance or in chunks", async () => {
    const before = await snapshot();
    const large = JSON.stringify({ text: "x".repeat(2 * MOST_BYTES) });
    for (const row of ROWS.filter((one) => one.body)) {
      const path = rig.url + pathOf(row);
      const method = row.method.toUpperCase();
      const told = await fetch(path, { method, body: large });
      const said = row.path.endsWith("/chat/completions")
        ? { error: expect.any(Object) }
        : { detail: expect.any(String) };
      expect([row.id, told.status, await told.json()]).toEqual([row.id, 413, said]);
    }
    const chunks = new Blob([large]).stream();
    const chunked = await fetch(`${rig.url}/v1/blocks`, {
      method: "POST",
      body: chunks,
      duplex: "half",
    } as RequestInit);
    expect(chunked.status).toBe(413);
    expect(changes(before, await snapshot())).toEqual([]);
  });

  it("answers hostile values that its schema takes without failing", async () => {
    const requests = [...badQueries(), ...badBodies()].filter((request) => request.valid);
    expect(requests.length).toBeGreaterThan(1000);
    expect(await complaints(requests, notBroken)).toEqual([]);
    expect((await http(rig, "GET", "/v1/health")).status).toBe(200);
  }, 900_000);
});

describe("messages", () => {
  const HOSTILE_MESSAGES: unknown[] = [
    { role: "user", content: "nul \0 inside" },
    { role: "user", content: [] },
    { role: "user", content: [{ type: "text", text: "\0" }] },
    { role: "user", content: [{ type: "image", source: { type: "url", url: "file:///etc/passwd" } }] },
    { role: "user", content: [{ type: "image", source: { type: "url", url: "not a url" } }] },
    { role: "user", content: [{ type: "image", source: { type: "base64", media_type: "x", data: "%%%" } }] },
    { role: "user", content: [{ type: "image", source: { type: "letta", file_id: "file-none" } }] },
    { role: "user", content: "hi", otid: "\0" },
    { role: "user", content: "hi", otid: "x".repeat(5000) },
    { role: "user", content: "hi", name: "x".repeat(5000), sender_id: "'" },
    { role: "robot", content: "hi" },
    { role: "user" },
    { role: "tool", content: "hi" },
    { type: "approval" },
    { type: "approval", approvals: [] },
    { type: "approval", approvals: [{ type: "approval", tool_call_id: "\0", approve: true }] },
    { type: "approval", approvals: [{ type: "tool", tool_call_id: "c", tool_return: { a: 1 } }] },
    { type: "approval", approve: true },
    { type: "tool_return", tool_returns: [] },
    { type: "nonsense" },
    null,
    7,
  ];

  it.each(HOSTILE_MESSAGES.map((message) => [brief(message), message] as const))(
    "%s is taken or refused, and the next message works",
    async (_, message) => {
      const agent = await rig.letta.agents.create({ model: MODEL, include_base_tools: false });
      const path = `/v1/agents/${agent.id}/messages`;
      for (const streaming of [false, true]) {
        const answer = await http(rig, "POST", path, { body: { messages: [message], streaming } });
        expect([answer.status < 500, answer.text.slice(0, 300)]).toEqual([true, expect.anything()]);
        if (answer.status >= 400) expect(answer.body).toHaveProperty("detail");
      }
      const next = await rig.letta.agents.messages.create(agent.id, { input: "still there?" });
      expect(next.stop_reason.stop_reason).toBe("end_turn");
    },
  );
});
