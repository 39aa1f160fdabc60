import type { WireRunningCall } from "@/lib/api/runs";

/** What a call printed, in order; neighbouring pieces are of different streams. */
export type Printed = WireRunningCall["output"][number];

/** A tool call that a run is at. */
export type RunningCall = {
  callId: string;
  runId: string;
  name: string;
  /** One that has ended waits for the others of its step. */
  status: WireRunningCall["status"];
  /** The server's word for when it began: tells it from an earlier try of the same call. */
  startedAt: string;
  /** When it began by this browser's clock, in milliseconds of the epoch. */
  since: number;
  /** Milliseconds; null while it runs. */
  tookMs: number | null;
  /** The end of what it printed. */
  output: readonly Printed[];
  /** Characters that it had printed before `output`. */
  outputFrom: number;
};

export type RunningCalls = {
  /** By call id. */
  calls: ReadonlyMap<string, RunningCall>;
  /** What calls printed that are not known yet. */
  early: readonly OutputEvent[];
};

export const NO_CALLS: RunningCalls = { calls: new Map(), early: [] };

type Heard = {
  id: string;
  run_id: string;
  at: string;
  /** By this browser's clock, in milliseconds of the epoch. */
  heardAt: number;
};
type ToolCallEvent = Heard & {
  type: "tool-call";
  status: RunningCall["status"];
  detail: { tool_name: string; started_at: string };
};
type OutputEvent = Heard & {
  type: "tool-output";
  detail: { stream: Printed["stream"]; text: string; offset: number };
};
/** An event of the server about a call that runs. */
export type CallEvent = ToolCallEvent | OutputEvent;

const MOST_EARLY = 200;
/** Characters of a call's output that are kept. */
export const TAIL_CHARS = 20_000;

/** The calls after some events. */
export function applyCallEvents(state: RunningCalls, events: readonly CallEvent[]): RunningCalls {
  const calls = new Map(state.calls);
  const early = [...state.early];
  for (const event of events) {
    const known = calls.get(event.id);
    if (event.type === "tool-call") {
      const next = withState(known, event);
      if (next) calls.set(event.id, next);
    } else if (known) calls.set(event.id, withOutput(known, event));
    else early.push(event);
  }
  return { calls, early: early.slice(-MOST_EARLY) };
}

/**
 * The calls as the server lists them, with what events told while the list was on its way.
 *
 * @param before what was known when it was asked for
 * @param now what is known when it has come
 */
export function joinSnapshot(
  before: RunningCalls,
  now: RunningCalls,
  snapshot: readonly WireRunningCall[],
  { runId, heardAt }: { runId: string; heardAt: number },
): RunningCalls {
  const calls = new Map<string, RunningCall>();
  for (const one of snapshot) {
    const known = now.calls.get(one.tool_call_id);
    const listed = fromSnapshot(one, runId, heardAt);
    const same = known?.startedAt === listed.startedAt ? known : null;
    calls.set(listed.callId, same ? newer(same, listed) : listed);
  }
  for (const call of now.calls.values()) {
    if (!before.calls.has(call.callId) && !calls.has(call.callId)) calls.set(call.callId, call);
  }
  return { calls: applyCallEvents({ calls, early: [] }, now.early).calls, early: [] };
}

function fromSnapshot(one: WireRunningCall, runId: string, heardAt: number): RunningCall {
  return {
    callId: one.tool_call_id,
    runId,
    name: one.tool_name,
    status: one.status,
    startedAt: one.started_at,
    since: heardAt - one.elapsed_ms,
    tookMs: one.ended_at === null ? null : Date.parse(one.ended_at) - Date.parse(one.started_at),
    output: one.output,
    outputFrom: one.output_from,
  };
}

/** Of two views of one call, what each knows more of. */
function newer(heard: RunningCall, listed: RunningCall): RunningCall {
  const { output, outputFrom } = endOf(heard) > endOf(listed) ? heard : listed;
  const { status, tookMs } = heard.status === "running" ? listed : heard;
  return { ...listed, status, tookMs, since: heard.since, output, outputFrom };
}

function withState(known: RunningCall | undefined, event: ToolCallEvent): RunningCall | null {
  const { id, run_id, status, at, heardAt, detail } = event;
  const tookMs = Math.max(0, Date.parse(at) - Date.parse(detail.started_at));
  const same = known?.startedAt === detail.started_at ? known : null;
  if (status !== "running") return same && { ...same, status, tookMs };
  return (
    same ?? {
      callId: id,
      runId: run_id,
      name: detail.tool_name,
      status,
      startedAt: detail.started_at,
      since: heardAt - tookMs,
      tookMs: null,
      output: [],
      outputFrom: 0,
    }
  );
}

/** Output that is known already is not added again; where some is missing, what came before it goes. */
function withOutput(call: RunningCall, { detail: { stream, text, offset } }: OutputEvent): RunningCall {
  const end = endOf(call);
  if (offset + text.length <= end) return call;
  if (offset > end) return cut({ ...call, output: [{ stream, text }], outputFrom: offset });
  const fresh = text.slice(end - offset);
  const last = call.output.at(-1);
  const output =
    last?.stream === stream
      ? [...call.output.slice(0, -1), { stream, text: last.text + fresh }]
      : [...call.output, { stream, text: fresh }];
  return cut({ ...call, output });
}

function endOf({ output, outputFrom }: RunningCall): number {
  return output.reduce((sum, { text }) => sum + text.length, outputFrom);
}

/** A call with no more than the tail of its output. */
function cut(call: RunningCall): RunningCall {
  let left = endOf(call) - call.outputFrom - TAIL_CHARS;
  if (left <= 0) return call;
  const outputFrom = call.outputFrom + left;
  const output: Printed[] = [];
  for (const { stream, text } of call.output) {
    const kept = text.slice(Math.max(0, left));
    left -= text.length;
    if (kept !== "") output.push({ stream, text: kept.toWellFormed() });
  }
  return { ...call, output, outputFrom };
}

/** Whether any call runs: then one that is not known yet has to wait for it. */
export function isAtWork(calls: RunningCalls["calls"]): boolean {
  return [...calls.values()].some(({ status }) => status === "running");
}

/** What runs, in words; null when nothing does. */
export function runningLabel(calls: RunningCalls["calls"]): string | null {
  const names = [...calls.values()].filter(({ status }) => status === "running").map(({ name }) => name);
  if (names.length === 0) return null;
  return names.length === 1 ? `Running ${names[0]}…` : `Running ${names.length} tools…`;
}

const TOOL_EVENTS: ReadonlySet<unknown> = new Set(["tool-call", "tool-output"]);

/** An event of the stream as one about a call, if it is. */
export function asCallEvent(event: { type: string; id: string }): CallEvent | null {
  return TOOL_EVENTS.has(event.type) && "detail" in event && event.detail ? (event as CallEvent) : null;
}
