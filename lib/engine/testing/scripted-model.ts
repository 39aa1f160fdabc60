import type { FinishReason, Model, ModelEvent, ModelFailure, ModelRequest, TokenUsage } from "../model";

/** What a scripted model sends in one turn; a function is given the request, and may wait. */
export type Script = ModelEvent[] | ((request: ModelRequest, signal: AbortSignal) => AsyncIterable<ModelEvent>);

export type ScriptedModel = Model & {
  /** As the model was shown them, in order. */
  requests: ModelRequest[];
  /** Turns that were not taken yet. */
  left(): number;
};

const CANCELLED: ModelEvent = {
  type: "error",
  error: { kind: "cancelled", message: "The run was cancelled.", detail: null, status: null },
};

/** A model that sends what it is told to, turn by turn; asked once more, it throws. */
export function scriptedModel(scripts: Script[], changes: Partial<Model> = {}): ScriptedModel {
  const queue = [...scripts];
  const requests: ModelRequest[] = [];
  return {
    handle: "scripted/model",
    provider: "scripted",
    name: "model",
    contextWindow: 32_000,
    ...changes,
    requests,
    left: () => queue.length,
    async *stream(request, signal) {
      requests.push({ ...request, messages: structuredClone(request.messages) });
      const script = queue.shift();
      if (!script) throw new Error(`the script is over, but the model is asked: ${lastWords(request)}`);
      if (typeof script === "function") return yield* script(request, signal);
      for (const event of script) {
        if (signal.aborted) return yield CANCELLED;
        yield event;
      }
    },
  };
}

function lastWords(request: ModelRequest): string {
  return JSON.stringify(request.messages.at(-1)?.parts).slice(0, 300);
}

const USAGE: TokenUsage = { input: 100, output: 10, cachedInput: null, cacheWrite: null, reasoning: null };

/** A turn of text, in two fragments. */
export function says(text: string, usage: Partial<TokenUsage> = {}, reason: FinishReason = "stop"): ModelEvent[] {
  const half = Math.ceil(text.length / 2);
  return [{ type: "text", text: text.slice(0, half) }, { type: "text", text: text.slice(half) }, finish(reason, usage)];
}

export type ScriptedCall = { id: string; name: string; args: Record<string, unknown> | string };

/** A turn of tool calls, each with its arguments in two fragments. */
export function calls(...made: ScriptedCall[]): ModelEvent[] {
  return [...made.flatMap(callEvents), finish("tool-calls")];
}

export function callEvents({ id, name, args }: ScriptedCall): ModelEvent[] {
  const text = typeof args === "string" ? args : JSON.stringify(args);
  const half = Math.ceil(text.length / 2);
  return [
    { type: "tool-call", id, name },
    { type: "tool-call-arguments", id, text: text.slice(0, half) },
    { type: "tool-call-arguments", id, text: text.slice(half) },
  ];
}

export function finish(reason: FinishReason = "stop", usage: Partial<TokenUsage> = {}): ModelEvent {
  return { type: "finish", reason, usage: { ...USAGE, ...usage } };
}

export function fails(kind: ModelFailure["kind"], message = `scripted ${kind}`): ModelEvent {
  return { type: "error", error: { kind, message, detail: null, status: null } };
}
