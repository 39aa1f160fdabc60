import { estimateText, estimateTokens, estimateTool, sumOf } from "@/lib/engine/estimate";
import type { Model, ModelEvent, ModelRequest } from "@/lib/engine/model";
import { type Message, textOf, toolReturnsOf } from "@/lib/stream/message";

export const DEMO_HANDLE = "memoir/demo";
export const DEMO_LABEL = "demo model — not an LLM";

const TOKEN_MS = 12;

/**
 * A small deterministic program in the place of a model, so that every pane moves before a key is entered. It reads the
 * last message by fixed patterns, calls the memory and search tools that the agent has, and says what it is.
 */
export function demoModel(tokenMs = TOKEN_MS): Model {
  return {
    handle: DEMO_HANDLE,
    provider: "memoir",
    name: "demo",
    contextWindow: 32_000,
    windowSource: "provider",
    async *stream(request, signal) {
      const plan = decide(request);
      let output = 0;
      for (const event of eventsOf(plan, request)) {
        if (signal.aborted) {
          yield {
            type: "error",
            error: { kind: "cancelled", message: "The run was cancelled.", detail: null, status: null },
          };
          return;
        }
        output++;
        yield event;
        if (tokenMs > 0) await new Promise((resolve) => setTimeout(resolve, tokenMs));
      }
      const input = requestTokens(request);
      const reason = plan.call ? "tool-calls" : "stop";
      yield { type: "finish", reason, usage: { input, output, cachedInput: null, cacheWrite: null, reasoning: null } };
    },
  };
}

/** About how many tokens a request has: an estimate, for models that are programs. */
export function requestTokens(request: ModelRequest): number {
  const fixed = estimateText(request.system) + sumOf(request.tools, estimateTool);
  return fixed + sumOf(request.messages, estimateTokens);
}

type Plan = { thought: string; say: string | null; call: { name: string; args: Record<string, unknown> } | null };

const FACTS: { pattern: RegExp; note: (match: RegExpExecArray) => string }[] = [
  { pattern: /\bmy name is ([\p{L}][\p{L}' -]{0,40}?)(?=[.,!?]|$| and\b)/iu, note: (m) => `Name: ${m[1]!.trim()}` },
  { pattern: /\bI(?: really)? (?:like|love|enjoy|prefer) ([^.!?\n]{2,80})/i, note: (m) => `Likes: ${m[1]!.trim()}` },
  { pattern: /\bI (?:live|work|am based) (?:in|at|for) ([^.!?\n]{2,60})/i, note: (m) => `Where: ${m[1]!.trim()}` },
  { pattern: /\b(?:please )?remember (?:that )?([^.!?\n]{3,160})/i, note: (m) => m[1]!.trim() },
];
const QUESTION = /\b(?:do you (?:remember|recall|know)|what did (?:i|we)|when did (?:i|we)|search|recall)\b/i;

function decide(request: ModelRequest): Plan {
  const last = request.messages.at(-1);
  if (last?.role === "tool") return afterTool(request, last);
  const asked = lastUserText(request.messages);
  const has = (name: string) => request.tools.some((tool) => tool.name === name);
  if (QUESTION.test(asked) && has("conversation_search")) {
    return {
      thought: "The message asks about the past, so the conversation is searched.",
      say: null,
      call: { name: "conversation_search", args: { query: keywords(asked), limit: 3 } },
    };
  }
  for (const { pattern, note } of FACTS) {
    const match = pattern.exec(asked);
    const call = match && memoryCall(note(match), has);
    if (call) return { thought: "The message states a fact, so it is written to memory.", say: null, call };
  }
  return answer(request, asked === "" ? "Hello." : `You wrote ${asked.length} characters: “${clip(asked, 120)}”.`);
}

function memoryCall(note: string, has: (name: string) => boolean): Plan["call"] {
  if (has("memory_insert"))
    return { name: "memory_insert", args: { label: "human", new_string: note, insert_line: -1 } };
  if (has("core_memory_append")) return { name: "core_memory_append", args: { label: "human", content: note } };
  if (has("archival_memory_insert")) return { name: "archival_memory_insert", args: { content: note } };
  return null;
}

function afterTool(request: ModelRequest, message: Message): Plan {
  const [ret] = toolReturnsOf(message);
  const text = typeof ret?.content === "string" ? ret.content : "";
  if (ret?.status === "error") return answer(request, `The tool ${ret.name} failed: ${clip(text, 160)}`);
  if (ret?.name === "conversation_search")
    return answer(request, `I searched our conversation. It returned: ${clip(text, 240)}`);
  return answer(request, `Done: ${ret?.name ?? "the tool"} changed what I will remember.`);
}

function answer(request: ModelRequest, text: string): Plan {
  const say = `${text} (${DEMO_LABEL}: choose a real model in the agent's settings.)`;
  const thought = "A fixed rule picks this answer.";
  const speaks = request.tools.some((tool) => tool.name === "send_message");
  return speaks
    ? { thought, say: null, call: { name: "send_message", args: { message: say } } }
    : { thought, say, call: null };
}

function* eventsOf(plan: Plan, request: ModelRequest): Generator<ModelEvent> {
  const spec = request.tools.find((tool) => tool.name === plan.call?.name);
  const thinks = spec && "thinking" in spec.parameters.properties;
  if (!thinks) for (const text of words(plan.thought)) yield { type: "reasoning", text };
  for (const text of words(plan.say ?? "")) yield { type: "text", text };
  if (!plan.call) return;
  const id = `call_demo_${request.messages.length}`;
  const beats = spec && "request_heartbeat" in spec.parameters.properties;
  const args = {
    ...(thinks ? { thinking: plan.thought } : {}),
    ...plan.call.args,
    ...(beats ? { request_heartbeat: plan.call.name !== "send_message" } : {}),
  };
  yield { type: "tool-call", id, name: plan.call.name };
  for (const text of words(JSON.stringify(args))) yield { type: "tool-call-arguments", id, text };
}

function lastUserText(messages: readonly Message[]): string {
  const last = messages.findLast((message) => message.role === "user" && !textOf(message).startsWith('{"type":'));
  return last ? textOf(last).trim() : "";
}

function keywords(text: string): string {
  return (
    text
      .replaceAll(QUESTION, " ")
      .replaceAll(/[^\p{L}\p{N} ]/gu, " ")
      .replaceAll(/\s+/g, " ")
      .trim() || text
  );
}

const words = (text: string) => text.match(/\S+\s*|\s+/g) ?? [];
const clip = (text: string, length: number) => (text.length > length ? `${text.slice(0, length)}…` : text);
