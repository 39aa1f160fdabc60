import path from "node:path";
import { Worker } from "node:worker_threads";
import type { Structure } from "./structure";

type Headings = NonNullable<Structure["headings"]>;

type Tasks = {
  pdf: { input: { bytes: Uint8Array<ArrayBuffer> }; value: { pages: string[]; headings: Headings } };
  docx: { input: { bytes: Uint8Array<ArrayBuffer> }; value: { text: string; headings: Headings } };
  html: { input: { text: string }; value: { text: string; headings: Headings } };
  grep: { input: { pattern: string; texts: string[] }; value: number[][] };
};

export type FileWorker = {
  /** One task at a time. @throws WorkerFailure, or TookTooMuchError, after which the worker is of no more use. */
  ask<Task extends keyof Tasks>(
    task: Task,
    input: Tasks[Task]["input"],
    timeoutMs: number,
  ): Promise<Tasks[Task]["value"]>;
  end(): void;
};

/** The task failed: what the library says of it. */
export class WorkerFailure extends Error {
  constructor(
    readonly kind: string,
    message: string,
  ) {
    super(message);
  }
}

/** The task took more time or memory than it may, and was ended. */
export class TookTooMuchError extends Error {}

/** Beyond the heap, which the thread is held to by itself: buffers are the whole process's. */
const MAX_GROWTH_BYTES = 768 * 1024 * 1024;
const MAX_HEAP_MB = 512;
const WATCH_MS = 100;

type Answer = { value: unknown } | { error: { name: string; message: string } };

/** A thread that reads what others wrote. Who opens it ends it. */
export function openFileWorker(): FileWorker {
  const file = path.join(/*turbopackIgnore: true*/ process.cwd(), "lib/server/folders/file-thread.mjs");
  const worker = new Worker(file, {
    resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    stdout: true,
    stderr: true,
  });
  return {
    ask: (task, input, timeoutMs) =>
      new Promise((resolve, reject) => {
        const before = process.memoryUsage.rss();
        const deadline = performance.now() + timeoutMs;
        const settle = (act: () => void) => {
          clearInterval(watch);
          // Not all listeners: a worker that loses its own hears nothing any more.
          worker.off("message", answered).off("error", failed).off("exit", exited);
          act();
        };
        const answered = (answer: Answer) =>
          settle(() => {
            // The task's name says what its value is.
            if ("value" in answer) resolve(answer.value as Tasks[typeof task]["value"]);
            else reject(new WorkerFailure(answer.error.name, answer.error.message));
          });
        const failed = (error: Error & { code?: string }) => {
          const why = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "it took too much memory" : error.message;
          settle(() => reject(new TookTooMuchError(why)));
        };
        const exited = () => settle(() => reject(new TookTooMuchError("it was ended")));
        const end = (why: string) => {
          settle(() => reject(new TookTooMuchError(why)));
          void worker.terminate();
        };
        const watch = setInterval(() => {
          if (performance.now() > deadline) end("it took too long");
          else if (process.memoryUsage.rss() - before > MAX_GROWTH_BYTES) end("it took too much memory");
        }, WATCH_MS);
        worker.once("message", answered).once("error", failed).once("exit", exited);
        worker.postMessage({ task, input });
      }),
    end: () => void worker.terminate(),
  };
}
