import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { requestProblems, transcriptProblems } from "@/lib/engine/testing/transcript";
import { log as serverLog } from "../core/log";
import type { Statement } from "../db/database";
import { openRunningCore, type RunningCore, say } from "../testing/running-core";
import { loadConversation } from "./load";
import { recoverRuns } from "./recover";
import { startRun } from "./start";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function makeAgent(body: Record<string, unknown> = {}): Promise<{ agentId: string }> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    memory_blocks: [{ label: "human", value: "Bob" }],
    tools: ["memory_insert"],
    ...body,
  });
  return { agentId: made.body.id };
}

const insert = (id: string, text = "Likes tea") =>
  calls({ id, name: "memory_insert", args: { label: "human", new_string: text } });

/** Fails a statement by name, so many times. */
function breakStatement(name: string, times: number, error = new Error("the disk is full")) {
  const query = t.core.db.query.bind(t.core.db);
  let left = times;
  return vi.spyOn(t.core.db, "query").mockImplementation((statement: Statement, params?: unknown[]) => {
    if (typeof statement !== "string" && statement.name === name && left-- > 0) return Promise.reject(error);
    return query(statement, params);
  });
}

async function runOf(
  runId: string,
): Promise<{ status: string; active_key: string | null; stop_reason: string | null }> {
  const [row] = await t.core.db.query<Awaited<ReturnType<typeof runOf>>>(
    "SELECT status, active_key, stop_reason FROM run WHERE id = $1",
    [runId],
  );
  return row!;
}

/** The conversation is valid, and the next message is answered on a valid list. */
async function expectGoesOn(target: { agentId: string }): Promise<void> {
  const { transcript } = await loadConversation(t.ctx, target);
  expect(transcriptProblems(transcript)).toEqual([]);
  t.push(says("Here."));
  expect((await t.say(target, "Are you there?")).stopReason).toBe("end_turn");
  expect(requestProblems(t.requests.at(-1)!.messages)).toEqual([]);
}

describe("a run that breaks inside the server", () => {
  test("ends with an internal error, its open call is answered, and the conversation goes on", async () => {
    const target = await makeAgent();
    const log = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    const broken = breakStatement("save-returns", 1);
    t.push(insert("a"));
    const said = await t.say(target, "Note this");
    broken.mockRestore();
    log.mockRestore();
    expect(said.items.at(-1)).toMatchObject({ type: "error", errorType: "internal_error" });
    expect(await runOf(said.runId)).toEqual({ status: "failed", active_key: null, stop_reason: "error" });
    await expectGoesOn(target);
  });

  test("and can't even say so, is taken over once its lease is out, also by the process that it ran in", async () => {
    const target = await makeAgent();
    const log = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    const broken = breakStatement("save-returns", 2);
    t.push(insert("a"));
    const said = await t.say(target, "Note this");
    broken.mockRestore();
    log.mockRestore();
    expect((await runOf(said.runId)).status).toBe("running");
    expect(await recoverRuns(t.core)).toBe(0);
    await t.core.db.query("UPDATE run SET lease_expires_at = now() - interval '1 second' WHERE id = $1", [said.runId]);
    expect(await recoverRuns(t.core)).toBe(1);
    expect((await runOf(said.runId)).status).toBe("failed");
    await expectGoesOn(target);
  });

  test("a deadlock is not a failure: the commit is made again", async () => {
    const target = await makeAgent();
    const deadlock = Object.assign(new Error("deadlock detected"), { code: "40P01" });
    const broken = breakStatement("save-returns", 2, deadlock);
    t.push(insert("a"), says("Noted."));
    expect((await t.say(target, "Note this")).stopReason).toBe("end_turn");
    broken.mockRestore();
    await expectGoesOn(target);
  });

  test("items that were to be kept with a commit that failed are in the journal all the same", async () => {
    const target = await makeAgent();
    const deadlock = Object.assign(new Error("deadlock detected"), { code: "40P01" });
    const broken = breakStatement("save-turn", 1, deadlock);
    t.push(insert("a"), says("Noted."));
    const said = await t.say(target, "Note this", { background: true });
    broken.mockRestore();
    const rows = await t.core.db.query<{ items: unknown[] }>(
      "SELECT items FROM journal WHERE run_id = $1 ORDER BY first_seq",
      [said.runId],
    );
    expect(rows.flatMap((row) => row.items)).toEqual(said.items);
  });

  test("recovery leaves alone what runs here, however late its lease is", async () => {
    const target = await makeAgent();
    let recovered = -1;
    t.push(async function* () {
      await t.core.db.query("UPDATE run SET lease_expires_at = now() - interval '1 hour' WHERE status = 'running'");
      recovered = await recoverRuns(t.core);
      yield* says("Still here.");
    });
    expect((await t.say(target, "Hi")).stopReason).toBe("end_turn");
    expect(recovered).toBe(0);
  });

  test("a run that another process took over ends here without a word to the ledger", async () => {
    const target = await makeAgent();
    t.push(async function* () {
      await t.core.db.query("UPDATE run SET lease_owner = 'another' WHERE status = 'running'");
      yield* insert("a");
    });
    const said = await t.say(target, "Hi");
    expect(said.items.at(-1)).toMatchObject({ type: "error", message: "The run was taken over or ended elsewhere." });
    const { transcript } = await loadConversation(t.ctx, target);
    expect(transcript.map((message) => message.role)).toEqual(["user"]);
    await recoverRuns(t.core, true);
    await expectGoesOn(target);
  });
});

describe("a message that is sent twice", () => {
  const words = (otid: string, content = "Hi") => ({ type: "message" as const, role: "user" as const, content, otid });
  const request = (target: { agentId: string }, otids: string[]) =>
    startRun(t.ctx, {
      target,
      inputs: otids.map((otid) => words(otid)),
      maxSteps: 5,
      tokens: false,
      background: false,
      compactionItems: false,
      clientTools: [],
      clientSkills: [],
      overrideModel: null,
      overrideSystem: null,
      runType: "test",
      requestConfig: {},
      callbackUrl: null,
    });

  test("at once starts one run, and both get it", async () => {
    const target = await makeAgent();
    t.push(says("Hello."));
    const started = await Promise.all([request(target, ["o1"]), request(target, ["o1"]), request(target, ["o1"])]);
    const ids = new Set(started.map((one) => ("run" in one ? one.run.id : one.existingRunId)));
    expect(ids.size).toBe(1);
    await Promise.all(t.ctx.runs.active().map((run) => run.done));
    const { transcript } = await loadConversation(t.ctx, target);
    expect(transcript.map((message) => message.role)).toEqual(["user", "assistant"]);
  });

  test("together with one that is new is refused, and nothing is kept", async () => {
    const target = await makeAgent();
    t.push(says("Hello."));
    await say(t.ctx, target, [words("p1")]);
    await expect(request(target, ["p1", "p2"])).rejects.toMatchObject({ code: "conflict" });
    expect((await loadConversation(t.ctx, target)).transcript).toHaveLength(2);
  });

  test("two different ones at once: one runs, the other is told that the conversation is busy", async () => {
    const target = await makeAgent();
    t.otherwise.script = says("Hello.");
    const both = await Promise.allSettled([request(target, ["q1"]), request(target, ["q2"])]);
    await Promise.all(t.ctx.runs.active().map((run) => run.done));
    t.otherwise.script = null;
    const refused = both.filter((one) => one.status === "rejected");
    expect(refused.length).toBeLessThanOrEqual(1);
    for (const one of refused) expect(one.reason).toMatchObject({ code: "conflict" });
    const { transcript } = await loadConversation(t.ctx, target);
    expect(transcript.filter((message) => message.role === "user")).toHaveLength(2 - refused.length);
    expect(transcriptProblems(transcript)).toEqual([]);
  });
});

describe("a compaction that fails", () => {
  test("for its settings or its summarizer leaves the conversation free", async () => {
    const target = await makeAgent();
    t.push(says("Hello."));
    await t.say(target, "Hi");
    const summarize = (settings: Record<string, unknown>) =>
      t.api("POST", `/v1/agents/${target.agentId}/summarize`, { compaction_settings: settings });
    expect((await summarize({ mode: "by magic" })).status).toBe(422);
    const broken = breakStatement("save-compaction", 1);
    const log = vi.spyOn(serverLog, "error").mockImplementation(() => {});
    t.push(says("Summary."));
    expect((await summarize({ mode: "all" })).status).toBe(500);
    broken.mockRestore();
    log.mockRestore();
    await expectGoesOn(target);
  });
});

describe("a reset between the reading of a conversation and the start of its run", () => {
  test("counts: the run begins with an empty context", async () => {
    const target = await makeAgent();
    t.push(says("Hello."));
    await t.say(target, "Before");
    const model = t.ctx.models.model;
    const spy = vi.spyOn(t.ctx.models, "model").mockImplementationOnce(async (ctx, handle) => {
      await t.api("PATCH", `/v1/agents/${target.agentId}/reset-messages`, {});
      return model(ctx, handle);
    });
    t.push(says("Afresh."));
    await t.say(target, "After");
    spy.mockRestore();
    expect(t.requests.at(-1)!.messages).toHaveLength(1);
  });
});
