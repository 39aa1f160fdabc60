import { AsyncResource } from "node:async_hooks";
import type { Frame } from "./frames";
import type { SandboxProcess } from "./process";

/** What a process runs: code of one of two languages, or the making of packages for both. */
export type WorkerKind = "python" | "javascript" | "packages";

/** What a worker is asked to run. */
export type Assignment = {
  /** `keep`: what the call leaves in the process is for the next one, instead of being taken away. */
  head: { type: "run"; outputChars: number; memoryBytes: number; keep: boolean };
  job: Buffer;
  files: { path: string; bytes: Uint8Array }[];
  timeoutMs: number;
  memoryBytes: number;
  signal: AbortSignal | undefined;
  output(stream: "stdout" | "stderr", text: string): void;
  /** Answers what the code asks, as JSON or as bytes; a rejection becomes an exception in the code. */
  answer(method: string, params: unknown): Promise<unknown>;
};

/** `memoryBytes` is what the call held at its most, never 0; null where it ended before that could be measured. */
export type Ending =
  | { kind: "done"; trouble: string | null; result: Buffer; durationMs: number; memoryBytes: number | null }
  | { kind: "timeout" | "memory" | "output" | "cancelled" | "died"; durationMs: number; memoryBytes: number | null };

/** A process that runs calls, one at a time. */
export type Worker = {
  readonly kind: WorkerKind;
  /** Whose code it has run; null as long as it has run none. */
  organizationId: string | null;
  run(assignment: Assignment): Promise<Ending>;
  /** Resolves, after a call, to whether the process is as new; after one that was to be kept, whether it still runs. */
  cleaned(): Promise<boolean>;
  readonly process: SandboxProcess;
  /** Resident bytes before the first call. */
  readonly restingBytes: number;
};

/** Resident memory that a process may have beyond what the code was allowed. */
const SLACK_BYTES = 160 * 1024 * 1024;
const WATCH_MS = 50;
const START_TIMEOUT_MS = 60_000;

/**
 * @param warmUp a job that is run before any other; null for a process that runs one call only.
 * @throws Error when the process ends, or is silent, before it is ready.
 */
export async function startWorker(kind: WorkerKind, process: SandboxProcess, warmUp: Buffer | null): Promise<Worker> {
  await nextFrame(process, "ready", START_TIMEOUT_MS);
  let clean: Promise<boolean> = Promise.resolve(true);
  let restingBytes = 0;
  const worker: Worker = {
    kind,
    organizationId: null,
    process,
    get restingBytes() {
      return restingBytes;
    },
    cleaned: () => clean,
    async run(assignment) {
      process.hold(true);
      const { ending, settled } = runOn(process, assignment, restingBytes);
      clean = settled;
      const done = await ending;
      void settled.then(() => process.hold(false));
      return done;
    },
  };
  const rested = () => {
    restingBytes = process.residentBytes();
    process.hold(false);
    return worker;
  };
  if (!warmUp) return rested();
  const nothing = { timeoutMs: START_TIMEOUT_MS, memoryBytes: 1 << 26, signal: undefined, output() {} };
  const head = { type: "run", outputChars: 1000, memoryBytes: nothing.memoryBytes, keep: false } as const;
  await worker.run({ ...nothing, head, job: warmUp, files: [], answer: async () => null });
  if (!(await worker.cleaned())) throw new Error(`the ${kind} worker did not warm up: ${process.lastWords()}`);
  return rested();
}

export function nextFrame(process: SandboxProcess, type: string, timeoutMs: number): Promise<Frame> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      process.kill();
      reject(new Error(`the sandbox process said nothing for ${timeoutMs} ms`));
    }, timeoutMs);
    process.listen((frame) => {
      clearTimeout(timer);
      if (frame?.head.type === type) resolve(frame);
      else reject(new Error(`the sandbox process did not start: ${process.lastWords()}`));
    });
  });
}

/** One call: `ending` when the code is over, `settled` when the process is clean again, or gone. */
function runOn(process: SandboxProcess, assignment: Assignment, restingBytes: number) {
  const started = performance.now();
  const { head, signal } = assignment;
  // What the code asks is answered as a part of this call, though the pipe was opened by another.
  const answerHere = AsyncResource.bind(assignment.answer);
  let peakBytes = 0;
  let end: (ending: Ending) => void = () => {};
  let settle: (isClean: boolean) => void = () => {};
  const ending = new Promise<Ending>((resolve) => {
    end = resolve;
  });
  const settled = new Promise<boolean>((resolve) => {
    settle = resolve;
  });
  const elapsed = () => performance.now() - started;
  let isOver = false;
  const finish = (what: Ending) => {
    if (isOver) return;
    isOver = true;
    clearTimeout(deadline);
    clearInterval(watch);
    signal?.removeEventListener("abort", cancel);
    end(what);
  };
  const stop = (kind: "timeout" | "memory" | "output" | "cancelled" | "died") => {
    look();
    process.kill();
    finish({ kind, durationMs: elapsed(), memoryBytes: peakBytes || null });
  };
  const cancel = () => stop("cancelled");
  const deadline = setTimeout(() => stop("timeout"), assignment.timeoutMs);
  const allowed = restingBytes + assignment.memoryBytes * 1.25 + SLACK_BYTES;
  const look = () => {
    const bytes = process.residentBytes();
    peakBytes = Math.max(peakBytes, bytes - restingBytes);
    return bytes;
  };
  const watch = setInterval(() => {
    if (look() > allowed && restingBytes > 0) stop("memory");
  }, WATCH_MS);
  signal?.addEventListener("abort", cancel, { once: true });

  process.listen((frame) => {
    if (!frame) {
      stop("died");
      settle(false);
      return;
    }
    const said = frame.head;
    if (said.type === "clean") settle(isOver && said.clean === true);
    if (isOver) return;
    if (said.type === "output") heard(assignment, said);
    else if (said.type === "overflow") stop("output");
    else if (said.type === "ask") void reply(process, answerHere, said, () => isOver);
    else if (said.type === "done") finish(done(frame, elapsed(), peakBytes));
  });
  if (signal?.aborted) cancel();
  else {
    for (const { path, bytes } of assignment.files) process.send({ type: "file", path }, bytes);
    process.send(head, assignment.job);
  }
  return { ending, settled };
}

function heard({ output }: Assignment, { stream, text }: Frame["head"]): void {
  if ((stream === "stdout" || stream === "stderr") && typeof text === "string") output(stream, text);
}

function done({ head, blob }: Frame, elapsedMs: number, peakBytes: number): Ending {
  const number = (value: unknown, otherwise: number) => (typeof value === "number" && value >= 0 ? value : otherwise);
  return {
    kind: "done",
    trouble: typeof head.trouble === "string" ? head.trouble.slice(0, 1000) : null,
    result: blob,
    durationMs: number(head.durationMs, elapsedMs),
    memoryBytes: Math.max(number(head.memoryBytes, 0), peakBytes) || null,
  };
}

async function reply(
  process: SandboxProcess,
  answer: Assignment["answer"],
  said: Frame["head"],
  isOver: () => boolean,
): Promise<void> {
  const content = await answer(String(said.method), said.params).then(
    (value) => (value instanceof Uint8Array ? value : { value: value ?? null }),
    (error: unknown) => ({ error: error instanceof Error ? error.message : String(error) }),
  );
  if (isOver()) return;
  if (content instanceof Uint8Array) process.send({ type: "answer", bytes: true }, content);
  else process.send({ type: "answer" }, Buffer.from(JSON.stringify(content)));
}
