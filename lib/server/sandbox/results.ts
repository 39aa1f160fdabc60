import { z } from "zod";
import { storableJson } from "../db/json";
import type { Json, SandboxCall, SandboxError, SandboxLimits, SandboxResult } from "./sandbox";
import type { Ending } from "./worker";

const MAX_DEPTH = 200;
const MAX_ERROR_CHARS = 20_000;

const Reported = z.object({
  status: z.enum(["success", "error"]),
  value: z.string().nullable(),
  text: z.string(),
  textLength: z.number(),
  error: z.object({ type: z.string(), message: z.string(), traceback: z.string() }).nullable(),
  memoryEdits: z.array(z.object({ label: z.string(), value: z.string() })),
});

/** Stdout and stderr of one call, as they come, and as lines at the end. */
export function createOutput(limitChars: number, hear: SandboxCall["onOutput"]) {
  const texts = { stdout: "", stderr: "" };
  let room = limitChars;
  return {
    write(stream: "stdout" | "stderr", text: string): void {
      const kept = clean(text.slice(0, room));
      room -= kept.length;
      if (kept === "") return;
      texts[stream] += kept;
      hear?.(stream, kept);
    },
    lines: () => ({ stdout: toLines(texts.stdout), stderr: toLines(texts.stderr) }),
  };
}

const toLines = (text: string) => (text === "" ? [] : text.replace(/\n$/, "").split("\n"));

/** Text that a database and a model can take: no NUL, no half of a character. */
const clean = (text: string) => text.replaceAll("\0", "").toWellFormed();

export type Output = ReturnType<typeof createOutput>;

export function failedResult(
  status: Exclude<SandboxResult["status"], "success">,
  error: SandboxError,
  ending: { durationMs: number; memoryBytes: number | null } = { durationMs: 0, memoryBytes: null },
  lines: { stdout: string[]; stderr: string[] } = { stdout: [], stderr: [] },
): SandboxResult {
  const measured = measuredOf(ending);
  return { status, value: null, text: "", textLength: 0, error, ...lines, memoryEdits: [], ...measured };
}

/** What came of a call. The worker's report is the code's own word: it is believed about nothing but itself. */
export function toResult(ending: Ending, limits: SandboxLimits, output: Output, labels: ReadonlySet<string>) {
  const lines = output.lines();
  const failed = (status: "error" | "timeout" | "killed", type: string, message: string) =>
    failedResult(status, { type, message, traceback: "" }, ending, lines);
  switch (ending.kind) {
    case "timeout":
      return failed("timeout", "TimeoutError", `The code ran longer than ${limits.timeoutMs / 1000} seconds.`);
    case "memory":
      return failed("killed", "MemoryError", outOfMemory(limits));
    case "output":
      return failed("killed", "OutputLimitError", `The code wrote more than ${limits.outputChars * 10} characters.`);
    case "cancelled":
      return failed("killed", "CancelledError", "The call was cancelled.");
    case "died":
      return failed("killed", "SandboxError", "The process that ran the code ended.");
  }
  if (ending.trouble === "recursion") {
    return failed("error", "RecursionError", "The code called itself deeper than the stack goes.");
  }
  if (ending.trouble === "memory") return failed("killed", "MemoryError", outOfMemory(limits));
  if (ending.trouble) return failed("killed", "SandboxError", `The code was ended: ${ending.trouble}.`);
  const reported = parseReport(ending.result);
  if (!reported) return failed("error", "SandboxError", "The code returned nothing that could be read.");
  const measured = measuredOf(ending);
  const { text, error } = reported;
  const cut = clean(text.slice(0, limits.returnChars));
  const isCut = text.length > limits.returnChars || reported.textLength > limits.returnChars;
  return {
    status: reported.status,
    value: isCut || reported.status === "error" ? null : readValue(reported.value),
    text: cut,
    textLength: Math.max(isCut ? reported.textLength : 0, cut.length),
    error: reported.status === "error" ? cleanError(error) : null,
    ...lines,
    memoryEdits: reported.memoryEdits.filter(({ label }) => labels.has(label)),
    ...measured,
  } satisfies SandboxResult;
}

const measuredOf = ({ durationMs, memoryBytes }: { durationMs: number; memoryBytes: number | null }) => ({
  durationMs,
  memoryBytes: memoryBytes === null ? null : Math.round(memoryBytes),
});

const outOfMemory = ({ memoryBytes }: SandboxLimits) => `The code took more than ${memoryBytes} bytes of memory.`;

function cleanError(error: SandboxError | null): SandboxError {
  const { type, message, traceback } = error ?? { type: "Error", message: "", traceback: "" };
  const short = (text: string) => clean(text.slice(0, MAX_ERROR_CHARS));
  return { type: short(type).slice(0, 200), message: short(message), traceback: short(traceback) };
}

function parseReport(bytes: Buffer): z.infer<typeof Reported> | null {
  const text = bytes.toString("utf8");
  if (depthOf(text) > MAX_DEPTH) return null;
  try {
    return Reported.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

function readValue(json: string | null): Json {
  if (json === null || depthOf(json) > MAX_DEPTH) return null;
  try {
    return JSON.parse(storableJson(JSON.parse(json)));
  } catch {
    return null;
  }
}

/** How deep brackets are nested in JSON text, at most; what stands in strings does not count. */
function depthOf(json: string): number {
  let depth = 0;
  let most = 0;
  let isString = false;
  for (let at = 0; at < json.length; at++) {
    const one = json.charCodeAt(at);
    if (isString) {
      if (one === 92) at++;
      else if (one === 34) isString = false;
    } else if (one === 34) isString = true;
    else if (one === 91 || one === 123) most = Math.max(most, ++depth);
    else if (one === 93 || one === 125) depth--;
  }
  return most;
}
