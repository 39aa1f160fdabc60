import { expect } from "vitest";
import { type Frame, type Rig, until } from "./rig";

type Raw = {
  role: string;
  tool_calls: { id: string; function: { name: string; arguments: string } }[] | null;
  tool_returns: { tool_call_id: string; status: string }[] | null;
};
type Run = { id: string; status: string; stop_reason: string | null };
type Block = { label: string; value: string };

export type Conversation = { agentId: string; conversationId?: string };

/** No run is left running: a run without a live owner ends within 30 seconds. */
export async function allRunsEnd(rig: Rig, agentId: string): Promise<Run[]> {
  let runs: Run[] = [];
  await until("every run has ended", async () => {
    runs = (await rig.api<Run[]>("GET", `/v1/runs/?agent_ids=${agentId}&limit=100`)).body;
    return runs.every((run) => run.status !== "running" && run.status !== "created");
  });
  return runs;
}

/**
 * What holds after every crash (ledger.md): what is in context is valid for a provider, each message that was sent is
 * there as often as `sent` says, memory is what the returns say, the next message is answered, and the model is shown a
 * valid list then.
 */
export async function expectIntact(rig: Rig, at: Conversation, sent: Record<string, number | "maybe">): Promise<void> {
  await allRunsEnd(rig, at.agentId);
  const query = at.conversationId ? `?conversation_id=${at.conversationId}` : "";
  const context = await rig.api<{ messages: Raw[] }>("GET", `/v1/agents/${at.agentId}/context${query}`);
  expect(context.status).toBe(200);
  expect(problemsOf(context.body.messages)).toEqual([]);
  await expectMessages(rig, at, sent);
  await expectMemory(rig, at);

  const messages = messagesPath(at);
  rig.model.requests.length = 0;
  const answer = await rig.api<{ stop_reason: { stop_reason: string } }>("POST", messages, {
    messages: [{ role: "user", content: "Are you there?" }],
    streaming: false,
  });
  expect(answer).toMatchObject({ status: 200, body: { stop_reason: { stop_reason: "end_turn" } } });
  for (const asked of rig.model.requests) expect(askedProblems(asked.messages as Asked[])).toEqual([]);
}

export const messagesPath = ({ agentId, conversationId }: Conversation) =>
  conversationId ? `/v1/conversations/${conversationId}/messages` : `/v1/agents/${agentId}/messages`;

/** Each call has exactly one later return, and no return is without its call. */
function problemsOf(messages: Raw[]): string[] {
  const problems: string[] = [];
  const open = new Set<string>();
  for (const message of messages) {
    for (const call of message.tool_calls ?? []) {
      if (open.has(call.id)) problems.push(`call ${call.id} is made twice`);
      open.add(call.id);
    }
    if (message.role !== "tool") continue;
    for (const one of message.tool_returns ?? []) {
      if (!open.delete(one.tool_call_id)) problems.push(`return ${one.tool_call_id} has no call`);
    }
  }
  return [...problems, ...[...open].map((id) => `call ${id} has no return`)];
}

type Asked = { role: string; tool_calls?: { id: string }[]; tool_call_id?: string };

/** As a provider checks it: after a message with calls come their returns, and nothing else. */
function askedProblems(messages: Asked[]): string[] {
  const problems: string[] = [];
  let open = new Set<string>();
  for (const message of messages) {
    if (message.role === "tool") {
      if (!open.delete(message.tool_call_id ?? ""))
        problems.push(`return ${message.tool_call_id} has no call before it`);
      continue;
    }
    for (const id of open) problems.push(`call ${id} is followed by ${message.role}`);
    open = new Set((message.tool_calls ?? []).map((call) => call.id));
  }
  return problems;
}

/** Each message is there as often as `sent` says; those that were not accepted once at the most. */
export async function expectMessages(
  rig: Rig,
  at: Conversation,
  sent: Record<string, number | "maybe">,
): Promise<void> {
  const frames = await listed(rig, at);
  for (const [otid, times] of Object.entries(sent)) {
    const found = frames.filter((frame) => frame.otid === otid && frame.message_type === "user_message").length;
    if (times === "maybe") expect(found, `message ${otid}`).toBeLessThanOrEqual(1);
    else expect(found, `message ${otid}`).toBe(times);
  }
}

export async function listed(rig: Rig, at: Conversation): Promise<Frame[]> {
  const path = at.conversationId
    ? `/v1/conversations/${at.conversationId}/messages?limit=500&order=asc`
    : `/v1/agents/${at.agentId}/messages?limit=500`;
  return (await rig.api<Frame[]>("GET", path)).body;
}

type CallFrame = { tool_calls: { name: string; tool_call_id: string; arguments: string }[] };
type ReturnFrame = { tool_returns: { tool_call_id: string; status: string }[] };

/** The block `human` has the line of every `memory_insert` that returned success, in any conversation, and no other. */
async function expectMemory(rig: Rig, { agentId }: Conversation): Promise<void> {
  const conversations = await rig.api<{ id: string }[]>("GET", `/v1/conversations/?agent_id=${agentId}`);
  const places = [{ agentId }, ...conversations.body.map(({ id }) => ({ agentId, conversationId: id }))];
  const frames = (await Promise.all(places.map((place) => listed(rig, place)))).flat();
  const inserted = new Map<string, string>();
  const seen = new Set<string>();
  for (const frame of frames) {
    if (frame.message_type !== "tool_call_message") continue;
    for (const call of (frame as unknown as CallFrame).tool_calls) {
      if (call.name === "memory_insert") inserted.set(call.tool_call_id, JSON.parse(call.arguments).new_string);
    }
  }
  for (const frame of frames) {
    if (frame.message_type !== "tool_return_message") continue;
    for (const one of (frame as unknown as ReturnFrame).tool_returns) {
      if (one.status === "success" && inserted.has(one.tool_call_id)) seen.add(inserted.get(one.tool_call_id)!);
    }
  }
  const block = await rig.api<Block>("GET", `/v1/agents/${agentId}/core-memory/blocks/human`);
  expect(block.body.value.split("\n").toSorted()).toEqual(["Bob", ...seen].toSorted());
}
