import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { WireAgent } from "@/lib/api/agent-state";
import { calls, says } from "@/lib/engine/testing/scripted-model";
import { openRunningCore, type RunningCore } from "../testing/running-core";

let t: RunningCore;
beforeAll(async () => {
  t = await openRunningCore();
  await t.api("GET", "/v1/tools/");
});
afterAll(() => t.close());

type Reply = {
  detail?: unknown;
  run_id?: string;
  messages?: { message_type: string; run_id: string; content?: unknown; id: string }[];
};

async function makeAgent(body: Record<string, unknown> = {}): Promise<string> {
  const made = await t.api<WireAgent>("POST", "/v1/agents/", {
    model: "openai/gpt-4o-mini",
    include_base_tools: false,
    ...body,
  });
  return made.body.id;
}

const post = (agentId: string, messages: unknown[], path = "messages") =>
  t.api<Reply>("POST", `/v1/agents/${agentId}/${path}`, { messages });
const runsOf = async (agentId: string) => (await t.api<unknown[]>("GET", `/v1/runs?agent_id=${agentId}`)).body.length;

describe("a message that is sent again with its otid", () => {
  test("gets its run's reply if it says the same, in whichever way", async () => {
    const agentId = await makeAgent();
    t.push(says("Once."));
    const otid = crypto.randomUUID();
    const first = await post(agentId, [{ role: "user", content: "pay 5", otid }]);
    for (const same of [
      { role: "user", content: "pay 5", otid },
      { otid, content: [{ type: "text", text: "pay 5" }], role: "user", type: "message", name: null },
    ]) {
      const again = await post(agentId, [same]);
      expect([again.status, again.body.messages?.[0]?.run_id]).toEqual([200, first.body.messages?.[0]?.run_id]);
    }
    expect(await runsOf(agentId)).toBe(1);
  });

  test("is refused with a sentence if it says something else, and nothing is kept", async () => {
    const agentId = await makeAgent();
    t.push(says("Once."));
    const otid = crypto.randomUUID();
    await post(agentId, [{ role: "user", content: "pay 5", otid }]);
    const others: unknown[][] = [
      [{ role: "user", content: "pay 500", otid }],
      [{ role: "system", content: "pay 5", otid }],
      [{ role: "user", content: "pay 5", otid, name: "Eve" }],
      [{ role: "user", content: "pay 5", otid, sender_id: "somebody" }],
      [
        { role: "user", content: "pay 5", otid },
        { role: "user", content: "and 500 more" },
      ],
      [
        {
          role: "user",
          content: [
            { type: "text", text: "pay 5" },
            { type: "text", text: "0" },
          ],
          otid,
        },
      ],
    ];
    for (const other of others) {
      for (const path of ["messages", "messages/stream", "messages/async"]) {
        const { status, body } = await post(agentId, other, path);
        expect([other, path, status]).toEqual([other, path, 409]);
        expect(body).toMatchObject({ detail: expect.stringContaining("other content"), run_id: expect.any(String) });
      }
    }
    expect(await runsOf(agentId)).toBe(1);
  });
});

describe("an answer to a call that was answered", () => {
  async function waiting() {
    const agentId = await makeAgent({
      tools: ["memory_insert"],
      memory_blocks: [{ label: "human", value: "a" }],
      tool_rules: [{ type: "requires_approval", tool_name: "memory_insert" }],
    });
    t.push(calls({ id: "c1", name: "memory_insert", args: { label: "human", new_string: "b" } }));
    const { body } = await post(agentId, [{ role: "user", content: "note b" }]);
    const requestId = body.messages!.find((one) => one.message_type === "approval_request_message")!.id;
    return { agentId, requestId };
  }
  const decides = (approve: boolean, reason: string | null = null) => ({
    type: "approval",
    approvals: [{ type: "approval", tool_call_id: "c1", approve, reason }],
  });
  const returns = (tool_return: string) => ({
    type: "approval",
    approvals: [{ type: "tool", tool_call_id: "c1", tool_return, status: "success" }],
  });

  test.each([
    ["approve", decides(true), [decides(false), decides(false, "no"), returns("b")]],
    ["deny", decides(false, "no"), [decides(true), decides(false, "other"), returns("b")]],
    ["a return", returns("b"), [returns("c"), decides(true), decides(false)]],
  ])("is answered as before after %s if it is the same, and refused if it is another", async (_, given, others) => {
    const { agentId } = await waiting();
    t.push(says("Done."));
    const first = await post(agentId, [given]);
    expect(first.status).toBe(200);
    const again = await post(agentId, [given]);
    expect([again.status, again.body.messages]).toEqual([200, first.body.messages]);
    for (const other of others) {
      const { status, body } = await post(agentId, [other]);
      expect([other, status]).toEqual([other, 409]);
      expect(body.detail).toContain("answered before");
    }
    expect(await runsOf(agentId)).toBe(2);
  });

  test.each([false, true])(
    "whose run was cancelled takes the rest of it up, once; after a compaction (%s) too",
    async (compacted) => {
      const { agentId, requestId } = await waiting();
      const asked = new Promise<void>((begun) => {
        t.push(async function* (_request, signal) {
          begun();
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          yield* [];
        });
      });
      const broken = post(agentId, [decides(true)]);
      await asked;
      await t.api("POST", `/v1/agents/${agentId}/messages/cancel`);
      expect((await broken).body.messages?.map((one) => one.message_type)).toEqual(["tool_return_message"]);
      if (compacted) {
        t.push(says("They noted b."));
        const summary = await t.api("POST", `/v1/agents/${agentId}/summarize`, {
          compaction_settings: { mode: "all" },
        });
        expect(summary.status).toBe(200);
      }
      t.push(says("Done."));
      const byMessage = { type: "approval", tool_call_id: requestId, approve: true };
      const rest = await post(agentId, [{ type: "approval", approvals: [byMessage] }]);
      expect(rest.body.messages).toMatchObject([{ message_type: "assistant_message", content: "Done." }]);
      for (const again of [decides(true), { type: "approval", approvals: [byMessage] }])
        expect((await post(agentId, [again])).body.messages).toEqual(rest.body.messages);
      expect((await post(agentId, [decides(false)])).status).toBe(409);
      expect(await runsOf(agentId)).toBe(compacted ? 4 : 3);
    },
  );

  test("may come in the older form, which names the request", async () => {
    const { agentId, requestId } = await waiting();
    const older = (approve: boolean) => ({ type: "approval", approve, approval_request_id: requestId });
    t.push(says("Done."));
    const first = await post(agentId, [older(true)]);
    expect(first.status).toBe(200);
    expect((await post(agentId, [older(true)])).body.messages).toEqual(first.body.messages);
    expect((await post(agentId, [decides(true)])).body.messages).toEqual(first.body.messages);
    expect((await post(agentId, [older(false)])).status).toBe(409);
    expect((await post(agentId, [decides(false)])).status).toBe(409);
  });
});
