import { NATIVE } from "@/lib/engine/dialect";
import type { ModelEvent, ModelRequest } from "@/lib/engine/model";
import type { Ports } from "@/lib/engine/ports";
import { takeTurn } from "@/lib/engine/turn";
import { fold } from "@/lib/stream/fold";
import type { Message, Part } from "@/lib/stream/message";
import type { ProviderType } from "../../config/provider-settings";
import { asModel, type Patience } from "../language-model";
import { createProvider } from "../providers";
import type { ModelInfo } from "../registry";

/** One answer of a server: a status with a body, or frames of a stream, each an object, or text that goes out as it is. */
export type Answer =
  | { status: number; body: unknown; headers?: Record<string, string> }
  | { frames: (object | string)[]; done?: boolean }
  | { json: unknown };

export type Sent = { url: string; body: Record<string, unknown> };

/** What a server of chat completions sends for a delta. */
export const chunk = (delta: unknown, finish: string | null = null) => ({
  id: "c1",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta, finish_reason: finish }],
});

/** A network of one server, which answers in order, by what it was asked; its last answer is for all that follows. */
export function network(...answers: (Answer | ((sent: Sent) => Answer))[]): { send: typeof fetch; sent: Sent[] } {
  const sent: Sent[] = [];
  const send = async (input: unknown, init?: RequestInit) => {
    const asked = { url: String(input), body: JSON.parse(String(init?.body)) };
    sent.push(asked);
    const next = answers[Math.min(sent.length, answers.length) - 1]!;
    return respond(typeof next === "function" ? next(asked) : next);
  };
  return { send: send as typeof fetch, sent };
}

function respond(answer: Answer): Response {
  if ("status" in answer) {
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    const headers = { "content-type": "application/json", ...answer.headers };
    return new Response(text, { status: answer.status, headers });
  }
  if ("json" in answer)
    return new Response(JSON.stringify(answer.json), { headers: { "content-type": "application/json" } });
  const frames = answer.frames.map((frame) =>
    typeof frame === "string" ? frame : `data: ${JSON.stringify(frame)}\n\n`,
  );
  if (answer.done !== false) frames.push("data: [DONE]\n\n");
  const body = new ReadableStream({
    start(controller) {
      for (const frame of frames) controller.enqueue(new TextEncoder().encode(frame));
      controller.close();
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

export type Speaker = { type: ProviderType; provider?: string; name: string; baseUrl?: string };

export function infoOf({ type, provider = type, name, baseUrl }: Speaker): ModelInfo {
  return {
    handle: `${provider}/${name}`,
    name,
    displayName: name,
    providerType: type === "openai-compatible" ? "openai" : type,
    providerName: provider,
    providerCategory: "base",
    endpoint: baseUrl ?? (type === "openai" ? "https://api.openai.com/v1" : `https://${provider}.example/v1`),
    contextWindow: 100_000,
    windowSource: "provider",
    maxTokens: 1000,
    demo: false,
  };
}

const QUICK: Patience = { silenceMs: 5000, retries: 3, retryBaseMs: 1 };

export function modelOf(speaker: Speaker, send: typeof fetch, patience: Patience = QUICK) {
  const info = infoOf(speaker);
  const settings = { name: info.providerName, type: speaker.type, category: "base" as const, apiKey: "secret" };
  const provider = createProvider({ ...settings, baseUrl: info.endpoint }, send);
  return asModel(info, provider.languageModel(speaker.name), { patience });
}

export const TOOL = {
  name: "note",
  description: "Notes.",
  parameters: { type: "object" as const, properties: { what: { type: "string" } } },
};

export function requestOf(messages: Message[], changes: Partial<ModelRequest> = {}): ModelRequest {
  return {
    system: "Be brief.",
    messages,
    tools: [TOOL],
    toolChoice: "auto",
    parallelToolCalls: true,
    settings: {},
    ...changes,
  };
}

let messages = 0;

export function message(role: Message["role"], parts: Part[], model: string | null = null): Message {
  const nothing = { otid: null, name: null, senderId: null, groupId: null, runId: null, stepId: null };
  const id = `message-00000000-0000-4000-8000-${String(++messages).padStart(12, "0")}`;
  return { id, role, parts, ...nothing, model, isErr: null, createdAt: "2026-01-01T00:00:00.000Z" };
}

export const user = (text: string) => message("user", [{ type: "text", text }]);

export const returned = (toolCallId: string, content = "ok") =>
  message("tool", [
    { type: "tool_return", toolCallId, name: "note", status: "success", content, stdout: null, stderr: null },
  ]);

/** One turn of the engine with a model: its messages as they are kept, and all events. */
export async function turn(
  speaker: Speaker,
  send: typeof fetch,
  request: ModelRequest,
  more: { patience?: Patience; gated?: string[] } = {},
) {
  let ids = 0;
  const ports = {
    clock: { now: () => "2026-01-01T00:00:00.000Z", monotonic: () => 0 },
    newId: (kind: string) => `${kind}-00000000-0000-4000-9000-${String(++ids).padStart(12, "0")}`,
  } as unknown as Ports;
  const source = takeTurn(
    {
      model: modelOf(speaker, send, more.patience),
      request,
      dialect: NATIVE,
      requestsApart: false,
      dialectOptions: { innerThoughtsInKwargs: false, isTerminal: () => false },
      stepId: "step-1",
      runId: "run-1",
      usedCallIds: new Set(),
      gated: new Set(more.gated),
      maxCalls: Number.POSITIVE_INFINITY,
      signal: new AbortController().signal,
    },
    ports,
  );
  const items = [];
  for (;;) {
    const next = await source.next();
    if (!next.done) items.push(next.value);
    else {
      const events: ModelEvent[] = next.value.attempts.flatMap((attempt) => attempt.events);
      return { ...next.value, items, events, folded: fold(items) };
    }
  }
}
