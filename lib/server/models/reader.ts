import type { LanguageModelV4Prompt } from "@ai-sdk/provider";
import type { ModelRequest } from "@/lib/engine/model";
import type { Message, Opaque, ReasoningPart } from "@/lib/stream/message";
import { CHAT } from "./chat/messages";
import { familyOf, senderOf } from "./family";
import type { ModelInfo } from "./registry";

type Options = NonNullable<LanguageModelV4Prompt[number]["providerOptions"]>;

/** Who is shown a transcript, as far as thoughts of others are concerned. */
export type Reader = {
  /** Whose opaque data it reads. */
  sender: string;
  /** Whether it signs its thoughts as Anthropic does. */
  signs: boolean;
  /** Whether a message is of its own kind, or of nobody who is known. */
  reads(message: Message): boolean;
  /** As what a thought without opaque data is given back; null where it is left out. */
  marksOf(part: ReasoningPart, message: Message): Options | null;
};

/** Families that refuse a thinking model's calls without the thought before them. */
const WANTS_THOUGHT: ReadonlySet<string> = new Set(["deepseek", "kimi", "glm", "minimax", "mimo"]);
const THINKS = /reasoner|thinking|deepseek-v[4-9]|kimi-k([3-9]|2\.[5-9])|minimax-m|mimo/i;

/** Whether a model of chat completions wants a thought with each of its calls: by its name, or since it has thought here. */
export function wantsThoughts(info: ModelInfo, messages: readonly Message[]): boolean {
  if (!speaksChat(info) || !WANTS_THOUGHT.has(familyOf(info.name))) return false;
  if (THINKS.test(info.name)) return true;
  const sender = senderOf(info.handle);
  return messages.some(
    (message) =>
      message.model !== null &&
      senderOf(message.model) === sender &&
      message.parts.some((part) => part.type === "reasoning" && part.source === "reasoner_model"),
  );
}

const NO_CHAT: ReadonlySet<string> = new Set(["anthropic", "google_ai", "google_vertex", "bedrock"]);

export const speaksChat = ({ providerType }: ModelInfo) => !NO_CHAT.has(providerType);

export function readerOf(request: ModelRequest, info: ModelInfo): Reader {
  const sender = senderOf(info.handle);
  const signs = info.providerType === "anthropic";
  const family = familyOf(info.name);
  const wants = wantsThoughts(info, request.messages);
  const reads = ({ model }: Message) => model === null || familyOf(model) === family;
  return {
    sender,
    signs,
    reads,
    marksOf(part, message): Options | null {
      if (signs) return part.signature && reads(message) ? { anthropic: { signature: part.signature } } : null;
      // Thoughts of others, and those from before they were kept whole, are better than none.
      return wants && part.reasoning !== "" ? { [CHAT]: { field: "reasoning_content" } } : null;
    },
  };
}

/** What was kept beside a part, as the AI SDK takes it; null for what can't be read. */
export function keptOptions({ data }: Opaque): Options | null {
  try {
    const value: unknown = JSON.parse(data);
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Options) : null;
  } catch {
    return null;
  }
}
