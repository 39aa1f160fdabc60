import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import type { WireWorkspace, WireWorkspaceContent, WireWorkspaceVersion } from "@/lib/api/workspaces";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { findEverywhere } from "../testing/find-everywhere";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

async function ok<Body = never>(method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await t.api<Body>(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body;
}

const makeAgent = () =>
  ok<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    tools: ["file_manager", "git_operations"],
  });
const at = (agentId: string) => `/v1/agents/${agentId}/workspace`;
const workspace = (agentId: string, query = "") => ok<WireWorkspace>("GET", `${at(agentId)}${query}`);
const names = async (agentId: string, query = "") =>
  (await workspace(agentId, query)).files.map(({ path, version }) => `${path} ${version}`);
const read = async (agentId: string, path: string, version?: number) =>
  (
    await ok<WireWorkspaceContent>(
      "GET",
      `${at(agentId)}/file?path=${encodeURIComponent(path)}${version ? `&version=${version}` : ""}`,
    )
  ).content;
const write = (agentId: string, path: string, content: string) => ok("PUT", `${at(agentId)}/file`, { path, content });
const versions = (agentId: string, path: string) =>
  ok<WireWorkspaceVersion[]>("GET", `${at(agentId)}/versions?path=${encodeURIComponent(path)}`);

let count = 0;
const call = (name: string, args: Record<string, unknown>) => ({ id: `call-${++count}`, name, args });
const send = (agentId: string) => ok("POST", `/v1/agents/${agentId}/messages`, { input: "Go on." });
const steps = async (agentId: string) =>
  (await t.core.db.query<{ id: string }>("SELECT id FROM step WHERE agent_id = $1 ORDER BY seq", [agentId])).map(
    (row) => row.id,
  );

describe("what tools write", () => {
  test("is kept with their returns, each version with the call that made it, and seen by the calls of the same turn", async () => {
    const agent = await makeAgent();
    t.push(
      calls(
        call("file_manager", { action: "write", path: "a.txt", content: "one\n" }),
        call("git_operations", { action: "init" }),
        call("git_operations", { action: "commit", message: "Begin" }),
        call("file_manager", { action: "append", path: "a.txt", content: "two" }),
      ),
      says("Done."),
    );
    await send(agent.id);
    expect(await names(agent.id)).toEqual(["a.txt 2"]);
    expect(await read(agent.id, "a.txt")).toBe("one\ntwo");
    expect(await read(agent.id, "a.txt", 1)).toBe("one\n");
    const [step] = await steps(agent.id);
    expect(await versions(agent.id, "a.txt")).toMatchObject([
      { version: 2, step_id: step, cause: { kind: "agent", actor: agent.id, step, toolCall: `call-${count}` } },
      { version: 1, step_id: step, cause: { kind: "agent", toolCall: `call-${count - 3}` } },
    ]);
    t.push(calls(call("git_operations", { action: "status" })), says("Done."));
    await send(agent.id);
    const [said] = await t.core.db.query<{ parts: string }>(
      "SELECT parts::text FROM message WHERE agent_id = $1 AND role = 'tool' ORDER BY ledger_seq DESC LIMIT 1",
      [agent.id],
    );
    expect(said!.parts).toContain("modified: a.txt");
  });

  test("is not kept where the call fails, nor lost where somebody else writes the file at the same moment", async () => {
    const agent = await makeAgent();
    await write(agent.id, "list.txt", "theirs 0");
    t.push(
      calls(
        call("file_manager", { action: "write", path: "list.txt/x", content: "x" }),
        call("file_manager", { action: "append", path: "list.txt", content: "mine" }),
      ),
      says("Done."),
    );
    // The other one writes after the tool has read the file, and before its return is kept.
    const { query } = t.core.db;
    let isFirst = true;
    t.core.db.query = (async (statement: never, params: never) => {
      const isReturn = (statement as { name?: string }).name === "save-returns";
      if (isReturn && isFirst) {
        isFirst = false;
        await write(agent.id, "list.txt", "theirs 1");
      }
      return query.call(t.core.db, statement, params);
    }) as typeof query;
    await send(agent.id).finally(() => {
      t.core.db.query = query;
    });
    expect(await read(agent.id, "list.txt")).toBe("theirs 1\nmine");
    expect((await versions(agent.id, "list.txt")).map(({ version, cause }) => [version, cause.kind])).toEqual([
      [3, "agent"],
      [2, "api"],
      [1, "api"],
    ]);
  });
});

describe("the past of a workspace", () => {
  test("is there for each step, in forks from it, and in those the fork's own writes alone change", async () => {
    const agent = await makeAgent();
    for (const content of ["first", "second"]) {
      t.push(calls(call("file_manager", { action: "write", path: "a.txt", content })), says("Done."));
      await send(agent.id);
    }
    t.push(calls(call("file_manager", { action: "delete", path: "a.txt" })), says("Done."));
    await send(agent.id);
    const [first, , second, , third] = await steps(agent.id);
    expect(await names(agent.id)).toEqual([]);
    expect(await names(agent.id, `?step_id=${first}`)).toEqual(["a.txt 1"]);
    expect(await names(agent.id, `?step_id=${second}`)).toEqual(["a.txt 2"]);
    expect(await names(agent.id, `?step_id=${third}`)).toEqual([]);
    expect(await names(agent.id, `?step_id=${third}&moment=before`)).toEqual(["a.txt 2"]);
    const fork = async (moment: string) =>
      (await ok<{ agent_id: string }>("POST", `/v1/steps/${second}/fork`, { moment })).agent_id;
    const [before, after] = [await fork("before"), await fork("after")];
    expect([await read(before, "a.txt"), await read(after, "a.txt")]).toEqual(["first", "second"]);
    await write(after, "a.txt", "of the fork");
    expect(await read(agent.id, "a.txt", 2)).toBe("second");
    expect((await t.api("GET", `${at(agent.id)}?step_id=${(await steps(after))[0] ?? "step-none"}`)).status).toBe(404);
  });

  test("goes with the agent, and leaves the fork's", async () => {
    const agent = await makeAgent();
    t.push(calls(call("file_manager", { action: "write", path: "a.txt", content: "kept" })), says("Done."));
    await send(agent.id);
    const step = (await steps(agent.id))[0];
    const { agent_id: forked } = await ok<{ agent_id: string }>("POST", `/v1/steps/${step}/fork`, { moment: "after" });
    await ok("DELETE", `/v1/agents/${agent.id}`);
    expect(await read(forked, "a.txt")).toBe("kept");
    const left =
      "SELECT (SELECT count(*) FROM workspace_part WHERE agent_id = $1) AS parts, (SELECT count(*) FROM workspace_version WHERE agent_id = $1) AS versions";
    expect(await t.core.db.query(left, [agent.id])).toEqual([{ parts: 0, versions: 0 }]);
  });

  test("is erased with a file, in forks and in git's records too, wherever it was said again", async () => {
    const agent = await makeAgent();
    const secret = "The password of the vault is heliotrope-7741.";
    t.push(
      calls(
        call("git_operations", { action: "init" }),
        call("file_manager", { action: "write", path: "notes/secret.txt", content: secret }),
        call("file_manager", { action: "write", path: "notes/other.txt", content: "Nothing of importance." }),
        call("git_operations", { action: "commit", message: "Keep it" }),
      ),
      says("Done."),
    );
    await send(agent.id);
    const step = (await steps(agent.id))[0];
    const { agent_id: forked } = await ok<{ agent_id: string }>("POST", `/v1/steps/${step}/fork`, { moment: "after" });
    await write(forked, "notes/secret.txt", `${secret} Still.`);
    expect(await findEverywhere(t.core.db, "heliotrope-7741")).not.toEqual([]);
    await ok("DELETE", `${at(agent.id)}/file?path=notes/secret.txt&erase=true`);
    expect(await findEverywhere(t.core.db, "heliotrope-7741")).toEqual([]);
    expect(await read(agent.id, "notes/other.txt")).toBe("Nothing of importance.");
    expect(await names(agent.id)).toEqual(["notes/other.txt 1"]);
    const git = "SELECT count(*) AS n FROM workspace_version WHERE agent_id = $1 AND path LIKE '.git/%'";
    expect(await t.core.db.query(git, [agent.id])).toEqual([{ n: 0 }]);
  });
});

describe("the API of a workspace", () => {
  test("takes what is not text, keeps versions, and deletes a folder with its files", async () => {
    const agent = await makeAgent();
    const content = Buffer.from([0, 255, 1, 2]).toString("base64");
    await ok("PUT", `${at(agent.id)}/file`, { path: "d/x.bin", content, encoding: "base64" });
    await write(agent.id, "d/y.txt", "y");
    expect(await ok("GET", `${at(agent.id)}/file?path=d/x.bin`)).toMatchObject({ encoding: "base64", content });
    await ok("DELETE", `${at(agent.id)}/file?path=d`);
    expect(await names(agent.id)).toEqual([]);
    expect(await versions(agent.id, "d/y.txt")).toMatchObject([
      { version: 2, is_deleted: true },
      { version: 1, is_deleted: false },
    ]);
  });

  test("refuses paths that lead out, git's own, and what is beyond a limit, in words", async () => {
    const agent = await makeAgent();
    const refused = async (path: string, content = "x") => {
      const { status, body } = await t.api<{ detail: string }>("PUT", `${at(agent.id)}/file`, { path, content });
      return [status, body.detail];
    };
    expect(await refused("../x")).toEqual([400, expect.stringContaining("leads out of the workspace")]);
    expect(await refused(".git/config")).toEqual([400, expect.stringContaining("own records")]);
    expect(await refused("big", "x".repeat(2_097_153))).toEqual([400, expect.stringContaining("2097152")]);
    expect((await t.api("GET", `${at(agent.id)}/file?path=none`)).status).toBe(404);
  });
});
