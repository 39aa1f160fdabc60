import { pythonRepr } from "@/lib/engine/python-repr";
import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { attempt, findStringListArg, stringArg, type ToolArgs, ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Item } from "@/lib/stream/item";
import { DEFAULT_PRESENT } from "../conversations/present";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { MULTI_AGENT_SCHEMAS } from "../tools/builtin-schemas";
import { responseOf } from "./response";
import type { CallChain, RunRequest, StartRun } from "./run-request";

/** So many agents may stand in a chain of calls. */
const MAX_DEPTH = 8;
const MOST_RECIPIENTS = 100;
const AT_ONCE = 5;
const MAX_STEPS = 50;
const RETURN_LIMIT_CHARS = 50_000;

/**
 * The tools by which agents speak with each other, by name: in this process, each called run recorded with the run, step
 * and tool call that called it. Nobody waits for an agent that is at work already, or that is itself waiting for the one
 * who calls: such a call is an error at once.
 */
export function multiAgentTools(ctx: Ctx, startRun: StartRun, chain: CallChain): Record<string, Tool> {
  const tool = (name: string, act: (args: ToolArgs, call: ToolContext) => Promise<ToolOutcome>): Tool => ({
    ...MULTI_AGENT_SCHEMAS.find((schema) => schema.name === name)!,
    returnLimitChars: RETURN_LIMIT_CHARS,
    parallel: false,
    run: (args, call) => attempt(name, () => act(args, call)),
  });
  const from = (call: ToolContext) => ({ ctx, startRun, chain: [...chain, call.agentId], call });
  return {
    send_message_to_agent_and_wait_for_reply: tool("send_message_to_agent_and_wait_for_reply", async (args, call) => {
      const otherId = stringArg(args, "other_agent_id");
      const reply = await ask(from(call), otherId, stringArg(args, "message"));
      return { status: "success", content: pythonRepr({ agent_id: otherId, response: reply }) };
    }),
    send_message_to_agents_matching_tags: tool("send_message_to_agents_matching_tags", async (args, call) => {
      const message = stringArg(args, "message");
      const others = await matching(ctx, call.agentId, args);
      const replies = await inTurns(others, AT_ONCE, async (otherId) => ({
        agent_id: otherId,
        response: await ask(from(call), otherId, message).catch((error: unknown) => [`<error: ${wordsOf(error)}>`]),
      }));
      return { status: "success", content: pythonRepr(replies) };
    }),
    send_message_to_agent_async: tool("send_message_to_agent_async", async (args, call) => {
      const note = `this is a one-way notification; if you need to respond, use an agent-to-agent messaging tool if available`;
      await deliver(
        from(call),
        stringArg(args, "other_agent_id"),
        incoming(call, note, stringArg(args, "message")),
        true,
      );
      return { status: "success", content: "Successfully sent message" };
    }),
  };
}

type From = { ctx: Ctx; startRun: StartRun; chain: CallChain; call: ToolContext };

const incoming = (call: ToolContext, note: string, message: string) =>
  `[Incoming message from agent with ID '${call.agentId}' - ${note}] ${message}`;

/** What the other agent says to a message. @throws ToolFailure where it can't answer. */
async function ask(from: From, otherId: string, message: string): Promise<string[]> {
  const text = incoming(from.call, "your response will be delivered to the sender", message);
  const run = await deliver(from, otherId, text, false);
  const stop = () => run.abort();
  from.call.signal.addEventListener("abort", stop, { once: true });
  if (from.call.signal.aborted) stop();
  const items: Item[] = [];
  try {
    for await (const item of run.follow(0)) items.push(item);
  } finally {
    from.call.signal.removeEventListener("abort", stop);
  }
  const failed = items.find((item) => item.type === "error");
  if (failed) throw new ToolFailure(`Error: agent ${otherId} could not answer: ${failed.message}`);
  const { messages, stop_reason } = responseOf(items, DEFAULT_PRESENT);
  if (stop_reason.stop_reason === "requires_approval") {
    throw new ToolFailure(`Error: agent ${otherId} can't answer: a tool call of its waits for an approval.`);
  }
  if (stop_reason.stop_reason === "cancelled")
    throw new ToolFailure(`Error: the run of agent ${otherId} was cancelled.`);
  const said = messages.flatMap((one) =>
    "content" in one && one.message_type === "assistant_message" ? [one.content] : [],
  );
  const texts = said.map((content) => (typeof content === "string" ? content : JSON.stringify(content)));
  return texts.length > 0 ? texts : ["<no response>"];
}

/** Starts a run of the other agent on a message. @throws ToolFailure where that can't be. */
async function deliver({ ctx, startRun, chain, call }: From, otherId: string, text: string, background: boolean) {
  if (ctx.suiteRunId) throw new ToolFailure("Error: this is a test: no message is sent to another agent.");
  if (otherId === call.agentId) throw new ToolFailure("Error: an agent can't send a message to itself.");
  if (chain.includes(otherId)) {
    throw new ToolFailure(`Error: agent ${otherId} is itself waiting for the end of this conversation.`);
  }
  if (chain.length >= MAX_DEPTH) {
    throw new ToolFailure(
      `Error: this message was passed on by ${chain.length} agents; it can't be passed on further.`,
    );
  }
  const request: RunRequest = {
    target: { agentId: otherId },
    inputs: [{ type: "message", role: "system", content: text, sender_id: call.agentId }],
    maxSteps: MAX_STEPS,
    tokens: false,
    background,
    compactionItems: false,
    clientTools: [],
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: background ? "send_message_async" : "send_message",
    metadata: {
      called_by: { agent_id: call.agentId, run_id: call.runId, step_id: call.stepId, tool_call_id: call.toolCallId },
    },
    requestConfig: {},
    callbackUrl: null,
    callChain: chain,
  };
  const started = await startRun({ ...ctx, cause: { runId: call.runId } }, request).catch((error: unknown) => {
    throw new ToolFailure(`Error: the message to agent ${otherId} was not delivered: ${wordsOf(error)}`);
  });
  if (!("run" in started)) throw new ToolFailure(`Error: the message to agent ${otherId} was not delivered.`);
  return started.run;
}

/** What may be told to a model of an error. */
function wordsOf(error: unknown): string {
  if (error instanceof ToolFailure) return error.message;
  if (!(error instanceof ApiError)) return "an unknown error occurred";
  if (typeof error.detail === "string") return error.detail;
  return typeof error.detail.message === "string" ? error.detail.message : error.code;
}

/** The other agents that have all of one list of tags and, if there is another, some of that. */
async function matching(ctx: Ctx, selfId: string, args: ToolArgs): Promise<string[]> {
  const all = findStringListArg(args, "match_all") ?? [];
  const some = findStringListArg(args, "match_some") ?? [];
  if (all.length === 0 && some.length === 0) throw new ToolFailure("Error: give at least one tag.");
  const rows = await ctx.db.prisma.agent.findMany({
    where: {
      organizationId: ctx.actor.organizationId,
      id: { not: selfId },
      suiteRunId: null,
      AND: [
        ...all.map((tag) => ({ tags: { some: { tag } } })),
        some.length > 0 ? { tags: { some: { tag: { in: some } } } } : {},
      ],
    },
    select: { id: true },
    orderBy: [{ createdAt: "asc" }, { id: "asc" }],
    take: MOST_RECIPIENTS,
  });
  return rows.map((row) => row.id);
}

/** Does something for each, a few at once; the results are in their order. */
async function inTurns<A, B>(all: readonly A[], atOnce: number, work: (one: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  const queue = all.entries();
  const worker = async () => {
    for (const [index, one] of queue) results[index] = await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, all.length) }, worker));
  return results;
}
