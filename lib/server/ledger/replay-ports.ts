import type { Model, ModelEvent, ModelRequest } from "@/lib/engine/model";
import type { CompiledPrompt, Ports, Store } from "@/lib/engine/ports";
import type { Tool, ToolParameters } from "@/lib/engine/tool";
import { countTokens } from "../models/tokens";
import { canonicalJson, requestHash, unpackEvents } from "../records/cassette";
import { idsOfRun } from "../run/run-ids";
import type { Cassette, RecordedRun } from "./recorded-run";
import { requestOf } from "./step-request";

/** A request that no cassette answers: the message names the first thing that is another than recorded. */
export class CassetteMissError extends Error {}

/** How far a replay has come, and what it has taken from the record. */
export type Progress = { turnsSaved: number; modelCalls: number; toolReturns: number; controller: AbortController };

/** A model that answers what was recorded, by the hash of what it is asked. */
export function replayModel(recorded: RecordedRun, handle: string, progress: Progress, tape: Cassette[]): Model {
  const [provider = "", name = ""] = handle.split("/", 2);
  return {
    handle,
    provider,
    name,
    contextWindow: recorded.steps[0]?.row.context_window ?? 0,
    async *stream(request): AsyncGenerator<ModelEvent> {
      const hash = requestHash(handle, request);
      const at = tape.findIndex((cassette) => cassette.request_hash === hash);
      if (at === -1) return yield unanswered(recorded, handle, request, progress);
      const [cassette] = tape.splice(at, 1);
      progress.modelCalls++;
      yield* unpackEvents(cassette!.response);
      if (cassette!.kind === "step" && isCutShort(recorded, progress)) progress.controller.abort();
    },
  };
}

/** A summary that was not recorded had failed; a step's request must be known. */
function unanswered(recorded: RecordedRun, handle: string, request: ModelRequest, progress: Progress): ModelEvent {
  if (request.messages.at(-1)?.id === "message-compaction" || request.messages.at(-2)?.id === "message-compaction") {
    return {
      type: "error",
      error: { kind: "llm_error", message: "The summary was not recorded.", detail: null, status: null },
    };
  }
  throw new CassetteMissError(differenceFrom(recorded, handle, request, progress));
}

/** Whether the run was cancelled, and this is its last turn. */
function isCutShort({ run, steps }: RecordedRun, { turnsSaved }: Progress): boolean {
  return (
    steps[turnsSaved]?.row.status === "cancelled" && run.stopReason === "cancelled" && !steps[turnsSaved]?.row.calls
  );
}

/** What of a request is another than recorded, in words. */
export function differenceFrom(
  recorded: RecordedRun,
  handle: string,
  request: ModelRequest,
  progress: Pick<Progress, "turnsSaved">,
): string {
  const step = recorded.steps[progress.turnsSaved];
  if (!step) return "the model is asked once more than was recorded";
  if (step.row.model_handle !== handle) return `${handle} is asked, not ${step.row.model_handle}`;
  const was = requestOf(step.row, step.snapshot);
  if (was.system !== request.system)
    return `the system prompt differs at character ${firstDiffering(was.system, request.system)}`;
  for (const [index, message] of request.messages.entries()) {
    const [before, now] = [was.messages[index], message].map((one) => one && canonicalJson([one.role, one.parts]));
    if (before !== now)
      return `message ${index} of the request differs: ${before?.slice(0, 200)} became ${now?.slice(0, 200)}`;
  }
  if (was.messages.length > request.messages.length)
    return `message ${request.messages.length} of the request is missing`;
  for (const key of ["tools", "settings"] as const) {
    if (canonicalJson(was[key]) !== canonicalJson(request[key])) return `the ${key} of the request differ`;
  }
  const hash = requestHash(handle, request);
  const knows = recorded.cassettes.some(({ request_hash }) => request_hash === hash);
  if (knows) return "the same request is made once more than was recorded";
  const sent = recorded.cassettes.filter(({ step_id, kind }) => kind === "step" && step_id === step.row.id);
  if (sent.length === 0) return "no answer of a model was recorded for this step";
  return `the record of step ${step.row.id} is no longer what was sent: its hash is another, or how tools may be called is`;
}

function firstDiffering(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}

/** The tools that were shown in any step, in an order that fits all; each answers what it answered then. */
export function replayTools(recorded: RecordedRun, progress: Progress): Tool[] {
  const order: string[] = [];
  const specs = new Map<string, { name: string; description: string; parameters: ToolParameters }>();
  const lists = recorded.steps.map(({ snapshot }) => snapshot.sections.filter(({ kind }) => kind === "tools"));
  // The longest lists first: their order says most.
  for (const list of lists.toSorted((a, b) => b.length - a.length)) {
    let at = -1;
    for (const section of list) {
      const spec = JSON.parse(section.text);
      if (!specs.has(spec.name)) order.splice(at + 1, 0, spec.name);
      specs.set(spec.name, spec);
      at = order.indexOf(spec.name);
    }
  }
  const clients = new Set(
    recorded.made.flatMap(({ role, parts }) =>
      parts.flatMap((part) => (role === "approval" && part.type === "tool_call" ? [part.name] : [])),
    ),
  );
  // Calls of before this run are answered too: tools that are shown no more.
  for (const name of namesAnswered(recorded)) if (!specs.has(name)) order.push(name);
  return order.map((name) => replayTool(specs.get(name) ?? bareSpec(name), clients.has(name), recorded, progress));
}

function namesAnswered({ returns }: RecordedRun): string[] {
  return [...new Set([...returns.values()].flatMap(({ name }) => name ?? []))];
}

const bareSpec = (name: string) => ({ name, description: "", parameters: { type: "object" as const, properties: {} } });

function replayTool(
  spec: ReturnType<typeof bareSpec>,
  isGated: boolean,
  recorded: RecordedRun,
  progress: Progress,
): Tool {
  const tool: Tool = { ...spec, returnLimitChars: null, parallel: false };
  if (isGated) return tool;
  tool.run = async (_args, { toolCallId }) => {
    const given = recorded.returns.get(toolCallId);
    if (!given) throw new CassetteMissError(`the return of ${toolCallId} was not recorded`);
    progress.toolReturns++;
    const { status, content, stdout, stderr } = given;
    const writes = becomesStale(recorded, progress) ? [PROMPT_CHANGE] : [];
    return { status, content, writes, ...(stdout && { stdout }), ...(stderr && { stderr }) };
  };
  return tool;
}

/** Stands for a write after which the prompt is compiled anew; nothing is written in a replay. */
const PROMPT_CHANGE = { type: "block-create" as const, label: "", description: "", value: "", operation: "replay" };

function becomesStale({ steps, compactions }: RecordedRun, { turnsSaved }: Progress): boolean {
  const [now, next] = [steps[turnsSaved - 1]?.row, steps[turnsSaved]?.row];
  if (!now || !next || now.compile_id === next.compile_id) return false;
  return !compactions.some((compaction) => compaction.seq > now.seq && compaction.seq < next.seq);
}

/** Ports that give what was recorded and keep nothing. */
export function replayPorts(recorded: RecordedRun, progress: Progress): Ports {
  const { steps, run, prompt } = recorded;
  const next = (): CompiledPrompt => steps[progress.turnsSaved]?.prompt ?? prompt;
  const stopIfCancelled = () => {
    if (run.stopReason === "cancelled" && progress.turnsSaved >= steps.length) progress.controller.abort();
  };
  const store: Store = {
    async saveTurn(record) {
      progress.turnsSaved++;
      if (record.toolCalls.length === 0) stopIfCancelled();
    },
    async saveReturns() {
      stopIfCancelled();
      return { conflict: false, blocks: [] };
    },
    saveCompaction: async () => next(),
    finish: async () => {},
    compile: async () => next(),
  };
  const newId = idsOfRun(run.id);
  const clock = recordedClock(recorded);
  return {
    store,
    newId(prefix) {
      const id = newId(prefix);
      clock.given(prefix, id);
      return id;
    },
    clock: { now: clock.now, monotonic: () => 0 },
    countTokens,
  };
}

/**
 * The times that were recorded. The engine looks at the clock for what it has just given an id: the time is that of the
 * record with this id or, for an answer of a model that was thrown away, of its cassette.
 */
function recordedClock({ steps, made, cassettes }: RecordedRun) {
  const times = new Map<string, string>([
    ...steps.map(({ row }): [string, string] => [row.id, row.created_at.toISOString()]),
    ...made.map((message): [string, string] => [message.id, message.createdAt]),
  ]);
  let last = "";
  let stepId = "";
  let thrown = 0;
  return {
    given(prefix: string, id: string): void {
      if (prefix === "call") return;
      last = id;
      if (prefix !== "step") return;
      stepId = id;
      thrown = 0;
    },
    now(): string {
      const known = times.get(last);
      if (known) return known;
      const attempts = cassettes.filter(({ kind, step_id }) => kind === "step" && step_id === stepId);
      const time = attempts.find(({ attempts: ordinal }) => ordinal === thrown + 1)?.started_at ?? new Date(0);
      thrown++;
      times.set(last, time.toISOString());
      return time.toISOString();
    },
  };
}
