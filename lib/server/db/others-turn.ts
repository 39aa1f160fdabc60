/**
 * Gives everybody else their turn of the event loop. An embedded database in memory works on it and answers without ever
 * giving it up: a row of statements would hold it from the first to the last. For whoever sends many large ones.
 */
export const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** How long one piece of work goes on before others have their turn, in milliseconds. */
const TURN_MS = 10;

/** To be awaited in a long loop: most often at once, and after each `TURN_MS` once others have had their turn. */
export function inTurns(): () => Promise<void> {
  let began = performance.now();
  return async () => {
    if (performance.now() - began < TURN_MS) return;
    await othersTurn();
    began = performance.now();
  };
}

/** As `map`, a little at a time: after each `TURN_MS` others have their turn of the event loop. For long lists. */
export async function mapInTurns<Item, Result>(
  items: readonly Item[],
  each: (item: Item, index: number) => Result,
): Promise<Result[]> {
  const results: Result[] = [];
  const letOthers = inTurns();
  for (const [index, item] of items.entries()) {
    results.push(each(item, index));
    await letOthers();
  }
  return results;
}
