import { estimateText, estimateTokens, estimateTool, sumOf } from "@/lib/engine/estimate";
import type { Model, ModelEvent, ModelRequest } from "@/lib/engine/model";
import { type Plan, planOf } from "./demo/plan";

export const DEMO_HANDLE = "memoir/demo";
export const DEMO_LABEL = "demo model — not an LLM";

const TOKEN_MS = 12;

/**
 * A small deterministic program in the place of a model, so that every pane moves before a key is entered. It reads the
 * last message by fixed patterns, calls the tools that the agent has, answers from its memory blocks, and says what it is.
 */
export function demoModel(tokenMs = TOKEN_MS): Model {
  return {
    handle: DEMO_HANDLE,
    provider: "memoir",
    name: "demo",
    contextWindow: 32_000,
    windowSource: "provider",
    async *stream(request, signal) {
      const format = request.settings.response_format ?? request.settings.response_schema;
      if (
        format &&
        (format as { type?: unknown }).type !== "text" &&
        !request.tools.some(({ name }) => name === "send_message")
      ) {
        yield { type: "error", error: { kind: "llm_bad_request", message: NO_FORM, detail: null, status: null } };
        return;
      }
      const plan = spoken(planOf(request), request);
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

const NO_FORM =
  "The demo model answers in words alone: take response_format away, or choose a real model in the agent's settings.";

/** About how many tokens a request has: an estimate, for models that are programs. */
export function requestTokens(request: ModelRequest): number {
  const fixed = estimateText(request.system) + sumOf(request.tools, estimateTool);
  return fixed + sumOf(request.messages, estimateTokens);
}

type Spoken = { thought: string; text: string | null; call: Extract<Plan, { call: unknown }>["call"] | null };

/** A plan as this agent speaks: by a tool where it has one for that. */
function spoken(plan: Plan, request: ModelRequest): Spoken {
  if ("call" in plan) return { thought: plan.thought, text: null, call: plan.call };
  const text = `${plan.say} (${DEMO_LABEL}: choose a real model in the agent's settings.)`;
  return request.tools.some((tool) => tool.name === "send_message")
    ? { thought: plan.thought, text: null, call: { name: "send_message", args: { message: text } } }
    : { thought: plan.thought, text, call: null };
}

function* eventsOf({ thought, text, call }: Spoken, request: ModelRequest): Generator<ModelEvent> {
  const spec = request.tools.find((tool) => tool.name === call?.name);
  const thinks = spec && "thinking" in spec.parameters.properties;
  if (!thinks) for (const word of words(thought)) yield { type: "reasoning", text: word };
  for (const word of words(text ?? "")) yield { type: "text", text: word };
  if (!call) return;
  const id = `call_demo_${request.messages.length}`;
  const beats = spec && "request_heartbeat" in spec.parameters.properties;
  const args = {
    ...(thinks ? { thinking: thought } : {}),
    ...call.args,
    ...(beats ? { request_heartbeat: call.name !== "send_message" } : {}),
  };
  yield { type: "tool-call", id, name: call.name };
  for (const word of words(JSON.stringify(args))) yield { type: "tool-call-arguments", id, text: word };
}

const words = (text: string) => text.match(/\S+\s*|\s+/g) ?? [];
