import type { Item, ToolCallDelta, Usage } from "./item";
import type { StopReason } from "./message";

/** What an OpenAI-compatible client is told of a run, in order: one `finish`, then its usage; or an error, and nothing more. */
export type ChatEvent =
  | { type: "delta"; delta: ChatDelta }
  | { type: "finish"; reason: ChatFinishReason }
  | { type: "usage"; usage: ChatUsage }
  | { type: "error"; error: Extract<Item, { type: "error" }> };

export type ChatDelta = {
  role?: "assistant";
  content?: string;
  /** The model's thought, where clients that know of such a thing look for it. */
  reasoning_content?: string;
  tool_calls?: ChatCallDelta[];
};
export type ChatCallDelta = {
  index: number;
  id?: string;
  type?: "function";
  function: { name?: string; arguments?: string };
};
export type ChatFinishReason = "stop" | "length" | "tool_calls";
export type ChatUsage = {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number } | null;
  completion_tokens_details: { reasoning_tokens: number } | null;
};

export type ChatReader = { push(item: Item): ChatEvent[] };

/**
 * Reads a run's items, whole or in fragments, as one assistant message of OpenAI's protocol: texts of several steps are
 * paragraphs of it; the agent's own tool calls and their returns are not shown. Calls of the client's tools are its
 * `tool_calls`; a call that waits for a person's approval can't be answered there, and is said in words.
 */
export function readChat(clientTools: ReadonlySet<string>): ChatReader {
  const calls = new Map<string, number>();
  const waiting: { id: string; name: string }[] = [];
  let saidIn: string | null = null;
  let ended: ChatEvent[] = [];

  function say(messageId: string, text: string): ChatEvent[] {
    if (text === "") return [];
    const gap = saidIn !== null && saidIn !== messageId ? "\n\n" : "";
    saidIn = messageId;
    return [{ type: "delta", delta: { content: gap + text } }];
  }

  function call({ id, name, arguments: text }: ToolCallDelta): ChatEvent[] {
    const known = calls.get(id);
    if (known === undefined && name !== undefined && !clientTools.has(name)) waiting.push({ id, name });
    if (waiting.some((one) => one.id === id)) return [];
    const index = known ?? calls.size;
    calls.set(id, index);
    const begins = known === undefined ? { id, type: "function" as const } : {};
    const said = { ...(name === undefined ? {} : { name }), ...(text === undefined ? {} : { arguments: text }) };
    return [{ type: "delta", delta: { tool_calls: [{ index, ...begins, function: said }] } }];
  }

  function end(stopReason: StopReason): ChatEvent[] {
    const pending = waiting.map(({ id, name }) => `${name} (${id})`).join(", ");
    const note = pending === "" ? [] : say("", `[Waiting for the approval of a tool call: ${pending}]`);
    return [...note, { type: "finish", reason: calls.size > 0 ? "tool_calls" : finishReason(stopReason) }];
  }

  return {
    push(item) {
      switch (item.type) {
        case "assistant":
          return say(item.id, typeof item.content === "string" ? item.content : item.content.map(textOfPart).join(""));
        case "reasoning":
          return item.reasoning === "" ? [] : [{ type: "delta", delta: { reasoning_content: item.reasoning } }];
        case "approval-request":
          return item.calls.flatMap(call);
        case "approval-request-delta":
          return call(item.call);
        case "stop":
          // What follows tells whether it was an end or a failure; nothing follows a cancelled run.
          ended = end(item.stopReason);
          return item.stopReason === "cancelled" ? ended : [];
        case "usage":
          return [...ended, { type: "usage", usage: chatUsage(item) }];
        case "error":
          return [{ type: "error", error: item }];
        default:
          return [];
      }
    },
  };
}

const textOfPart = (part: { type: string; text?: string }) => part.text ?? "";

/** A run that was out of steps was cut, as an answer is that was out of tokens. */
function finishReason(stopReason: StopReason): ChatFinishReason {
  return stopReason === "max_tokens_exceeded" || stopReason === "max_steps" ? "length" : "stop";
}

export function chatUsage(usage: Usage): ChatUsage {
  const { promptTokens, completionTokens, totalTokens, cachedInputTokens, reasoningTokens } = usage;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: totalTokens,
    prompt_tokens_details: cachedInputTokens === null ? null : { cached_tokens: cachedInputTokens },
    completion_tokens_details: reasoningTokens === null ? null : { reasoning_tokens: reasoningTokens },
  };
}

export type ChatMessage = {
  role: "assistant";
  content: string | null;
  reasoning_content?: string;
  tool_calls?: { id: string; type: "function"; function: { name: string; arguments: string } }[];
};

/** The deltas of a message as the message. */
export function joinDeltas(deltas: readonly ChatDelta[]): ChatMessage {
  const calls: NonNullable<ChatMessage["tool_calls"]> = [];
  let content: string | null = null;
  let reasoning = "";
  for (const delta of deltas) {
    if (delta.content !== undefined) content = (content ?? "") + delta.content;
    reasoning += delta.reasoning_content ?? "";
    for (const { index, id, function: said } of delta.tool_calls ?? []) {
      const call = calls[index] ?? { id: id ?? "", type: "function", function: { name: "", arguments: "" } };
      call.function.name += said.name ?? "";
      call.function.arguments += said.arguments ?? "";
      calls[index] = call;
    }
  }
  return {
    role: "assistant",
    content,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}
