import type {
  LanguageModelV4Message,
  LanguageModelV4Prompt,
  LanguageModelV4ToolCallPart,
  LanguageModelV4ToolResultPart,
} from "@ai-sdk/provider";
import type { Rules } from "./rules";

type Result = LanguageModelV4ToolResultPart;
type Assistant = Extract<LanguageModelV4Message, { role: "assistant" }>;

const BLANK = "[A blank message]";
const EMPTY_RETURN = "(nothing)";
const LOST_RETURN = "This call was interrupted: nothing is known of what came of it.";
const GOES_ON = "[The conversation goes on.]";
const NOTED = "[Noted.]";

const isBlank = (text: string) => text.trim() === "";
const said = (text: string): LanguageModelV4Message => ({ role: "user", content: [{ type: "text", text }] });

/** Without blank texts: those of an assistant are left out, a user's message of nothing else is said to be blank. */
export function withoutBlanks(prompt: LanguageModelV4Prompt, rules: Pick<Rules, "fullReturns">): LanguageModelV4Prompt {
  return prompt.flatMap((message): LanguageModelV4Message[] => {
    switch (message.role) {
      case "system":
        return isBlank(message.content) ? [] : [message];
      case "user": {
        const content = message.content.filter((part) => part.type !== "text" || !isBlank(part.text));
        return [content.length > 0 ? { ...message, content } : said(BLANK)];
      }
      case "assistant": {
        const content = message.content.filter(
          (part) => part.type !== "text" || !isBlank(part.text) || part.providerOptions !== undefined,
        );
        return content.length > 0 ? [{ ...message, content }] : [];
      }
      default: {
        const content = message.content.map((part) => (part.type === "tool-result" ? fullReturn(part, rules) : part));
        return [{ ...message, content }];
      }
    }
  });
}

function fullReturn(part: Result, { fullReturns }: Pick<Rules, "fullReturns">): Result {
  const { output } = part;
  if (output.type === "content") {
    const value = output.value.filter((one) => one.type !== "text" || !isBlank(one.text));
    if (value.length === output.value.length) return part;
    return { ...part, output: value.length > 0 ? { ...output, value } : { type: "text", value: EMPTY_RETURN } };
  }
  const isText = output.type === "text" || output.type === "error-text";
  return isText && fullReturns && isBlank(output.value)
    ? { ...part, output: { ...output, value: EMPTY_RETURN } }
    : part;
}

/**
 * Each call with its return right after it: a return that comes later is brought, of two the first counts, one that is
 * lost is said to be; a return without a call is told as words of the user.
 */
export function withReturns(prompt: LanguageModelV4Prompt): LanguageModelV4Prompt {
  const made: LanguageModelV4Prompt = [];
  const taken = new Set<Result>();
  for (const [at, message] of prompt.entries()) {
    if (message.role === "tool") {
      const orphans = message.content.filter((part): part is Result => part.type === "tool-result" && !taken.has(part));
      if (orphans.length > 0) made.push(said(orphans.map(asWords).join("\n")));
      continue;
    }
    made.push(message);
    if (message.role !== "assistant") continue;
    const calls = message.content.filter((part): part is LanguageModelV4ToolCallPart => part.type === "tool-call");
    if (calls.length === 0) continue;
    made.push({ role: "tool", content: calls.map((call) => returnOf(call, prompt, at, taken)) });
  }
  return made;
}

function returnOf(call: LanguageModelV4ToolCallPart, prompt: LanguageModelV4Prompt, at: number, taken: Set<Result>) {
  const { toolCallId, toolName } = call;
  let found: Result | null = null;
  for (const message of prompt.slice(at + 1)) {
    // The same id called again has returns of its own.
    const again = (part: Assistant["content"][number]) => part.type === "tool-call" && part.toolCallId === toolCallId;
    if (message.role === "assistant" && message.content.some(again)) break;
    if (message.role !== "tool") continue;
    for (const part of message.content) {
      if (part.type !== "tool-result" || part.toolCallId !== toolCallId || taken.has(part)) continue;
      found ??= part;
      taken.add(part);
    }
  }
  return (
    found ??
    ({ type: "tool-result", toolCallId, toolName, output: { type: "error-text", value: LOST_RETURN } } as Result)
  );
}

function asWords({ toolName, output }: Result): string {
  const text =
    "value" in output ? (typeof output.value === "string" ? output.value : JSON.stringify(output.value)) : "";
  return `[A return of ${toolName}, whose call is no longer shown: ${text}]`;
}

/** The order of roles that is taken. */
export function inTurns(prompt: LanguageModelV4Prompt, rules: Rules): LanguageModelV4Prompt {
  const [first] = prompt;
  const head = first?.role === "system" ? [first] : [];
  const rest = prompt.slice(head.length);
  const made: LanguageModelV4Prompt = [];
  for (const message of rest) {
    const last = made.at(-1);
    if (last?.role === "assistant" && message.role === "assistant") {
      made[made.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else if (rules.strictTurns && last?.role === "user" && message.role === "user") {
      made[made.length - 1] = { ...last, content: [...last.content, ...message.content] };
    } else if (rules.strictTurns && last?.role === "tool" && message.role === "user") {
      made.push({ role: "assistant", content: [{ type: "text", text: NOTED }] }, message);
    } else made.push(message);
  }
  if (rules.userFirst && made[0]?.role !== "user") made.unshift(said(GOES_ON));
  if (rules.userLast && made.at(-1)?.role === "assistant") made.push(said(GOES_ON));
  return [...head, ...made];
}
