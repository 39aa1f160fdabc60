import type { LanguageModelV4CallOptions, LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { ModelRequest } from "@/lib/engine/model";
import { CHAT } from "../chat/messages";
import { familyOf } from "../family";
import { speaksChat, wantsThoughts } from "../reader";
import type { ModelInfo } from "../registry";
import { formOfAnswer } from "./format";
import { withIds } from "./ids";
import { type Rules, rulesFor } from "./rules";
import { takenSchema } from "./schema";
import { withThinkingTurns } from "./thinking-turns";
import { inTurns, withoutBlanks, withReturns } from "./turns";

type Tool = NonNullable<LanguageModelV4CallOptions["tools"]>[number];
type Assistant = Extract<LanguageModelV4Message, { role: "assistant" }>;

/**
 * What this provider takes of a request: the one step between the transcript and the wire, pure. What is stored does not
 * change, so that an agent whose transcript was refused is answered from then on.
 */
export function takenOptions(
  options: LanguageModelV4CallOptions,
  info: ModelInfo,
  request: ModelRequest,
): LanguageModelV4CallOptions {
  const rules = rulesFor(info);
  const { tools, left } = chosenTools(options, rules, request);
  const { responseFormat, ...others } = options;
  const { format, words } = formOfAnswer(responseFormat ?? null, info, request);
  const notes = [left > 0 ? toolsNote(left, rules) : null, words].filter((note) => note !== null);
  const prompt = withNotes(fitPrompt(options.prompt, rules), notes);
  return withThinkingTurns({
    ...others,
    prompt: withMarks(prompt, info, request),
    ...(tools ? { tools: tools.map((tool) => fitTool(tool, rules)) } : {}),
    ...(format ? { responseFormat: format } : {}),
  });
}

function fitPrompt(prompt: LanguageModelV4Prompt, rules: Rules): LanguageModelV4Prompt {
  return withIds(inTurns(withReturns(withoutBlanks(prompt, rules)), rules), rules.ids);
}

function fitTool(tool: Tool, rules: Rules): Tool {
  if (tool.type !== "function") return tool;
  return { ...tool, inputSchema: takenSchema(tool.inputSchema as never, rules.schema) as never };
}

/** No more tools than are taken: the one that must be called, those that were called here, then as they are attached. */
function chosenTools({ tools, toolChoice }: LanguageModelV4CallOptions, { maxTools }: Rules, request: ModelRequest) {
  if (!tools || maxTools === null || tools.length <= maxTools) return { tools, left: 0 };
  const called = new Set(
    request.messages.flatMap((message) =>
      message.parts.flatMap((part) => (part.type === "tool_call" ? part.name : [])),
    ),
  );
  const rank = ({ name }: Tool) =>
    toolChoice?.type === "tool" && toolChoice.toolName === name ? 0 : called.has(name) ? 1 : 2;
  const first = tools.toSorted((a, b) => rank(a) - rank(b)).slice(0, maxTools);
  const kept = new Set(first);
  return { tools: tools.filter((tool) => kept.has(tool)), left: tools.length - maxTools };
}

const toolsNote = (left: number, { maxTools }: Rules) =>
  `[${left} of your tools are not shown here: this model takes at most ${maxTools}.]`;

function withNotes(prompt: LanguageModelV4Prompt, notes: readonly string[]): LanguageModelV4Prompt {
  if (notes.length === 0) return prompt;
  const note = notes.join("\n\n");
  const [first, ...rest] = prompt;
  if (first?.role !== "system") return [{ role: "system", content: note }, ...prompt];
  return [{ ...first, content: `${first.content}\n\n${note}` }, ...rest];
}

const SKIPPED_SIGNATURE = "skip_thought_signature_validator";
const NO_THOUGHT = "(The thought before this call was not kept.)";

/** Where a family wants a mark at a call that nobody has, the one that it takes for none. */
function withMarks(prompt: LanguageModelV4Prompt, info: ModelInfo, request: ModelRequest): LanguageModelV4Prompt {
  if (!speaksChat(info)) return prompt;
  const signs = familyOf(info.name) === "gemini" && /gemini-([3-9]|\d\d)/.test(info.name);
  const thinks = wantsThoughts(info, request.messages);
  if (!signs && !thinks) return prompt;
  return prompt.map((message) => {
    if (message.role !== "assistant" || !message.content.some((part) => part.type === "tool-call")) return message;
    return signs ? signed(message) : thought(message);
  });
}

function thought(message: Assistant): Assistant {
  const text = NO_THOUGHT;
  const field = { [CHAT]: { field: "reasoning_content" } };
  const has = message.content.some((part) => part.type === "reasoning" && part.text !== "");
  return has
    ? message
    : { ...message, content: [{ type: "reasoning", text, providerOptions: field }, ...message.content] };
}

function signed(message: Assistant): Assistant {
  const isSigned = (part: Assistant["content"][number]) => part.providerOptions?.[CHAT] !== undefined;
  if (message.content.some(isSigned)) return message;
  const at = message.content.findIndex((part) => part.type === "tool-call");
  const extras = { extra_content: { google: { thought_signature: SKIPPED_SIGNATURE } } };
  const call = { ...message.content[at]!, providerOptions: { [CHAT]: { extras } } } as Assistant["content"][number];
  return { ...message, content: message.content.with(at, call) };
}
