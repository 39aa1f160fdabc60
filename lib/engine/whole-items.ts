import { fold, messageToItems } from "@/lib/stream/fold";
import type { Item, MessageItem } from "@/lib/stream/item";

/**
 * Joins the fragments of each part of a turn: words are yielded whole once something else begins, calls once the turn is
 * over, those that wait for an approval last, as they are stored. Calls of a turn that failed may be half-sent: they are
 * left out.
 */
export async function* wholeItems<R extends { failure: unknown }>(
  source: AsyncGenerator<MessageItem, R>,
): AsyncGenerator<MessageItem, R> {
  const joiner = createJoiner();
  for (;;) {
    const next = await source.next();
    if (!next.done) {
      yield* joiner.push(next.value) as MessageItem[];
      continue;
    }
    yield* joiner.endWords();
    if (!next.value.failure) yield* joiner.endCalls();
    return next.value;
  }
}

/** The same for the items of a run that are all there. */
export function joinItems(items: readonly Item[]): Item[] {
  const joiner = createJoiner();
  return [...items.flatMap((item) => joiner.push(item)), ...joiner.endWords(), ...joiner.endCalls()];
}

function createJoiner() {
  let words: MessageItem[] = [];
  let calls: MessageItem[] = [];

  function endWords(): MessageItem[] {
    const whole = joined(words);
    words = [];
    return whole;
  }

  function endCalls(): MessageItem[] {
    const byPart = new Map<string, MessageItem[]>();
    for (const item of calls) {
      const part = `${item.id} ${item.otid}`;
      const known = byPart.get(part);
      if (known) known.push(item);
      else byPart.set(part, [item]);
    }
    const parts = [...byPart.values()];
    calls = [];
    const waits = (part: MessageItem[]) => part[0]?.type === "approval-request-delta";
    return [...parts.filter((part) => !waits(part)), ...parts.filter(waits)].flatMap(joined);
  }

  return {
    endWords,
    endCalls,
    push(item: Item): Item[] {
      switch (item.type) {
        case "tool-call-delta":
        case "approval-request-delta":
          calls.push(item);
          return endWords();
        case "assistant":
        case "reasoning":
        case "hidden-reasoning": {
          const last = words.at(-1);
          const done = last && (last.id !== item.id || last.otid !== item.otid) ? endWords() : [];
          words.push(item);
          return done;
        }
        default:
          return [...endWords(), ...endCalls(), item];
      }
    },
  };
}

/** The items of one part as one item, under the otid that they came with. */
function joined(items: MessageItem[]): MessageItem[] {
  const [first] = items;
  if (!first) return [];
  return fold(items)
    .flatMap(messageToItems)
    .map((item) => ({ ...item, otid: first.otid }));
}
