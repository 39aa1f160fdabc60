import type { ChatRequest } from "@/lib/api/chat-completions";
import { type ChatDelta, type ChatEvent, type ChatUsage, joinDeltas, readChat } from "@/lib/stream/chat-completions";
import type { Item } from "@/lib/stream/item";
import { conversationByKey } from "../conversations/conversation-key";
import { createItemShaper, DEFAULT_PRESENT } from "../conversations/present";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import type { AgentModel } from "../db/generated/models";
import type { EventStream } from "../run/answer";
import { isBusy, runEnded } from "../run/busy";
import { readLogprobs } from "../run/read-logprobs";
import type { RunRequest, Started } from "../run/run-request";
import { itemsOf, modelError, runIdOf } from "../run/send-messages";
import { startRun } from "../run/start";
import { conversationKey, newInputs, refused, withOtids } from "./chat-request";
import { toOpenAiError } from "./openai-errors";

export type ChatCall = {
  body: Omit<ChatRequest, "model">;
  /** What the client calls the agent: repeated in the answer. */
  model: string;
  agent: AgentModel;
  headers: Headers;
  signal: AbortSignal;
};

const DEFAULT_MAX_STEPS = 50;
/** The status of a failure that comes when a stream has begun. */
const STREAMED = 500;

/** So long a stream's status waits for the run's first sign, so that a failure has a status of its own. */
const FIRST_SIGN_MS = 10_000;

/**
 * Runs an agent on what is new in a client's conversation, and answers in OpenAI's protocol.
 *
 * @throws ApiError as `startRun`, 400 for a request that has nothing new or wants more than one answer, and the failure of
 * the model where the run ends with it before anything was sent.
 */
export async function completeChat(ctx: Ctx, call: ChatCall): Promise<{ value: unknown } | { stream: EventStream }> {
  const { body, agent, headers } = call;
  if (body.n != null && body.n !== 1) throw refused("An agent gives one answer: n must be 1.", "n");
  const inputs = withOtids(newInputs(body.messages), headers.get("idempotency-key"));
  const conversationId = await conversationByKey(ctx, agent, conversationKey(body, headers));
  const request = toRunRequest(call, conversationId);
  const started = await startInTurn(ctx, { ...request, inputs }, call.signal);
  const items = await afterFirstSign(itemsOf(ctx, started, call.signal));
  const reader = readChat(new Set(request.clientTools.map((tool) => tool.name)));
  const shape = createItemShaper(DEFAULT_PRESENT);
  async function* events(): AsyncGenerator<ChatEvent> {
    for await (const item of items) yield* shape(item).flatMap((shown) => reader.push(shown));
  }
  if (body.stream) return { stream: streamChat(ctx, call, started, events()) };
  return { value: await answerChat(ctx, call, started, events()) };
}

/** So long a turn waits for the one before it, which a caller who interrupts has ended. */
const TURN_WAIT_MS = 30_000;

/** Starts a run once the conversation's run before it is over. @throws ApiError as `startRun`. */
async function startInTurn(ctx: Ctx, request: RunRequest, signal: AbortSignal): Promise<Started> {
  const patience = AbortSignal.any([signal, AbortSignal.timeout(TURN_WAIT_MS)]);
  const waitedFor = new Set<string>();
  for (;;) {
    try {
      return await startRun(ctx, request);
    } catch (error) {
      const before = isBusy(error) && typeof error.extra.run_id === "string" ? error.extra.run_id : null;
      if (before === null || waitedFor.has(before) || patience.aborted) throw error;
      waitedFor.add(before);
      await runEnded(ctx, before, patience).catch(() => {});
    }
  }
}

function toRunRequest({ body }: ChatCall, conversationId: string): Omit<RunRequest, "inputs"> {
  const tools = body.tool_choice === "none" ? [] : (body.tools ?? []);
  const settings = {
    ...(body.response_format ? { response_format: body.response_format } : {}),
    ...(body.logprobs ? { return_logprobs: true, top_logprobs: body.top_logprobs ?? 0 } : {}),
  };
  return {
    target: { conversationId },
    maxSteps: DEFAULT_MAX_STEPS,
    tokens: true,
    background: false,
    compactionItems: false,
    clientTools: tools.map(({ function: { name, description, parameters } }) => ({
      name,
      description: description ?? null,
      parameters: parameters ?? null,
    })),
    clientSkills: [],
    overrideModel: null,
    overrideSystem: null,
    runType: "chat_completions",
    requestConfig: {},
    callbackUrl: null,
    settings,
  };
}

/**
 * The items of a run from the first one on, which is waited for, but not for ever.
 *
 * @throws ApiError the failure of a run that ends with it before it said anything.
 */
async function afterFirstSign(source: AsyncGenerator<Item>): Promise<AsyncGenerator<Item>> {
  const first = source.next();
  first.catch(() => {});
  const sign = await within(FIRST_SIGN_MS, first);
  const head = [first];
  if (sign && !sign.done && sign.value.type === "stop") {
    const second = source.next();
    const next = await second;
    if (!next.done && next.value.type === "error") throw modelError(next.value);
    head.push(second);
  }
  return (async function* () {
    for (const one of head) {
      const result = await one;
      if (!result.done) yield result.value;
    }
    yield* source;
  })();
}

/** What is promised, or null if it takes longer. */
async function within<T>(limitMs: number, promised: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), limitMs);
  });
  return Promise.race([promised, late]).finally(() => clearTimeout(timer));
}

function completionOf(call: ChatCall, started: Started) {
  return { id: `chatcmpl-${runIdOf(started)}`, created: Math.floor(Date.now() / 1000), model: call.model };
}

async function answerChat(ctx: Ctx, call: ChatCall, started: Started, events: AsyncGenerator<ChatEvent>) {
  const deltas: ChatDelta[] = [];
  let usage: ChatUsage | null = null;
  let finish = "stop";
  for await (const event of events) {
    if (event.type === "delta") deltas.push(event.delta);
    else if (event.type === "finish") finish = event.reason;
    else if (event.type === "usage") usage = event.usage;
    else throw modelError(event.error);
  }
  const logprobs = call.body.logprobs ? await readLogprobs(ctx, runIdOf(started)) : null;
  return {
    ...completionOf(call, started),
    object: "chat.completion",
    choices: [{ index: 0, message: { ...joinDeltas(deltas), refusal: null }, logprobs, finish_reason: finish }],
    usage,
    system_fingerprint: null,
    service_tier: null,
  };
}

function streamChat(ctx: Ctx, call: ChatCall, started: Started, events: AsyncGenerator<ChatEvent>): EventStream {
  const completion = { ...completionOf(call, started), object: "chat.completion.chunk", system_fingerprint: null };
  const includesUsage = call.body.stream_options?.include_usage === true;
  const frame = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
  const chunk = (delta: ChatDelta, finish: string | null, logprobs: unknown = null) =>
    frame({
      ...completion,
      choices: [{ index: 0, delta, logprobs, finish_reason: finish }],
      ...(includesUsage ? { usage: null } : {}),
    });
  async function* frames(): AsyncGenerator<string> {
    yield chunk({ role: "assistant", content: "" }, null);
    for await (const event of events) {
      if (event.type === "delta") yield chunk(event.delta, null);
      else if (event.type === "finish") {
        const logprobs = call.body.logprobs ? await readLogprobs(ctx, runIdOf(started)) : null;
        yield chunk({}, event.reason, logprobs);
      } else if (event.type === "error") yield frame({ error: toOpenAiError(modelError(event.error), STREAMED) });
      else if (includesUsage) yield frame({ ...completion, choices: [], usage: event.usage });
    }
  }
  return {
    frames: frames(),
    runId: runIdOf(started),
    pings: { frame: () => ": ping\n\n", atOnce: false },
    // Nobody else follows a run in the foreground: it ends with its client.
    onGone: () => {
      if ("run" in started) started.run.abort();
    },
  };
}

/**
 * The agent that a client names as its model: by id, or by a name that only one has.
 *
 * @throws ApiError `not-found`; `bad-request` for a name that several have.
 */
export async function agentByModel(ctx: Ctx, model: string): Promise<AgentModel> {
  const { organizationId } = ctx.actor;
  const byId = await ctx.db.prisma.agent.findFirst({ where: { id: model, organizationId } });
  if (byId) return byId;
  const named = await ctx.db.prisma.agent.findMany({ where: { name: model, organizationId }, take: 2 });
  if (named.length === 1) return named[0]!;
  const about = { param: "model" };
  if (named.length > 1) {
    const message = `Several agents have the name '${model}': give the id of one as the model.`;
    throw new ApiError("bad-request", message, { ...about, code: "model_ambiguous" });
  }
  const message = `The model '${model}' does not exist: it must be the id or the name of an agent.`;
  throw new ApiError("not-found", message, { ...about, code: "model_not_found" });
}
