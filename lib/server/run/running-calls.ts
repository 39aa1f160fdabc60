import type { CallWatch, WatchedCall } from "@/lib/engine/ports";
import type { ToolOutcome } from "@/lib/engine/tool";
import type { OutputStream } from "../calls/custom/live-output";

/** What a call printed, in order; neighbouring pieces are of different streams. */
export type Printed = { stream: OutputStream; text: string };

/** A call of the step at work. */
export type RunningCall = {
  callId: string;
  name: string;
  stepId: string | null;
  /** ISO 8601, UTC. */
  startedAt: string;
  endedAt: string | null;
  /** How it ended, if it has: its return is kept when all calls of the step have ended. */
  status: "running" | "success" | "error" | "cancelled";
  /** The end of what it printed, at most `TAIL_CHARS`. */
  output: readonly Printed[];
  /** How many characters it had printed before `output`. */
  outputFrom: number;
};

/** The calls of a run's step at work: followed while they run, and cancelled one by one. */
export type RunningCalls = {
  begin(call: Parameters<CallWatch["begin"]>[0]): BegunCall;
  /** Those that have begun, in order of their beginning. */
  list(): RunningCall[];
  /** Has a call answered as cancelled, very soon even if its tool goes on; false if it does not run. */
  cancel(callId: string): boolean;
  /**
   * Keeps what a call printed.
   *
   * @returns how many characters it had printed before; null for a call that does not run (any more).
   */
  print(callId: string, stream: OutputStream, text: string): number | null;
};

/** @param endedAt ISO 8601, UTC */
type BegunCall = Omit<WatchedCall, "end"> & { end(status: ToolOutcome["status"], endedAt: string): void };

/** Characters of a call's output that are kept while it runs. */
export const TAIL_CHARS = 20_000;
/** How long a cancelled tool has to stop by itself, so that what it says it printed is in its return. */
const STOP_MS = 250;

type Held = RunningCall & { output: Printed[]; abort(reason: unknown): void; cancel(): void };

/** @param runSignal aborts every call */
export function createRunningCalls(runSignal: AbortSignal): RunningCalls {
  const held = new Map<string, Held>();
  runSignal.addEventListener("abort", () => {
    for (const call of held.values()) call.abort(runSignal.reason);
  });

  function running(callId: string): Held | null {
    const call = held.get(callId);
    return call?.status === "running" ? call : null;
  }

  return {
    begin(begun) {
      for (const call of held.values()) if (call.stepId !== begun.stepId) held.delete(call.callId);
      const { watched, ...control } = watch(() => linesOf(call.output));
      const call: Held = { ...begun, endedAt: null, status: "running", output: [], outputFrom: 0, ...control };
      if (runSignal.aborted) call.abort(runSignal.reason);
      held.set(call.callId, call);
      return {
        ...watched,
        end(status, endedAt) {
          watched.end(status);
          call.endedAt = endedAt;
          call.status = watched.isCancelled() ? "cancelled" : status;
        },
      };
    },
    list: () => [...held.values()].map(({ abort: _, cancel: __, ...call }) => ({ ...call, output: [...call.output] })),
    cancel(callId) {
      const call = running(callId);
      call?.cancel();
      return call !== null;
    },
    print(callId, stream, text) {
      const call = running(callId);
      if (!call) return null;
      const before = call.outputFrom + lengthOf(call.output);
      const last = call.output.at(-1);
      if (last?.stream === stream) last.text += text;
      else call.output.push({ stream, text });
      call.outputFrom += cutToTail(call.output);
      return before;
    },
  };
}

type Lines = { stdout: string[]; stderr: string[] };

function watch(printed: () => Lines): { watched: WatchedCall } & Pick<Held, "abort" | "cancel"> {
  const controller = new AbortController();
  let cancelled = false;
  let timer: NodeJS.Timeout | undefined;
  let stop: (printed: Lines) => void = () => {};
  const watched: WatchedCall = {
    signal: controller.signal,
    stopped: new Promise((resolve) => {
      stop = resolve;
    }),
    isCancelled: () => cancelled,
    end: () => clearTimeout(timer),
  };
  return {
    watched,
    abort: (reason) => controller.abort(reason),
    cancel() {
      if (cancelled) return;
      cancelled = true;
      controller.abort(new DOMException("A person cancelled this call.", "AbortError"));
      timer = setTimeout(() => stop(printed()), STOP_MS);
    },
  };
}

const lengthOf = (output: readonly Printed[]) => output.reduce((sum, { text }) => sum + text.length, 0);

/** Cuts what is too much from the beginning. @returns how many characters went. */
function cutToTail(output: Printed[]): number {
  const tooMany = Math.max(0, lengthOf(output) - TAIL_CHARS);
  for (let left = tooMany; left > 0; ) {
    const first = output[0]!;
    if (first.text.length <= left) {
      left -= first.text.length;
      output.shift();
    } else {
      first.text = first.text.slice(left).toWellFormed();
      left = 0;
    }
  }
  return tooMany;
}

function linesOf(output: readonly Printed[]): Lines {
  const lines = (stream: OutputStream) => {
    const text = output.map((one) => (one.stream === stream ? one.text : "")).join("");
    return text === "" ? [] : text.replace(/\n$/, "").split("\n");
  };
  return { stdout: lines("stdout"), stderr: lines("stderr") };
}
