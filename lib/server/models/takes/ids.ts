import { createHash } from "node:crypto";
import type { LanguageModelV4Message, LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { Rules } from "./rules";

/**
 * The prompt with ids of calls that are taken, each one call's, the returns alike. An id that is taken already stays; the
 * same id always becomes the same, so that a prompt's beginning does not change from step to step.
 */
export function withIds(prompt: LanguageModelV4Prompt, rules: Rules["ids"]): LanguageModelV4Prompt {
  const used = new Set<string>();
  /** Of each id as it was, what its last call is now. */
  const now = new Map<string, string>();
  const claim = (id: string): string => {
    let made = fitted(id, rules);
    for (let again = 1; used.has(made); again++) made = hashed(`${id} ${again}`, rules);
    used.add(made);
    now.set(id, made);
    return made;
  };
  return prompt.map((message): LanguageModelV4Message => {
    if (message.role === "assistant") {
      const content = message.content.map((part) =>
        part.type === "tool-call" ? { ...part, toolCallId: claim(part.toolCallId) } : part,
      );
      return { ...message, content };
    }
    if (message.role !== "tool") return message;
    const content = message.content.map((part) =>
      part.type === "tool-result" ? { ...part, toolCallId: now.get(part.toolCallId) ?? part.toolCallId } : part,
    );
    return { ...message, content };
  });
}

function fitted(id: string, { pattern, longest }: Rules["ids"]): string {
  return id.length <= longest && pattern.test(id) ? id : hashed(id, { pattern, longest });
}

/** Letters and digits alone, as short as is wanted. */
function hashed(id: string, { longest }: Pick<Rules["ids"], "longest"> & Partial<Rules["ids"]>): string {
  const hex = createHash("sha256").update(id).digest("hex");
  return longest < 24 ? hex.slice(0, longest) : `call${hex.slice(0, 20)}`;
}
