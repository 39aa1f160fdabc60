import type { CommandHandle, Sandbox as E2bSandbox } from "e2b";
import { createFrameReader, encodeFrame, type Frame } from "../frames";
import type { SandboxProcess } from "../process";

/** The line after which standard output is frames: what a machine's own start scripts say comes before it. */
const BEGIN = "memoir-frames";
/** The most bytes of one request. */
const PIECE_BYTES = 384 * 1024;
const LAST_WORDS_CHARS = 2000;

export type RemoteProcess = SandboxProcess & {
  /** Takes it for gone, without a word to its machine. */
  abandon(): void;
};

export type RemoteOptions = {
  maxFrameBytes: number;
  asRoot: boolean;
  /** Told once, when the process is gone, by our own will or not. */
  over(): void;
  /** Told when its machine is no longer to be relied on. */
  lost(): void;
};

/**
 * A process in a rented machine that speaks frames over its standard input and output, as lines of base64.
 *
 * @throws what E2B's client throws when it can't be started; `over` is not told then.
 */
export async function startRemoteProcess(
  sandbox: E2bSandbox,
  command: string,
  { maxFrameBytes, asRoot, over, lost }: RemoteOptions,
): Promise<RemoteProcess> {
  const reader = createFrameReader(maxFrameBytes);
  // What comes before anybody listens is for who does first.
  const early: Frame[] = [];
  let listener: (frame: Frame | null) => void = (frame) => void (frame && early.push(frame));
  let handle: CommandHandle | null = null;
  let words = "";
  let alive = true;
  let wasKilled = false;
  let sent: Promise<unknown> = Promise.resolve();
  let gone: () => void = () => {};
  const exited = new Promise<void>((resolve) => {
    gone = resolve;
  });

  const finish = () => {
    if (!alive) return;
    alive = false;
    over();
    listener(null);
    gone();
  };
  const kill = () => {
    if (!alive || wasKilled) return;
    wasKilled = true;
    // It counts as gone at once, but not before whoever ends it has said why.
    setImmediate(finish);
    handle?.kill().catch(lost);
  };
  const heard = createLineReader((bytes) => {
    for (const frame of reader.push(bytes)) listener(frame);
  });
  handle = await sandbox.commands.run(command, {
    ...{ background: true, stdin: true, timeoutMs: 0, cwd: "/" },
    ...(asRoot && { user: "root" }),
    onStdout(text) {
      try {
        if (!wasKilled) heard(text);
      } catch {
        kill();
      }
    },
    onStderr(text) {
      words = (words + text).slice(-LAST_WORDS_CHARS);
    },
  });
  if (wasKilled) handle.kill().catch(lost);
  handle.wait().then(finish, (error: unknown) => {
    if (!(error instanceof Error && error.name === "CommandExitError")) lost();
    finish();
  });
  const push = (piece: string) => {
    sent = sent.then(() => (alive && !wasKilled ? handle?.sendStdin(piece) : undefined)).catch(kill);
  };
  return {
    exited,
    isAlive: () => alive,
    send(head, blob) {
      const bytes = Buffer.concat(encodeFrame(head, blob));
      for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
        push(`${bytes.subarray(at, at + PIECE_BYTES).toString("base64")}\n`);
      }
    },
    listen(next) {
      listener = next;
      for (const frame of early.splice(0)) next(frame);
      if (!alive) next(null);
    },
    // A rented machine has limits of its own; the process keeps its own.
    residentBytes: () => 0,
    hold() {},
    pause: () => true,
    kill,
    abandon: finish,
    lastWords: () => words,
  };
}

/** Decodes whole lines of base64, once the line that begins them has come. */
function createLineReader(hear: (bytes: Buffer) => void) {
  let rest = "";
  let hasBegun = false;
  return (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (hasBegun) hear(Buffer.from(line, "base64"));
      else hasBegun = line.trim() === BEGIN;
    }
  };
}
