import { fold, messageToItems } from "@/lib/stream/fold";
import type { Item, MessageItem } from "@/lib/stream/item";

/** Joins the fragments of each part: a part is yielded whole once the next one begins or the turn is over. */
export async function* wholeItems<R>(source: AsyncGenerator<MessageItem, R>): AsyncGenerator<MessageItem, R> {
  let open: MessageItem[] = [];
  for (;;) {
    const next = await source.next();
    if (next.done) {
      yield* joined(open);
      return next.value;
    }
    const last = open.at(-1);
    if (last && (last.id !== next.value.id || last.otid !== next.value.otid)) {
      yield* joined(open);
      open = [];
    }
    open.push(next.value);
  }
}

/** The items of one part as one item, under the otid that they came with. */
function joined(items: MessageItem[]): MessageItem[] {
  const [first] = items;
  if (!first) return [];
  return fold(items)
    .flatMap(messageToItems)
    .map((item) => ({ ...item, otid: first.otid }));
}

/** The same for items that are all there. */
export function joinItems(items: readonly Item[]): Item[] {
  const joinedItems: Item[] = [];
  let open: MessageItem[] = [];
  for (const item of items) {
    const part = "otid" in item ? item : null;
    const last = open.at(-1);
    if (last && (!part || last.id !== part.id || last.otid !== part.otid)) {
      joinedItems.push(...joined(open));
      open = [];
    }
    if (part && part.type !== "event") open.push(part);
    else joinedItems.push(item);
  }
  return [...joinedItems, ...joined(open)];
}
