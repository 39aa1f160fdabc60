import { type ContentPart, type Message, toolCallsOf, toolReturnsOf } from "@/lib/stream/message";
import { summaryAsUser } from "./compaction/cut";
import type { DialectOptions } from "./dialect";
import { CHARS_PER_TOKEN, estimateTokens, sumOf } from "./estimate";
import type { ModelRequest, ToolChoice, ToolSpec } from "./model";
import { renderPrompt } from "./render";
import type { Section } from "./section";
import type { Run, State } from "./state";
import { forcedTool, isTerminal, mustCall } from "./tool-rules";

/** What a step shows the model, as sections for the record and as a request for the model. */
export type StepContext = {
  sections: Section[];
  /** An estimate. */
  messageTokens: number;
  request: ModelRequest;
};

/** Assembles a step's context from the compiled prompt, the tools that are allowed now, and the transcript. */
export function contextForStep(run: Run, state: State, allowed: readonly string[]): StepContext {
  const tools = presentTools(run, allowed);
  const prompt = shownPrompt(run, state);
  const toolSections = tools.map(
    (tool): Section => ({ kind: "tools", label: tool.name, text: JSON.stringify(tool), source: { type: "tools" } }),
  );
  const messages = shownTranscript(state.transcript, run.contextWindow);
  return {
    sections: [...prompt, ...toolSections],
    messageTokens: sumOf(messages, estimateTokens),
    request: {
      system: renderPrompt(prompt),
      messages,
      tools,
      toolChoice: chooseTool(run, state, tools),
      parallelToolCalls:
        run.parallelToolCalls && !run.type.oneCall && run.rules.every((rule) => rule.type === "requires_approval"),
      settings: run.settings,
    },
  };
}

/** The compiled prompt with what this request alone brings. */
export function shownPrompt(run: Run, state: Pick<State, "prompt">): Section[] {
  const { sections } = state.prompt;
  if (!run.instructions) return [...sections, ...run.extraSections];
  const rest = sections[0]?.kind === "instructions" ? sections.slice(1) : sections;
  return [run.instructions, ...rest, ...run.extraSections];
}

function presentTools(run: Run, allowed: readonly string[]): ToolSpec[] {
  const specs = run.tools
    .filter((tool) => allowed.includes(tool.name))
    .map(({ name, description, parameters }) => ({ name, description, parameters }));
  return run.type.dialect.present(specs, dialectOptions(run));
}

export function dialectOptions(run: Run): DialectOptions {
  return {
    innerThoughtsInKwargs: run.innerThoughtsInKwargs,
    isTerminal: (name) => isTerminal(run.rules, name),
  };
}

function chooseTool(run: Run, state: State, tools: readonly ToolSpec[]): ToolChoice {
  if (tools.length === 0) return "none";
  const names = run.tools.map((tool) => tool.name);
  const forced = forcedTool(run.rules, names, state.history);
  if (forced) return { name: forced };
  return run.type.mustCall || mustCall(run.rules, names, state.history) ? "required" : "auto";
}

const SHOWN_RETURN_MIN_CHARS = 5000;
const SHOWN_RETURN_SHARE = 0.2;

/**
 * The transcript as models are shown it: summaries as words of the user, returns right after their calls, and those that
 * would take more than a fifth of the window cut (letta-v1 §3.7). What is kept is not changed.
 */
export function shownTranscript(transcript: readonly Message[], contextWindow: number): Message[] {
  const limitChars = Math.max(SHOWN_RETURN_MIN_CHARS, Math.floor(SHOWN_RETURN_SHARE * contextWindow * CHARS_PER_TOKEN));
  return returnsFirst(transcript).map((message) => {
    if (message.role === "summary") return summaryAsUser(message);
    return message.role === "tool" ? cutReturns(message, limitChars) : message;
  });
}

/** Providers want a call's return before anything else is said; a person may have added to their approval before it ran. */
function returnsFirst(transcript: readonly Message[]): Message[] {
  const shown: Message[] = [];
  const waiting = new Set<string>();
  let held: Message[] = [];
  for (const message of transcript) {
    for (const call of toolCallsOf(message)) waiting.add(call.id);
    for (const one of toolReturnsOf(message)) waiting.delete(one.toolCallId);
    const isWord = message.role === "user" || message.role === "system";
    if (waiting.size > 0 && isWord) held.push(message);
    else shown.push(message);
    if (waiting.size > 0 || held.length === 0) continue;
    shown.push(...held);
    held = [];
  }
  return [...shown, ...held];
}

function cutReturns(message: Message, limitChars: number): Message {
  const isLong = (content: string | ContentPart[]): content is string =>
    typeof content === "string" && content.length > limitChars;
  if (!message.parts.some((part) => part.type === "tool_return" && isLong(part.content))) return message;
  return {
    ...message,
    parts: message.parts.map((part) => {
      if (part.type !== "tool_return" || !isLong(part.content)) return part;
      const cut = part.content.length - limitChars;
      return { ...part, content: `${part.content.slice(0, limitChars)}... [truncated ${cut} chars]` };
    }),
  };
}
