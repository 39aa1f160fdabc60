import { othersTurn } from "../db/others-turn";

/** Characters and values beyond which an answer is written in turns. Below, writing it at once takes a few milliseconds. */
const LARGE = { chars: 500_000, values: 10_000 };
const PIECE_CHARS = 64 * 1024;
const TURN_MS = 10;

type Plain = Record<string, unknown>;

/** Whether writing a value as JSON would hold the event loop. Looks no further than it must. */
export function isLarge(value: unknown): boolean {
  const left = { ...LARGE };
  return exceeds(value, left);
}

function exceeds(value: unknown, left: typeof LARGE): boolean {
  left.values -= 1;
  if (typeof value === "string") left.chars -= value.length;
  if (left.values < 0 || left.chars < 0) return true;
  if (!value || typeof value !== "object") return false;
  for (const item of Array.isArray(value) ? value : Object.values(value)) if (exceeds(item, left)) return true;
  return false;
}

/** A value as JSON, as `JSON.stringify` has it, in a body that is written piece by piece: others have their turn between. */
export function largeJson(value: unknown, status: number): Response {
  const encoder = new TextEncoder();
  const source = pieces(value);
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value: text } = await source.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(text));
    },
    cancel: async () => void (await source.return(undefined)),
  });
  return new Response(body, { status, headers: { "content-type": "application/json" } });
}

/** The text in pieces of some `PIECE_CHARS`, each made in little time. */
async function* pieces(value: unknown): AsyncGenerator<string, void, undefined> {
  let held: string[] = [];
  let chars = 0;
  let began = performance.now();
  for (const text of written(value)) {
    held.push(text);
    chars += text.length;
    if (chars < PIECE_CHARS && performance.now() - began < TURN_MS) continue;
    yield held.join("");
    [held, chars] = [[], 0];
    await othersTurn();
    began = performance.now();
  }
  if (held.length > 0) yield held.join("");
}

/** Small values at once, others by what they hold. What has its own way to be JSON is left to it. */
function* written(value: unknown): Generator<string, void, undefined> {
  if (typeof value === "string" && value.length > PIECE_CHARS) {
    yield* writtenText(value);
    return;
  }
  if (!isContainer(value) || !isLongish(value)) {
    yield JSON.stringify(value) ?? "null";
    return;
  }
  if (Array.isArray(value)) {
    yield "[";
    for (const [index, item] of value.entries()) {
      if (index > 0) yield ",";
      yield* written(item);
    }
    yield "]";
    return;
  }
  let separator = "{";
  for (const [key, item] of Object.entries(value)) {
    if (item === undefined || typeof item === "function" || typeof item === "symbol") continue;
    yield `${separator}${JSON.stringify(key)}:`;
    separator = ",";
    yield* written(item);
  }
  yield separator === "{" ? "{}" : "}";
}

/** A text in several, none of which begins or ends within a pair of surrogates. */
function* writtenText(text: string): Generator<string, void, undefined> {
  yield '"';
  for (let start = 0; start < text.length; ) {
    let end = Math.min(start + PIECE_CHARS, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last < 0xdc00) end -= 1;
    yield JSON.stringify(text.slice(start, end)).slice(1, -1);
    start = end;
  }
  yield '"';
}

function isContainer(value: unknown): value is Plain | unknown[] {
  if (!value || typeof value !== "object") return false;
  if (Array.isArray(value)) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && typeof (value as Plain).toJSON !== "function";
}

/** Whether it is worth being taken apart. */
function isLongish(value: Plain | unknown[]): boolean {
  return exceeds(value, { chars: 16 * 1024, values: 200 });
}
