import type { Envelope, Item, MessageItem, ToolCallDelta } from "./item";
import {
  type ContentPart,
  type Message,
  type MessageRole,
  type Opaque,
  type Part,
  partOtid,
  requestIdOf,
  type TextPart,
  type ToolCall,
  type ToolCallPart,
  textOf,
} from "./message";

/**
 * Messages as far as their items have come. Values are never edited: a step on keeps every message and part that did
 * not change as the same object.
 */
export type FoldState = {
  readonly messages: readonly Message[];
  /** Of each message of `messages`, which of its parts came under which otid. */
  readonly slots: readonly (readonly Slot[])[];
};

/** The parts of one message that came under one otid as one kind of item. */
type Slot = { otid: string | null; kind: SlotKind; index: number | null; parts: readonly Part[] };
type StoredItem = Exclude<MessageItem, { type: "event" }>;
type SlotKind = Exclude<StoredItem["type"], "tool-call-delta" | "approval-request-delta">;
type Entry = { message: Message; slots: readonly Slot[] };

export const EMPTY_FOLD: FoldState = { messages: [], slots: [] };

const ROLES: Record<SlotKind, MessageRole> = {
  user: "user",
  system: "system",
  assistant: "assistant",
  reasoning: "assistant",
  "hidden-reasoning": "assistant",
  "tool-call": "assistant",
  "approval-request": "approval",
  "approval-response": "approval",
  "tool-return": "tool",
  summary: "summary",
};

/**
 * Turns items into the messages they tell of, in order of first appearance, in one pass.
 *
 * Items with one id are one message; its parts stand in the order of the index in their otid (see `partOtid`), others
 * in order of appearance. Of items with one id, otid and type, strings concatenate (also a call's arguments, by call
 * id), lists (content parts, whole calls, returns, decisions) replace. Empty text makes no part. What a message is
 * said to be (date, run, step…) is what its first item says; `groupId` and `model` are in no item and null. Items of
 * the run and compaction events make no message.
 */
export function fold(items: Iterable<Item>): Message[] {
  const entries = new Map<string, Entry>();
  for (const item of items) {
    if (isStored(item)) entries.set(item.id, addItem(entries.get(item.id), item));
  }
  return Array.from(entries.values(), (entry) => entry.message);
}

/**
 * Items in which each model turn whose calls all wait for approval is one message: a stream says its words under the
 * turn's id and the request under another (see `requestIdOf`); what is kept, and shown at once, has the request's id for
 * all of it.
 */
export function joinRequests<T extends Item>(items: readonly T[]): T[] {
  const requests = new Set(items.flatMap((item) => (isRequest(item) ? [item.id] : [])));
  if (requests.size === 0) return [...items];
  const apart = new Set(items.flatMap((item) => (isCallItem(item) ? [item.id] : [])));
  return items.map((item) => {
    if (!isStored(item) || apart.has(item.id)) return item;
    const requestId = requestIdOf(item.id);
    if (!requests.has(requestId)) return item;
    const index = otidIndex(item);
    return { ...item, id: requestId, otid: index === null ? item.otid : partOtid(requestId, index) };
  });
}

const isRequest = (item: Item) => item.type === "approval-request" || item.type === "approval-request-delta";
const isCallItem = (item: Item) => item.type === "tool-call" || item.type === "tool-call-delta";

/** One step of `fold`. Returns `state` itself where the item changes nothing. */
export function foldItem(state: FoldState, item: Item): FoldState {
  if (!isStored(item)) return state;
  const at = state.messages.findLastIndex((message) => message.id === item.id);
  if (at === -1) {
    const { message, slots } = addItem(undefined, item);
    return { messages: [...state.messages, message], slots: [...state.slots, slots] };
  }
  const before = { message: state.messages[at]!, slots: state.slots[at]! };
  const after = addItem(before, item);
  if (after === before) return state;
  return { messages: state.messages.with(at, after.message), slots: state.slots.with(at, after.slots) };
}

/**
 * The whole items of a stored message; `fold` of them is the message again, but for `groupId`, `model` and empty text.
 *
 * A user or system message is one item under its own otid. Otherwise each text, image and reasoning is an item, all
 * tool calls (returns, decisions) are one where the first of them stands, and otids count the items from 0; an otid
 * that a client gave (to an approval) stays.
 */
export function messageToItems(message: Message): MessageItem[] {
  if (message.role === "user")
    return [{ ...envelope(message, message.otid), type: "user", content: userContent(message) }];
  if (message.role === "system")
    return [{ ...envelope(message, message.otid), type: "system", content: textOf(message) }];
  const said = new Set<string>();
  const items: MessageItem[] = [];
  for (const part of message.parts) {
    const grouped = part.type === "tool_call" || part.type === "tool_return" || part.type === "approval";
    if (grouped && said.has(part.type)) continue;
    said.add(part.type);
    const index = items.length;
    const otid = (index === 0 ? message.otid : null) ?? partOtid(message.id, index);
    items.push(partToItem(part, message, envelope(message, otid)));
  }
  return items;
}

function partToItem(part: Part, message: Message, head: Envelope): MessageItem {
  switch (part.type) {
    case "text":
      return { ...head, type: "assistant", content: part.signature == null ? part.text : [part], ...opaqueOf(part) };
    case "image":
      return { ...head, type: "assistant", content: [part] };
    case "reasoning":
      return { ...head, ...part };
    case "hidden_reasoning":
      return {
        ...head,
        type: "hidden-reasoning",
        state: part.state,
        hiddenReasoning: part.hiddenReasoning,
        ...opaqueOf(part),
      };
    case "summary":
      return { ...head, ...part };
    case "tool_call": {
      const calls = partsOf(message, "tool_call").map(({ type, ...call }) => call);
      return { ...head, type: message.role === "approval" ? "approval-request" : "tool-call", calls };
    }
    case "tool_return":
      return { ...head, type: "tool-return", returns: partsOf(message, "tool_return").map(({ type, ...one }) => one) };
    case "approval":
      return { ...head, type: "approval-response", decisions: partsOf(message, "approval").map((one) => one.decision) };
  }
}

function partsOf<T extends Part["type"]>(message: Message, type: T): Extract<Part, { type: T }>[] {
  return message.parts.filter((part): part is Extract<Part, { type: T }> => part.type === type);
}

function userContent(message: Message): string | ContentPart[] {
  const parts = message.parts.filter((part): part is ContentPart => part.type === "text" || part.type === "image");
  const [first] = parts;
  if (first === undefined) return "";
  return parts.length === 1 && first.type === "text" && first.signature == null ? first.text : parts;
}

function envelope(message: Message, otid: string | null): Envelope {
  const { id, name, senderId, stepId, runId, isErr, createdAt } = message;
  return { id, otid, date: createdAt, name, senderId, stepId, runId, isErr, seqId: null };
}

function isStored(item: Item): item is StoredItem {
  switch (item.type) {
    case "ping":
    case "stop":
    case "usage":
    case "error":
    case "event":
      return false;
    default:
      return true;
  }
}

function addItem(entry: Entry | undefined, item: StoredItem): Entry {
  const kind = slotKind(item);
  const before = entry ?? { message: emptyMessage(item, ROLES[kind]), slots: [] };
  const at = before.slots.findIndex((slot) => slot.otid === item.otid && slot.kind === kind);
  const slot = before.slots[at] ?? { otid: item.otid, kind, index: otidIndex(item), parts: [] };
  const parts = addToParts(slot.parts, item);
  if (entry !== undefined && at !== -1 && parts === slot.parts) return entry;

  const slots = at === -1 ? insertSlot(before.slots, { ...slot, parts }) : before.slots.with(at, { ...slot, parts });
  // Thoughts that came before a request for approval belong to that request.
  const role = ROLES[kind] === "approval" ? "approval" : before.message.role;
  return { message: { ...before.message, role, parts: slots.flatMap((one) => one.parts) }, slots };
}

function slotKind(item: StoredItem): SlotKind {
  if (item.type === "tool-call-delta") return "tool-call";
  return item.type === "approval-request-delta" ? "approval-request" : item.type;
}

function emptyMessage(item: StoredItem, role: MessageRole): Message {
  return {
    id: item.id,
    role,
    parts: [],
    otid: otidIndex(item) === null ? item.otid : null,
    name: item.name,
    senderId: item.senderId,
    groupId: null,
    runId: item.runId,
    stepId: item.stepId,
    model: null,
    isErr: item.isErr,
    createdAt: item.date,
  };
}

/** The index that `partOtid` wrote into an otid; null for an otid that is not made from the message's id. */
function otidIndex({ id, otid, type }: StoredItem): number | null {
  if (otid === null || type === "user" || type === "system") return null;
  const stem = partOtid(id, 0).slice(0, -2);
  const index = otid.startsWith(stem) ? otid.slice(stem.length) : "";
  return /^[0-9a-f]{2,4}$/.test(index) ? Number.parseInt(index, 16) : null;
}

function insertSlot(slots: readonly Slot[], slot: Slot): Slot[] {
  const { index } = slot;
  const at = index === null ? -1 : slots.findIndex((other) => other.index !== null && other.index > index);
  return slots.toSpliced(at === -1 ? slots.length : at, 0, slot);
}

/** Returns `parts` itself where the item adds nothing to them. */
function addToParts(parts: readonly Part[], item: StoredItem): readonly Part[] {
  switch (item.type) {
    case "user":
    case "system":
    case "assistant":
      return typeof item.content === "string" ? addText(parts, item.content, opaqueOf(item)) : item.content;
    case "reasoning":
      return addReasoning(parts, item);
    case "hidden-reasoning":
      return [
        {
          type: "hidden_reasoning",
          state: item.state,
          hiddenReasoning: item.hiddenReasoning,
          ...opaqueOf(item),
        },
      ];
    case "summary": {
      const last = parts.at(-1);
      const before = last?.type === "summary" ? last : { summary: "", stats: null };
      return [{ type: "summary", summary: before.summary + item.summary, stats: item.stats ?? before.stats }];
    }
    case "tool-call":
    case "approval-request":
      return item.calls.map(callPart);
    case "tool-call-delta":
    case "approval-request-delta":
      return addToCall(parts, item.call);
    case "tool-return":
      return item.returns.map((one) => ({ type: "tool_return", ...one }));
    case "approval-response":
      return item.decisions.map((decision) => ({ type: "approval", decision }));
  }
}

type Held = { opaque?: Opaque };

/** What is to be kept beside a part, as keys to spread: a part without it has no such key. */
function opaqueOf(held: object): Held {
  const { opaque } = held as Held;
  return opaque ? { opaque } : {};
}

function addText(parts: readonly Part[], text: string, held: Held): readonly Part[] {
  if (text === "" && !held.opaque) return parts;
  const last = parts.at(-1);
  if (last?.type !== "text") return [...parts, { type: "text", text, ...held }];
  return parts.with(-1, { ...last, text: last.text + text, ...held } satisfies TextPart);
}

function addReasoning(parts: readonly Part[], item: Extract<StoredItem, { type: "reasoning" }>): readonly Part[] {
  const { type, reasoning, source, signature } = item;
  const held = opaqueOf(item);
  if (reasoning === "" && signature === null && !held.opaque) return parts;
  const last = parts.at(-1);
  if (last?.type !== "reasoning") return [{ type, reasoning, source, signature, ...held }];
  return [{ ...last, reasoning: last.reasoning + reasoning, signature: signature ?? last.signature, ...held }];
}

/** A fragment without an id goes on with the last call. */
function addToCall(parts: readonly Part[], delta: ToolCallDelta): readonly Part[] {
  const at = parts.findLastIndex((part) => part.type === "tool_call" && (part.id === delta.id || delta.id === ""));
  const { id, name = "", arguments: text = "" } = delta;
  const held = opaqueOf(delta);
  if (at === -1) return [...parts, callPart({ id, name, arguments: text, ...held })];
  const call = parts[at] as ToolCallPart;
  if (text === "" && !held.opaque && (name === "" || call.name !== "")) return parts;
  return parts.with(at, { ...call, name: call.name || name, arguments: call.arguments + text, ...held });
}

function callPart({ id, name, arguments: text, ...rest }: ToolCall): ToolCallPart {
  return { type: "tool_call", id, name, arguments: text, ...opaqueOf(rest) };
}
