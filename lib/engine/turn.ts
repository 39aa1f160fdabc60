import { fold, joinRequests } from "@/lib/stream/fold";
import { type Envelope, isMute, type MessageItem } from "@/lib/stream/item";
import { FieldScanner } from "@/lib/stream/json-fields";
import { type Message, partOtid, requestIdOf } from "@/lib/stream/message";
import type { Dialect, DialectOptions } from "./dialect";
import { keepable } from "./keepable";
import type { FinishReason, Model, ModelAttempt, ModelEvent, ModelFailure, ModelRequest, TokenUsage } from "./model";
import type { Ports } from "./ports";

export type TurnInput = {
  model: Model;
  request: ModelRequest;
  dialect: Dialect;
  dialectOptions: DialectOptions;
  stepId: string;
  runId: string;
  /** Call ids that are taken already: a model that gives one twice gets another. */
  usedCallIds: ReadonlySet<string>;
  /** Names of tools whose calls wait for an answer: their items are approval requests. */
  gated: ReadonlySet<string>;
  /** In a run of an older version: a request for approval is a message of its own, with an id of its own. */
  requestsApart: boolean;
  /** The most calls that count; further ones are dropped. */
  maxCalls: number;
  signal: AbortSignal;
};

export type Turn = {
  /** The assistant's message, which is the approval request where all of its calls wait; where some do, that follows it. */
  messages: Message[];
  finish: FinishReason;
  usage: TokenUsage | null;
  failure: ModelFailure | null;
  /** Each time that the model was asked, the last of which is this turn. */
  attempts: ModelAttempt[];
  ttftMs: number | null;
  modelMs: number;
};

const EMPTY_ATTEMPTS = 3;
const EMPTY_REPLY: ModelFailure = {
  kind: "llm_empty_response",
  message: "The model sent an empty reply.",
  detail: null,
  status: null,
};

/**
 * One model turn: yields its items as they come and returns what it was. A model that fails is data in the return; an
 * empty reply is asked for again.
 */
export async function* takeTurn(input: TurnInput, ports: Ports): AsyncGenerator<MessageItem, Turn> {
  const attempts: ModelAttempt[] = [];
  for (;;) {
    const { attempt, ...turn } = yield* attemptTurn(input, ports);
    attempts.push(attempt);
    const empty = !turn.failure && turn.finish !== "length" && !attempt.events.some(answers);
    if (!empty || input.signal.aborted) return { ...turn, attempts };
    if (attempts.length === EMPTY_ATTEMPTS) return { ...turn, attempts, failure: EMPTY_REPLY };
  }
}

/** Whether an event is more than thought and blanks. */
function answers(event: ModelEvent): boolean {
  return event.type === "tool-call" || (event.type === "text" && event.text.trim() !== "");
}

type Attempted = Omit<Turn, "attempts"> & { attempt: ModelAttempt };

async function* attemptTurn(input: TurnInput, ports: Ports): AsyncGenerator<MessageItem, Attempted> {
  const events: ModelEvent[] = [];
  const items: MessageItem[] = [];
  const started = ports.clock.monotonic();
  const messageId = ports.newId("message");
  const date = ports.clock.now();
  const writer = createItemWriter(input, ports, { messageId, date });
  let ttftMs: number | null = null;
  let finish: FinishReason = "other";
  let usage: TokenUsage | null = null;
  let failure: ModelFailure | null = null;

  const received = record(keepable(input.model.stream(input.request, input.signal)), events);
  for await (const event of input.dialect.interpret(received, input.dialectOptions)) {
    if (event.type === "finish") {
      finish = event.reason;
      usage = event.usage;
    } else if (event.type === "error") {
      failure = event.error;
    } else {
      ttftMs ??= ports.clock.monotonic() - started;
      const item = writer(event);
      if (!item) continue;
      items.push(item);
      if (!isMute(item)) yield item;
    }
  }
  const broken = failure !== null || input.signal.aborted;
  const whole = broken || input.requestsApart ? items : joinRequests(items);
  const messages = waitingLast(fold(whole).map((message) => ({ ...message, model: input.model.handle })));
  const modelMs = ports.clock.monotonic() - started;
  return {
    messages: broken ? spoken(messages) : worthKeeping(messages),
    finish,
    usage,
    failure,
    attempt: { request: input.request, startedAt: date, durationMs: modelMs, events, usage, failure },
    ttftMs,
    modelMs,
  };
}

/** An approval request stands after what else was said, whichever came first: what waits is at the end. */
function waitingLast(messages: Message[]): Message[] {
  const waits = (message: Message) => message.role === "approval";
  return [...messages.filter((message) => !waits(message)), ...messages.filter(waits)];
}

/** Thoughts that no word follows stand for themselves only before a request for approval, which goes on from them. */
function worthKeeping(messages: Message[]): Message[] {
  const waits = messages.some((message) => message.role === "approval");
  return messages.filter((message) => says(message) || (waits && message.parts.some(isKept)));
}

/** Whether a provider wants a thought back, or may. */
function isKept(part: Message["parts"][number]): boolean {
  if (part.type === "hidden_reasoning") return true;
  return part.type === "reasoning" && (part.opaque !== undefined || part.signature !== null);
}

/**
 * What can be kept of a turn that was cut: what was said, without calls that may be half-sent. Of a call of the tool that
 * speaks, its words as far as they came: who interrupts an agent has heard them.
 */
export function spoken(messages: Message[]): Message[] {
  return messages
    .filter((message) => message.role === "assistant")
    .map((message) => ({ ...message, parts: message.parts.flatMap(spokenPart) }))
    .filter(says);
}

function spokenPart(part: Message["parts"][number]): Message["parts"] {
  if (part.type !== "tool_call") return [part];
  if (part.name !== SPEAKS) return [];
  const fields = new FieldScanner().push(part.arguments).filter(({ key }) => key === SPEECH);
  const text = fields.map((field) => field.text).join("");
  return text.trim() === "" ? [] : [{ type: "text", text }];
}

/** The tool by which some types of agents speak, and its argument. */
const SPEAKS = "send_message";
const SPEECH = "message";

/** Whether a message has anything but thought and blank text. */
function says(message: Message): boolean {
  return message.parts.some(
    (part) => part.type === "tool_call" || part.type === "image" || (part.type === "text" && part.text.trim() !== ""),
  );
}

async function* record(source: AsyncIterable<ModelEvent>, into: ModelEvent[]): AsyncGenerator<ModelEvent> {
  for await (const event of source) {
    into.push(event);
    yield event;
  }
}

/**
 * Turns model events into items of one assistant message, and of one approval request for gated calls. Parts are
 * numbered as they begin; all calls of a message are one part.
 */
function createItemWriter(
  input: TurnInput,
  ports: Ports,
  { messageId, date }: { messageId: string; date: string },
): (event: ModelEvent) => MessageItem | null {
  let requestId: string | null = null;
  let requestOtid = "";
  let parts = 0;
  let open: { type: string; otid: string } | null = null;
  /** Who wrote the open thought. */
  let thinker: string | null = null;
  let callsOtid: string | null = null;
  /** The provider's call id → ours, and where the call goes; null for a call that is dropped. */
  const calls = new Map<string, { id: string; gated: boolean } | null>();
  const taken = new Set(input.usedCallIds);
  let kept = 0;

  const envelope = (id: string, otid: string): Envelope => ({
    id,
    otid,
    date,
    name: null,
    senderId: null,
    stepId: input.stepId,
    runId: input.runId,
    isErr: null,
    seqId: null,
  });
  const part = (type: string) => {
    if (open?.type !== type) open = { type, otid: partOtid(messageId, parts++) };
    return envelope(messageId, open.otid);
  };
  const callEnvelope = (gated: boolean) => {
    open = null;
    if (!gated) {
      callsOtid ??= partOtid(messageId, parts++);
      return envelope(messageId, callsOtid);
    }
    if (requestId === null) {
      requestId = input.requestsApart ? ports.newId("message") : requestIdOf(messageId);
      requestOtid = partOtid(requestId, input.requestsApart ? 0 : parts++);
    }
    return envelope(requestId, requestOtid);
  };
  const claim = (given: string): string => {
    const id = given && !taken.has(given) ? given : ports.newId("call");
    taken.add(id);
    return id;
  };

  const opaqueItem = (event: Extract<ModelEvent, { type: "opaque" }>): MessageItem | null => {
    const { of, opaque } = event;
    if (typeof of === "object") {
      const call = calls.get(of.call);
      if (!call) return null;
      const type = call.gated ? "approval-request-delta" : "tool-call-delta";
      return { ...callEnvelope(call.gated), type, call: { id: call.id, opaque } };
    }
    // A dialect may have read the text as thought.
    const isText = of === "text" && open?.type !== "reasoning";
    const head = part(isText ? "assistant" : "reasoning");
    open = null;
    if (isText) return { ...head, type: "assistant", content: "", opaque };
    const source = of === "text" ? "non_reasoner_model" : "reasoner_model";
    return { ...head, type: "reasoning", reasoning: "", source, signature: null, opaque };
  };

  return (event) => {
    switch (event.type) {
      case "opaque":
        return opaqueItem(event);
      case "text":
        return event.text === "" ? null : { ...part("assistant"), type: "assistant", content: event.text };
      case "reasoning": {
        const source = event.source ?? "reasoner_model";
        // Its own thought and one that a dialect reads are two.
        if (open?.type === "reasoning" && thinker !== source) open = null;
        thinker = source;
        const head = part("reasoning");
        // A signature ends its thought: what follows is another one, with a signature of its own.
        if (event.signature) open = null;
        return {
          ...head,
          type: "reasoning",
          reasoning: event.text,
          source,
          signature: event.signature ?? null,
        };
      }
      case "redacted-reasoning": {
        const head = part("hidden");
        open = null;
        return { ...head, type: "hidden-reasoning", state: "redacted", hiddenReasoning: event.data };
      }
      case "tool-call": {
        const gated = input.gated.has(event.name);
        const call = kept++ < input.maxCalls ? { id: claim(event.id), gated } : null;
        calls.set(event.id, call);
        if (!call) return null;
        const type = gated ? "approval-request-delta" : "tool-call-delta";
        return { ...callEnvelope(gated), type, call: { id: call.id, name: event.name } };
      }
      case "tool-call-arguments": {
        const call = calls.get(event.id);
        if (!call || event.text === "") return null;
        const type = call.gated ? "approval-request-delta" : "tool-call-delta";
        return { ...callEnvelope(call.gated), type, call: { id: call.id, arguments: event.text } };
      }
      default:
        return null;
    }
  };
}
