import type { LanguageModelV4CallOptions, LanguageModelV4Prompt } from "@ai-sdk/provider";

const NOTED = "[Noted.]";

/**
 * Anthropic takes a thinking model's request only where nothing is forced to be called, and where the turn that is going
 * on began with a thought. A turn whose calls have none (made by another model, or before thinking was switched on) goes
 * on without thinking; behind one that is over stands a word, so that a new one begins.
 */
export function withThinkingTurns(options: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  const anthropic = options.providerOptions?.anthropic as { thinking?: { type?: string } } | undefined;
  const type = anthropic?.thinking?.type;
  if (type !== "enabled" && type !== "adaptive") return options;
  const free = withoutForce(options);
  const at = free.prompt.findLastIndex(({ role }) => role === "assistant");
  const last = free.prompt[at];
  if (last?.role !== "assistant" || !last.content.some((part) => part.type === "tool-call")) return free;
  if (last.content[0]?.type === "reasoning") return free;
  const next = free.prompt.findIndex((message, index) => index > at && message.role === "user");
  if (next > 0) return { ...free, prompt: withWord(free.prompt, next) };
  const { thinking: _thinking, ...rest } = anthropic as Record<string, never>;
  return { ...options, providerOptions: { ...options.providerOptions, anthropic: rest } };
}

function withWord(prompt: LanguageModelV4Prompt, at: number): LanguageModelV4Prompt {
  return [...prompt.slice(0, at), { role: "assistant", content: [{ type: "text", text: NOTED }] }, ...prompt.slice(at)];
}

/** The one tool that must be called is the only one that is shown; beyond that the model is free. */
function withoutForce(options: LanguageModelV4CallOptions): LanguageModelV4CallOptions {
  const { toolChoice, tools } = options;
  if (toolChoice?.type === "required") return { ...options, toolChoice: { type: "auto" } };
  if (toolChoice?.type !== "tool" || !tools) return options;
  const only = tools.filter((tool) => tool.name === toolChoice.toolName);
  return { ...options, tools: only, toolChoice: { type: "auto" } };
}
