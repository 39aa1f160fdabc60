import type { Redactor } from "./secrets";

export type OutputStream = "stdout" | "stderr";

/** Output of code that is still running, on its way to those who watch. */
export type LiveOutput = {
  write(stream: OutputStream, text: string): void;
  /** Sends what is left. Nothing is sent after that. */
  end(): void;
};

const FLUSH_MS = 200;
const MAX_CHARS = 100_000;

/**
 * Hands output on a few times a second, without secrets: what may be the beginning of one is held back until more has
 * come. After 100,000 characters the rest is not shown live; it is in the call's record.
 */
export function createLiveOutput(redactor: Redactor, send: (stream: OutputStream, text: string) => void): LiveOutput {
  const pending = { stdout: "", stderr: "" };
  let sent = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let ended = false;

  const flush = (all: boolean) => {
    timer = undefined;
    for (const stream of ["stdout", "stderr"] as const) {
      const text = redactor.text(pending[stream]);
      const ready = all ? text : text.slice(0, Math.max(0, text.length - redactor.tailChars));
      pending[stream] = text.slice(ready.length);
      const shown = ready.slice(0, MAX_CHARS - sent);
      sent += shown.length;
      if (shown !== "") send(stream, shown.toWellFormed());
    }
  };
  return {
    write(stream, text) {
      if (ended || sent >= MAX_CHARS) return;
      pending[stream] += text;
      timer ??= setTimeout(() => flush(false), FLUSH_MS);
    },
    end() {
      clearTimeout(timer);
      flush(true);
      ended = true;
    },
  };
}
