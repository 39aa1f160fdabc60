import { parentPort } from "node:worker_threads";
import { perform } from "./thread-tasks";

/** What runs in a thread of `threads.ts`: one task after another. */
parentPort?.on("message", ({ name, input }: { name: Parameters<typeof perform>[0]; input: unknown }) => {
  parentPort?.postMessage({ began: true });
  const ending = perform(name, input, (piece) => parentPort?.postMessage({ piece }));
  parentPort?.postMessage({ ending });
});
