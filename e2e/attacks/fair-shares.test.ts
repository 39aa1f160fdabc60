import { execFileSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { http, LettaClient, MODEL, type Rig, refused, said, startRig, until } from "../support/api";

const PASSWORD = "a long password";
const MOST_RUNS = 3;
let rig: Rig;
beforeAll(async () => {
  rig = await startRig({
    environment: {
      MEMOIR_PASSWORD: PASSWORD,
      MEMOIR_SANDBOX_PROCESSES: "4",
      MEMOIR_SANDBOX_SESSIONS: "2",
      MEMOIR_RUNS_PER_ORGANIZATION: String(MOST_RUNS),
    },
  });
});
afterAll(() => rig.stop());
beforeEach(() => rig.model.reset());

const headers = { authorization: `Bearer ${PASSWORD}` };

async function tenant(name: string) {
  const admin = async (path: string, body: unknown) =>
    (await http(rig, "POST", `/v1/admin/${path}`, { body, headers })).body as { id: string };
  const org = await admin("orgs", { name });
  const user = await admin("users", { name, organization_id: org.id });
  const defaultHeaders = { user_id: user.id };
  return {
    letta: new LettaClient({ baseURL: rig.url, apiKey: PASSWORD, maxRetries: 0, defaultHeaders }),
    /** Runs a source, with all that the contract lets a tool ask for. */
    run: (source_code: string, args: Record<string, unknown> = {}, signal?: AbortSignal) =>
      fetch(`${rig.url}/v1/tools/run`, {
        method: "POST",
        headers: { ...headers, ...defaultHeaders, "content-type": "application/json" },
        body: JSON.stringify({ source_code, args, metadata_: { timeout_seconds: 3600, memory_mb: 4096 } }),
        ...(signal && { signal }),
      }).then(async (response) => (await response.json()) as { status: string; tool_return: string }),
  };
}

/** Python processes of a server's sandbox, asleep or not. */
function sleeping(pid: number): number {
  const rows = execFileSync("ps", ["-e", "-o", "pid=,ppid=,args="], { encoding: "utf8" }).split("\n");
  const parsed = rows.flatMap((row) => {
    const [, own, parent, args = ""] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row) ?? [];
    return own ? [{ pid: Number(own), parent: Number(parent), args }] : [];
  });
  const below = new Set([pid]);
  for (const one of parsed.toSorted((a, b) => a.pid - b.pid)) if (below.has(one.parent)) below.add(one.pid);
  return parsed.filter((one) => below.has(one.pid) && /^\S*node .*workers\/python\.mjs/.test(one.args)).length;
}

const SLEEP = `import time\ndef nap(n: int) -> str:\n    """Sleeps.\n\n    Args:\n        n: a number\n    """\n    time.sleep(3600)\n    return "slept"\n`;
const ADD = `def add(n: int) -> int:\n    """Adds.\n\n    Args:\n        n: a number\n    """\n    return n + 1\n`;

describe("one organization at work", () => {
  it("keeps no other's tool call waiting, however many of its own sleep for an hour", async () => {
    const [a, b, c] = [await tenant("sleeper"), await tenant("other"), await tenant("third")];
    // What the first call of a server makes ready is not what is looked at here.
    expect(await a.run(ADD, { n: 0 })).toMatchObject({ status: "success" });
    const over = new AbortController();
    let ended = 0;
    const naps = Array.from({ length: 24 }, (_, n) =>
      a.run(SLEEP, { n }, over.signal).then(
        () => {
          ended += 1;
        },
        () => {},
      ),
    );
    await until("all processes are taken", () => sleeping(rig.server.pid) >= 4);
    // None of the naps can end meanwhile: that these calls end at all shows that they did not wait for one.
    for (const [n, other] of [b, c, b, b].entries()) {
      expect(await other.run(ADD, { n })).toMatchObject({ status: "success", tool_return: String(n + 1) });
    }
    expect(ended).toBe(0);
    over.abort();
    await Promise.all(naps);
  });

  it("has no more runs at once than its share, is told so, and keeps no other from its own", async () => {
    const [a, b] = [await tenant("runner"), await tenant("other runner")];
    let release = () => {};
    const hold = new Promise<void>((resolve) => {
      release = resolve;
    });
    rig.model.otherwise = (asked) =>
      JSON.stringify(asked.messages).includes("take your time") ? { text: "At last.", hold } : { text: "At once." };
    const agents = await Promise.all(
      Array.from({ length: MOST_RUNS + 1 }, () => a.letta.agents.create({ model: MODEL })),
    );
    const slow = agents
      .slice(0, MOST_RUNS)
      .map((agent) => a.letta.agents.messages.create(agent.id, { input: "take your time" }));
    await until("the runs are at work", () => rig.model.requests.length === MOST_RUNS);

    const last = agents.at(-1)!;
    const error = await refused(a.letta.agents.messages.create(last.id, { input: "hello" }));
    expect(error.status).toBe(429);
    expect(Number(error.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(JSON.stringify(error.body)).toContain("MEMOIR_RUNS_PER_ORGANIZATION");
    const agent = await b.letta.agents.create({ model: MODEL });
    expect(said((await b.letta.agents.messages.create(agent.id, { input: "hello" })).messages)).toBe("At once.");

    release();
    await Promise.all(slow);
    expect(said((await a.letta.agents.messages.create(last.id, { input: "hello" })).messages)).toBe("At once.");
  });
});
