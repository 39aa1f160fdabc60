import { othersTurn } from "../db/others-turn";

const AT_ONCE = 200;

/** Works on a list a slice at a time, with others' turns of the event loop between. @returns what each slice gave, in order. */
export async function inSlices<Item, Result>(
  items: readonly Item[],
  work: (slice: Item[]) => Promise<readonly Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    for (const result of await work(items.slice(start, start + AT_ONCE))) results.push(result);
    await othersTurn();
  }
  return results;
}

/** Adds to the list of a key. */
export function addTo<Key, Item>(lists: Map<Key, Item[]>, key: Key, item: Item): void {
  const list = lists.get(key);
  if (list) list.push(item);
  else lists.set(key, [item]);
}
