import { parentPort } from "node:worker_threads";
import type { Tasks } from "../threads/threads";
import { perform } from "./thread-tasks";

/** What runs in a thread of `threads.ts`: one task after another. */
parentPort?.on("message", ({ name, input }: { name: keyof Tasks; input: unknown }) => {
  parentPort?.postMessage({ began: true });
  const ending = perform(name, input, (piece) => parentPort?.postMessage({ piece }));
  parentPort?.postMessage({ ending });
});
