import type { LanguageModelV4FinishReason, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { Calls } from "./calls";
import { isObject, type Json, textOf } from "./json";
import { CHAT, THINKING_CONTENT } from "./messages";
import { extrasOfMessage, joined, REASONING_FIELDS } from "./opaque";
import { type Piece, ThinkTags } from "./think-tags";
import { NO_USAGE, usageOf } from "./usage";

type Part = LanguageModelV4StreamPart;

const FINISHES: Record<string, LanguageModelV4FinishReason["unified"]> = {
  stop: "stop",
  eos: "stop",
  eos_token: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  complete: "stop",
  length: "length",
  max_tokens: "length",
  max_output_tokens: "length",
  model_length: "length",
  content_filter: "content-filter",
  sensitive: "content-filter",
  safety: "content-filter",
  tool_calls: "tool-calls",
  tool_use: "tool-calls",
  function_call: "tool-calls",
};

/**
 * Reads the frames of one answer, whatever a server puts into them: what has no place is passed over, nothing throws. The
 * parts are the AI SDK's; what is wanted back stands in their metadata under `chat`.
 */
export class Answer {
  readonly #calls: Calls;
  readonly #tags: ThinkTags;
  /** Whether text came without a thought before it. */
  saidAtOnce = false;
  #open: { type: Piece["type"]; id: string; field: string | null } | null = null;
  #parts = 0;
  #thought = false;
  #extras: Json = {};
  #finish: string | null = null;
  #isIdentified = false;
  #usage = NO_USAGE;
  #logprobs: unknown[] = [];
  /** Whether the server has said that the answer is over. */
  complete = false;

  constructor(options: { tools: ReadonlySet<string>; mayCloseOnly: boolean }) {
    this.#calls = new Calls(options.tools);
    this.#tags = new ThinkTags(options.mayCloseOnly);
  }

  push(frame: unknown): Part[] {
    if (!isObject(frame)) return [];
    return [...this.#identified(frame), ...this.#pushed(frame)];
  }

  /** What the server calls its answer, and the model, told once. */
  #identified(frame: Json): Part[] {
    const [id, modelId] = [textOf(frame.id), textOf(frame.model)];
    if (this.#isIdentified || (!id && !modelId)) return [];
    this.#isIdentified = true;
    return [{ type: "response-metadata", ...(id && { id }), ...(modelId && { modelId }) }];
  }

  #pushed(frame: Json): Part[] {
    if (isObject(frame.usage)) this.#usage = usageOf(frame.usage);
    const choices: unknown[] = Array.isArray(frame.choices) ? frame.choices : [];
    const choice = choices.find((one) => isObject(one) && (one.index === 0 || one.index == null));
    if (!isObject(choice)) return [];
    if (isObject(choice.usage)) this.#usage = usageOf(choice.usage);
    if (isObject(choice.logprobs) && Array.isArray(choice.logprobs.content))
      this.#logprobs.push(...choice.logprobs.content);
    const delta = isObject(choice.delta) ? choice.delta : isObject(choice.message) ? choice.message : {};
    const parts = this.#read(delta, choice);
    const finish = textOf(choice.finish_reason);
    if (finish) {
      this.#finish = finish;
      this.complete = true;
    }
    return parts;
  }

  end(): Part[] {
    const parts = [...this.#write(this.#tags.end(), null), ...this.#close()];
    this.saidAtOnce = this.#parts > 0 && !this.#thought;
    // What came after the last words, or without any, still goes back.
    if (Object.keys(this.#extras).length > 0) parts.push(...this.#begin("reasoning", null), ...this.#close());
    parts.push(...this.#calls.end());
    const providerMetadata =
      this.#logprobs.length > 0 ? { chunks: { logprobs: JSON.parse(JSON.stringify(this.#logprobs)) } } : undefined;
    const finishReason = { unified: this.#unified(), raw: this.#finish ?? undefined };
    parts.push({ type: "finish", usage: this.#usage, finishReason, ...(providerMetadata && { providerMetadata }) });
    return parts;
  }

  #unified(): LanguageModelV4FinishReason["unified"] {
    const said = FINISHES[this.#finish?.toLowerCase() ?? "stop"] ?? "other";
    return this.#calls.any && (said === "stop" || said === "other") ? "tool-calls" : said;
  }

  #read(delta: Json, choice: Json): Part[] {
    const parts: Part[] = [];
    this.#extras = joined(this.#extras, extrasOfMessage(delta)) as Json;
    const field = REASONING_FIELDS.find((name) => textOf(delta[name]));
    if (field) parts.push(...this.#think(delta[field] as string, field));
    else parts.push(...this.#thoughtOfDetails(delta));
    for (const piece of contentOf(delta, choice)) {
      if (piece.type === "reasoning") parts.push(...this.#think(piece.text, THINKING_CONTENT));
      else parts.push(...this.#write(this.#tags.push(piece.text), null));
    }
    const calls = Array.isArray(delta.tool_calls)
      ? delta.tool_calls
      : isObject(delta.tool_calls)
        ? [delta.tool_calls]
        : [];
    if (isObject(delta.function_call)) calls.push({ index: 0, function: delta.function_call });
    if (calls.length > 0) parts.push(...this.#write(this.#tags.end(), null), ...this.#close());
    for (const call of calls) parts.push(...this.#calls.push(call));
    return parts;
  }

  /** Where a server thinks in a list of details only, their words are shown; they go back as the details. */
  #thoughtOfDetails({ reasoning_details: details }: Json): Part[] {
    if (!Array.isArray(details)) return [];
    const words = details.map((one) => (isObject(one) ? (textOf(one.text) ?? textOf(one.summary) ?? "") : "")).join("");
    return words === "" ? [] : this.#think(words, null);
  }

  #think(text: string, field: string | null): Part[] {
    return [...this.#write(this.#tags.pass(), null), ...this.#write([{ type: "reasoning", text }], field)];
  }

  #write(pieces: readonly Piece[], field: string | null): Part[] {
    return pieces.flatMap(({ type, text }): Part[] => {
      const isOpen = this.#open?.type === type && this.#open.field === field;
      const begun = isOpen ? [] : [...this.#close(), ...this.#begin(type, field)];
      return [...begun, { type: `${type}-delta`, id: this.#open!.id, delta: text }];
    });
  }

  #begin(type: Piece["type"], field: string | null): Part[] {
    this.#thought ||= type === "reasoning";
    this.#open = { type, field, id: `${type}-${this.#parts++}` };
    return [{ type: `${type}-start`, id: this.#open.id }];
  }

  #close(): Part[] {
    if (!this.#open) return [];
    const { type, id, field } = this.#open;
    this.#open = null;
    if (type === "text") return [{ type: "text-end", id }];
    const extras = this.#extras;
    const hasExtras = Object.keys(extras).length > 0;
    this.#extras = {};
    const kept = { ...(field ? { field } : {}), ...(hasExtras ? { extras: extras as never } : {}) };
    const isKept = Object.keys(kept).length > 0;
    return [{ type: "reasoning-end", id, ...(isKept ? { providerMetadata: { [CHAT]: kept } } : {}) }];
  }
}

/** The words of a delta, in order: a text, a list of parts, what a legacy server calls `text`, a refusal. */
function contentOf(delta: Json, choice: Json): Piece[] {
  const { content } = delta;
  if (Array.isArray(content)) return content.flatMap(pieceOf);
  if (isObject(content)) return pieceOf(content);
  const text = textOf(content) ?? textOf(delta.refusal) ?? textOf(choice.text);
  return text === null ? [] : [{ type: "text", text }];
}

function pieceOf(part: unknown): Piece[] {
  if (typeof part === "string") return [{ type: "text", text: part }];
  if (!isObject(part)) return [];
  if (part.type !== "thinking" && part.type !== "reasoning") {
    const text = textOf(part.text) ?? textOf(part.refusal);
    return text === null ? [] : [{ type: "text", text }];
  }
  const words = part.thinking ?? part.text ?? part.reasoning;
  const list: unknown[] = Array.isArray(words) ? words : [words];
  const text = list.map((one) => (isObject(one) ? (textOf(one.text) ?? "") : (textOf(one) ?? ""))).join("");
  return text === "" ? [] : [{ type: "reasoning", text }];
}
