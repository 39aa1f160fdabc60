import type { Part } from "@/lib/stream/message";
import { ERASED } from "@/lib/text/erased";
import { inTurns } from "../db/others-turn";

/** Takes what was erased out of other texts, wherever it stands word for word. */
export type Eraser = {
  /** Whether there is anything that it would find. */
  isIdle: boolean;
  text(text: string): string;
  /** The same value where nothing was found, so that `===` tells. */
  json<Value>(value: Value): Value;
  parts(parts: Part[]): Part[];
};

/** A line or sentence is looked for elsewhere only if it is its own: long enough, and no single ordinary word. */
const SHORTEST = 12;
const OWN = /\s|@|\d{5}/u;
/** Scripts without spaces, where fewer signs say as much. */
const DENSE = /[\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7af]{8}/u;
/** What lines of lists and dialogues begin with. */
const LEAD = /^(?:[-*•>#]+|\d+[.):]|\[[^\]]{1,40}\])\s+/u;
/** What they end with, which another sentence ends otherwise. */
const TAIL = /[\s.!?,;:…。！？]+$/u;
const SENTENCE_END = /(?<=[.!?])\s+|(?<=[。！？])/u;

/** The lines and sentences of texts by which copies of them are found elsewhere. */
export async function fragmentsOf(texts: Iterable<string>): Promise<Set<string>> {
  const found = new Set<string>();
  const letOthers = inTurns();
  const keep = (text: string) => {
    const one = text.trim().replace(TAIL, "");
    if ((one.length >= SHORTEST && OWN.test(one)) || DENSE.test(one)) found.add(one);
  };
  for (const text of texts) {
    for (const line of text.split(/\r\n|\r|\n/u)) {
      const said = line.trim().replace(LEAD, "");
      keep(said);
      for (const sentence of said.split(SENTENCE_END)) keep(sentence);
      await letOthers();
    }
  }
  return found;
}

const KEY = 8;
/** Behind what was cut off. */
const CUT = /^(?:\s*(?:\.\.\.|…|\[)|$)/u;

/**
 * An eraser of these texts: of each line and sentence of theirs (`fragmentsOf`), as it is and as JSON writes it, whole or
 * cut off at the end of a text. It takes time in proportion to what it reads, whatever the number of texts.
 */
export async function makeEraser(texts: Iterable<string>): Promise<Eraser> {
  const byKey = new Map<string, Bucket>();
  const firsts = new Set<number>();
  const letOthers = inTurns();
  for (const fragment of await fragmentsOf(texts)) {
    await letOthers();
    for (const form of formsOf(folded(fragment))) {
      const key = form.slice(0, KEY);
      const bucket = byKey.get(key);
      if (bucket) bucket.forms.push(form);
      else byKey.set(key, { forms: [form], longest: 0 });
      firsts.add(form.charCodeAt(0));
    }
  }
  for (const bucket of byKey.values()) {
    await letOthers();
    bucket.forms.sort((a, b) => (a < b ? -1 : 1));
    bucket.longest = bucket.forms.reduce((most, form) => Math.max(most, form.length), 0);
  }

  function text(given: string): string {
    const kept: string[] = [];
    const read = folded(given);
    let from = 0;
    for (let at = 0; at + KEY <= given.length; ) {
      const bucket = firsts.has(read.charCodeAt(at)) ? byKey.get(read.slice(at, at + KEY)) : undefined;
      const length = bucket ? found(read, at, bucket) : 0;
      if (length === 0) {
        at++;
        continue;
      }
      kept.push(given.slice(from, at), ERASED);
      at += length;
      from = at;
    }
    return from === 0 ? given : kept.join("") + given.slice(from);
  }

  function json<Value>(value: Value): Value {
    return mapStrings(value, string) as Value;
  }

  /** JSON within a string is read as such. */
  function string(given: string): string {
    const inner = /^\s*[[{]/u.test(given) ? parsed(given) : undefined;
    if (inner === undefined) return text(given);
    const erased = json(inner);
    return erased === inner ? text(given) : JSON.stringify(erased);
  }

  function parts(given: Part[]): Part[] {
    const erased = given.map((part) => mapPart(part, string));
    return erased.every((part, index) => part === given[index]) ? given : erased.map(withoutOpaque);
  }

  return { isIdle: byKey.size === 0, text: string, json, parts };
}

/** In lower case, sign for sign, since a sentence that is quoted begins otherwise. */
function folded(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return Array.from(text, (sign) => (sign.toLowerCase().length === sign.length ? sign.toLowerCase() : sign)).join("");
}

/** A fragment as it is, and as it stands in JSON, and in JSON within JSON. */
function formsOf(fragment: string): Set<string> {
  const once = JSON.stringify(fragment).slice(1, -1);
  const ascii = once.replace(/[\u0080-\uffff]/gu, escaped);
  return new Set([fragment, once, ascii, JSON.stringify(once).slice(1, -1)]);
}

const escaped = (sign: string) =>
  Array.from({ length: sign.length }, (_, n) => `\\u${sign.charCodeAt(n).toString(16).padStart(4, "0")}`).join("");

/** Forms that begin with the same signs, in order. */
type Bucket = { forms: string[]; longest: number };

/** How long a stretch of the text is that one of the forms says: the longest that is there whole, or else one cut off. */
function found(text: string, at: number, { forms, longest }: Bucket): number {
  const here = text.slice(at, at + longest);
  let cut = 0;
  for (let said = here; said.length >= KEY; ) {
    const index = firstAbove(forms, said);
    const before = forms[index - 1];
    if (said === here) cut = Math.max(sameStart(before, here), sameStart(forms[index], here));
    if (before === undefined) break;
    const same = sameStart(before, said);
    if (same === before.length) return same;
    said = said.slice(0, same);
  }
  return cut >= SHORTEST && CUT.test(text.slice(at + cut, at + cut + KEY)) ? cut : 0;
}

function firstAbove(sorted: readonly string[], value: string): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function sameStart(one: string | undefined, other: string): number {
  if (one === undefined) return 0;
  const most = Math.min(one.length, other.length);
  let same = 0;
  while (same < most && one.charCodeAt(same) === other.charCodeAt(same)) same++;
  return same;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function mapStrings(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const items = value.map((item) => mapStrings(item, change));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!value || typeof value !== "object") return value;
  const entries = Object.entries(value).map(([key, item]) => [change(key), mapStrings(item, change)] as const);
  const isSame = entries.every(([key, item], index) => {
    const [before, was] = Object.entries(value)[index]!;
    return key === before && item === was;
  });
  return isSame ? value : Object.fromEntries(entries);
}

/** Changes what a part says; its form, ids and names stay. */
function mapPart(part: Part, change: (text: string) => string): Part {
  const kept = mapStrings(saidIn(part), change);
  return kept === saidIn(part) || JSON.stringify(kept) === JSON.stringify(saidIn(part))
    ? part
    : ({ ...part, ...(kept as object) } as Part);
}

/** The fields of a part in which something is said. */
function saidIn(part: Part): Record<string, unknown> {
  switch (part.type) {
    case "text":
      return { text: part.text };
    case "reasoning":
      return { reasoning: part.reasoning };
    case "hidden_reasoning":
      return {};
    case "tool_call":
      return { arguments: part.arguments };
    case "tool_return":
      return { content: part.content, stdout: part.stdout, stderr: part.stderr };
    case "approval":
      return { decision: part.decision };
    case "summary":
      return { summary: part.summary };
    case "image":
      return {};
  }
}

/** What a provider wants back says the same in a form that nobody can read. */
function withoutOpaque(part: Part): Part {
  const { opaque: _, ...rest } = part as Part & { opaque?: unknown };
  if (rest.type === "text" && rest.signature) return { ...rest, signature: null };
  if (rest.type === "reasoning") return { ...rest, signature: null };
  if (rest.type === "hidden_reasoning") return { ...rest, state: "redacted", hiddenReasoning: null };
  return rest as Part;
}

/** A message without all that it said: calls and returns stay where a provider looks for them. */
export function emptied(parts: readonly Part[]): Part[] {
  return parts.map((given): Part => {
    const part = withoutOpaque(given);
    switch (part.type) {
      case "image":
        return { type: "text", text: ERASED };
      case "text":
        return { ...part, text: ERASED };
      case "reasoning":
        return { ...part, reasoning: ERASED };
      case "tool_call":
        return { ...part, arguments: emptiedArguments(part.arguments) };
      case "tool_return":
        return { ...part, content: ERASED, stdout: null, stderr: null };
      case "summary":
        return { ...part, summary: ERASED };
      case "approval":
        return {
          ...part,
          decision:
            part.decision.type === "approval"
              ? { ...part.decision, reason: null }
              : { ...part.decision, content: ERASED, stdout: null, stderr: null },
        };
      default:
        return part;
    }
  });
}

/** Arguments of a call without their values. */
export function emptiedArguments(text: string): string {
  const given = parsed(text);
  if (!given || typeof given !== "object" || Array.isArray(given)) return "{}";
  return JSON.stringify(Object.fromEntries(Object.keys(given).map((key) => [key, ERASED])));
}

/** The strings in JSON, such as the arguments of a call; a text that is none is one. */
export function stringsIn(text: string): string[] {
  const found: string[] = [];
  mapStrings((/^\s*[[{]/u.test(text) ? parsed(text) : undefined) ?? text, (one) => {
    found.push(one);
    return one;
  });
  return found;
}
