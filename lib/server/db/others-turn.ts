/**
 * Gives everybody else their turn of the event loop. The embedded database works on it and answers without ever giving it
 * up: a row of statements would hold it from the first to the last. For whoever sends many large ones.
 */
export const othersTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
