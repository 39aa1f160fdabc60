import type { MessageInput, SendMessages } from "@/lib/api/messages";
import { emptyUsage } from "@/lib/engine/state";
import type { Tool } from "@/lib/engine/tool";
import { attempt, stringArg } from "@/lib/engine/tools/tool-args";
import type { Item } from "@/lib/stream/item";
import { createItemShaper } from "../conversations/present";
import type { Ctx } from "../core/core";
import { ApiError, badRequest, conflict, invalid } from "../core/errors";
import type { Answer } from "../run/answer";
import { isBusy, sentenceOf } from "../run/busy";
import { loadConversation } from "../run/load";
import { toIncoming } from "../run/request";
import { responseOf } from "../run/response";
import { modelError, presentOptions, toRunRequest } from "../run/send-messages";
import { busy } from "../run/start";
import { beginTurn, heard, type Round, type Said, type Turn, takeTurn } from "./group-turn";
import { getGroup } from "./groups";

/** A dynamic group without a limit of its own stops after so many turns for each of its agents. */
const TURNS_PER_MEMBER = 4;

/**
 * Sends messages to a group and answers with what its agents did, or with a stream of it. Every turn of an agent is a run
 * of that agent on its default conversation. The round itself is kept nowhere: a server that stops in it leaves the
 * turns that were taken.
 *
 * @throws ApiError `not-found`; 400 for a group without agents; 409 while an agent whose turn comes is at work, or waits
 * for approval: at the beginning, before anything is said, or where it has begun meanwhile, with what was said kept.
 */
export async function sendGroupMessages(
  ctx: Ctx,
  groupId: string,
  body: SendMessages,
  signal: AbortSignal,
): Promise<Answer<ReturnType<typeof responseOf>>> {
  if (body.background || body.callback_url) throw invalid("A group works in the foreground only");
  if (!body.streaming && body.stream_tokens) throw invalid("stream_tokens needs streaming to be true");
  const group = await getGroup(ctx, groupId);
  const ids = [...group.agents.map((link) => link.agentId), ...(group.managerAgentId ? [group.managerAgentId] : [])];
  const agents = await ctx.db.prisma.agent.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  const gone = new AbortController();
  const round: Round = {
    ctx,
    group,
    base: toRunRequest({ agentId: "" }, body, { streaming: body.streaming, runType: "group_message" }),
    signal: AbortSignal.any([gone.signal, signal]),
    usage: emptyUsage(),
    runIds: [],
    names: new Map(agents.map((agent) => [agent.id, agent.name])),
  };
  await requireFree(round);
  const { first, rest } = await begin(round);
  const items = wholeRound(round, first, rest);
  const shape = createItemShaper(presentOptions(body));
  if (body.streaming) {
    const onGone = () => gone.abort();
    return { stream: { items, runId: first.run.id, pings: body.include_pings, after: 0, shape, onGone } };
  }
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  const failed = all.find((item) => item.type === "error");
  if (failed?.errorType === BUSY) throw conflict(failed.message);
  if (failed) throw modelError(failed);
  return { value: responseOf(all, presentOptions(body)) };
}

/** What a round ends with whose next agent can't take its turn now. */
const BUSY = "conflict";

/** @throws ApiError 409 as `startRun` would for the first agent whose turn comes and that can't take it now. */
async function requireFree({ ctx, group, base }: Round): Promise<void> {
  if (group.managerType !== "round_robin" && group.managerType !== "dynamic") return;
  for (const { agentId } of group.agents) {
    const loaded = await loadConversation(ctx, { agentId });
    if (loaded.activeRunId) throw busy(loaded.activeRunId, agentId);
    toIncoming(base.inputs, loaded.transcript, ctx.now().toISOString());
  }
}

type Rest = (round: Round, first: Turn) => AsyncGenerator<Item, Said>;

/** The first turn, begun, so that what is wrong with the request is told as an error; and how the round goes on. */
async function begin(round: Round): Promise<{ first: Turn; rest: Rest }> {
  const { managerType, managerAgentId, agents } = round.group;
  const [firstMember] = agents;
  const { inputs } = round.base;
  if (managerType === "round_robin") {
    if (!firstMember) throw badRequest("INVALID_ARGUMENT: the group has no agents");
    return { first: await beginTurn(round, firstMember.agentId, inputs), rest: roundRobin };
  }
  if (!managerAgentId) throw badRequest("INVALID_ARGUMENT: the group has no manager");
  if (managerType === "supervisor") {
    return { first: await beginTurn(round, managerAgentId, inputs, [askAll(round)]), rest: takeTurn };
  }
  if (managerType === "dynamic") {
    if (!firstMember) throw badRequest("INVALID_ARGUMENT: the group has no agents");
    return { first: await beginTurn(round, managerAgentId, [...inputs, choice(round)]), rest: dynamic };
  }
  // Others tend the manager's memory, and hear of it after its turn.
  return { first: await beginTurn(round, managerAgentId, inputs), rest: takeTurn };
}

/** All items of a round, with one stop reason and the usage of all runs at their end. */
async function* wholeRound(round: Round, first: Turn, rest: Rest): AsyncGenerator<Item> {
  const end = yield* rest(round, first);
  yield { type: "stop", stopReason: end.stopReason };
  if (!end.failed) yield { type: "usage", ...round.usage, runIds: round.runIds };
}

/** A turn that can't begin in the middle of a round ends it; what was said stays said. */
async function nextTurn(round: Round, agentId: string, inputs: MessageInput[]): Promise<Turn | Item> {
  try {
    return await beginTurn(round, agentId, inputs);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const message = `Agent ${agentId} could not take its turn: ${sentenceOf(error)}`;
    const errorType = isBusy(error) ? BUSY : "internal_error";
    return { type: "error", runId: null, errorType, message, detail: null, seqId: null };
  }
}

const ENDS_ROUND = (said: Said) => said.failed || !["end_turn", "tool_rule", "max_steps"].includes(said.stopReason);
const BROKEN: Said = { text: "", stopReason: "error", failed: true };

/** Each agent speaks in turn; it hears the request, and what the others have said since it last spoke. */
async function* roundRobin(round: Round, first: Turn): AsyncGenerator<Item, Said> {
  const ids = round.group.agents.map((link) => link.agentId);
  const waiting = new Map(ids.map((id) => [id, [...round.base.inputs]]));
  let turn = first;
  for (let count = 1; ; count++) {
    waiting.set(turn.agentId, []);
    const said = yield* takeTurn(round, turn);
    if (ENDS_ROUND(said)) return said;
    for (const [id, inputs] of waiting)
      if (id !== turn.agentId && said.text) inputs.push(heard(round, turn.agentId, said.text));
    const nextId = ids[count % ids.length]!;
    if (count >= (round.group.maxTurns ?? ids.length) || waiting.get(nextId)!.length === 0) return said;
    const next = await nextTurn(round, nextId, waiting.get(nextId)!);
    if (!("run" in next)) return yield* broken(next);
    turn = next;
  }
}

async function* broken(item: Item): AsyncGenerator<Item, Said> {
  yield item;
  return BROKEN;
}

/** Asks the manager of a dynamic group who speaks next. */
function choice(round: Round): MessageInput {
  const lines = round.group.agents.map(({ agentId }) => `- ${agentId}: ${round.names.get(agentId) ?? ""}`);
  const content = `<system-reminder>
You lead a conversation of these agents:
${lines.join("\n")}
Choose who speaks next: answer with the id of that agent alone. When the conversation is over, answer ${round.group.terminationToken} instead.
</system-reminder>`;
  return { type: "message", role: "user", content };
}

/** What an agent hears that is chosen again before another has spoken. */
const GO_ON: MessageInput = { type: "message", role: "user", content: "Go on." };

/** The manager, who is not heard, says who speaks next, until it ends the conversation. */
async function* dynamic(round: Round, first: Turn): AsyncGenerator<Item, Said> {
  const ids = round.group.agents.map((link) => link.agentId);
  const waiting = new Map(ids.map((id) => [id, [...round.base.inputs]]));
  const most = round.group.maxTurns ?? TURNS_PER_MEMBER * ids.length;
  let last: Said = { text: "", stopReason: "end_turn", failed: false };
  let choosing = first;
  for (let count = 1; ; count++) {
    const chosen = yield* silently(takeTurn(round, choosing));
    if (ENDS_ROUND(chosen)) return chosen;
    const speakerId = ids.find((id) => chosen.text.includes(id));
    if (!speakerId || chosen.text.includes(round.group.terminationToken ?? "DONE!")) return last;
    const inputs = waiting.get(speakerId)!;
    const turn = await nextTurn(round, speakerId, inputs.length > 0 ? inputs : [GO_ON]);
    if (!("run" in turn)) return yield* broken(turn);
    last = yield* takeTurn(round, turn);
    if (ENDS_ROUND(last) || count >= most) return last;
    const news = heard(round, speakerId, last.text || "(says nothing)");
    for (const [id, inputs] of waiting) if (id !== speakerId) inputs.push(news);
    waiting.set(speakerId, []);
    const next = await nextTurn(round, choosing.agentId, [news, choice(round)]);
    if (!("run" in next)) return yield* broken(next);
    choosing = next;
  }
}

/** Of a turn that nobody hears, only what went wrong. */
async function* silently(turn: AsyncGenerator<Item, Said>): AsyncGenerator<Item, Said> {
  for (;;) {
    const next = await turn.next();
    if (next.done) return next.value;
    if (next.value.type === "error") yield next.value;
  }
}

/** What the manager of a supervised group asks its agents with. */
function askAll(round: Round): Tool {
  const name = "send_message_to_all_agents_in_group";
  return {
    name,
    description: "Sends a message to every agent of your group, and returns what each of them answers.",
    parameters: {
      type: "object",
      properties: { message: { type: "string", description: "What to say to them." } },
      required: ["message"],
    },
    returnLimitChars: null,
    parallel: false,
    run: (args) =>
      attempt(name, async () => {
        const content = stringArg(args, "message");
        const answers = await Promise.all(
          round.group.agents.map(
            async ({ agentId }) => `${round.names.get(agentId) ?? agentId}: ${await answerOf(round, agentId, content)}`,
          ),
        );
        return { status: "success", content: answers.join("\n") };
      }),
  };
}

async function answerOf(round: Round, agentId: string, content: string): Promise<string> {
  const sender_id = round.group.managerAgentId;
  const turn = await nextTurn(round, agentId, [{ type: "message", role: "user", content, sender_id }]);
  if (!("run" in turn)) return `<error: ${turn.type === "error" ? turn.message : "no answer"}>`;
  const said = takeTurn(round, turn);
  for (;;) {
    const next = await said.next();
    if (next.done) return next.value.failed ? "<error: it could not answer>" : next.value.text || "<no response>";
  }
}
