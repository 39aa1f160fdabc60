import type { Model, ModelEvent, ModelRequest } from "@/lib/engine/model";
import type { Tool } from "@/lib/engine/tool";
import { MEMORY_TOOLS } from "@/lib/engine/tools/memory-tools";
import type { Ctx } from "../core/core";
import { badRequest } from "../core/errors";
import { type RecordedRun, readRecordedRun } from "../ledger/recorded-run";
import { requestOf } from "../ledger/step-request";
import { canonicalJson, unpackEvents } from "../records/cassette";

/** A conversation whose models and tools answer as they did in a run. */
export type RecordedAnswers = {
  /** In which models answer from cassettes. */
  ctx: Ctx;
  /** Tools as the agent has them, of which those answer from the record that reach beyond its memory. */
  replaceTools: (tools: Tool[]) => Tool[];
};

/**
 * Answers of a run for a copy of its agent, which then needs no key. What is asked of a model is compared with what was
 * asked then, but for the copy's own ids: the first difference ends the turn with a sentence that names step and place. Tools
 * of memory write the copy's own memory, as they would.
 *
 * @throws ApiError `not-found`; 400 for a run of which no answer was recorded.
 */
export async function recordedAnswers(ctx: Ctx, runId: string): Promise<RecordedAnswers> {
  const recorded = await readRecordedRun(ctx, runId);
  if (recorded.steps.length === 0)
    throw badRequest(`INVALID_ARGUMENT: no answer of a model was recorded in run '${runId}'`);
  const tape = { steps: 0, summaries: 0 };
  const model = async (_: Ctx, handle: string): Promise<Model> => {
    const [provider = "", name = ""] = handle.split("/", 2);
    const contextWindow = recorded.steps[0]!.row.context_window;
    return { handle, provider, name, contextWindow, stream: (request) => answer(recorded, tape, request) };
  };
  return {
    ctx: { ...ctx, models: { ...ctx.models, model } },
    replaceTools: (tools) => tools.map((tool) => (isOfMemory(tool.name) ? tool : fromRecord(tool, recorded))),
  };
}

/** What it writes is the copy's: these are done, and not answered from the record. */
const isOfMemory = (name: string) => Object.hasOwn(MEMORY_TOOLS, name) || name === "archival_memory_insert";

function fromRecord(tool: Tool, { returns }: RecordedRun): Tool {
  if (!tool.run) return tool;
  return {
    ...tool,
    run: async (_args, { toolCallId }) => {
      const given = returns.get(toolCallId);
      if (!given)
        return { status: "error", content: `Error: what ${tool.name} returned was not recorded.`, writes: [] };
      const { status, content, stdout, stderr } = given;
      return { status, content, writes: [], ...(stdout && { stdout }), ...(stderr && { stderr }) };
    },
  };
}

type Tape = { steps: number; summaries: number };

async function* answer(recorded: RecordedRun, tape: Tape, request: ModelRequest): AsyncGenerator<ModelEvent> {
  const asksForSummary = request.messages.slice(-2).some(({ id }) => id === "message-compaction");
  if (asksForSummary) {
    const summary = recorded.cassettes.filter(({ kind }) => kind === "compaction")[tape.summaries++];
    if (summary) yield* unpackEvents(summary.response);
    else yield diverged(tape.steps + 1, "the conversation is summed up, which it was not then");
    return;
  }
  const step = recorded.steps[tape.steps];
  const number = ++tape.steps;
  if (!step)
    return yield diverged(number, `the model is asked once more than the ${recorded.steps.length} times of then`);
  const different = differenceOf(requestOf(step.row, step.snapshot), request);
  if (different) return yield diverged(number, different);
  const cassette = recorded.cassettes.findLast(({ kind, step_id }) => kind === "step" && step_id === step.row.id);
  if (cassette) yield* unpackEvents(cassette.response);
  else yield diverged(number, "no answer of a model was recorded");
}

/** A refusal, so that nothing asks again. */
function diverged(step: number, what: string): ModelEvent {
  const message = `Diverged at step ${step}: ${what}.`;
  return { type: "error", error: { kind: "llm_bad_request", message, detail: null, status: null } };
}

type Asked = Pick<ModelRequest, "system" | "messages" | "tools">;
const SHOWN = 120;

function differenceOf(was: Asked, now: Asked): string | null {
  const [before, after] = [withoutIds(was.system), withoutIds(now.system)];
  if (before !== after) {
    const at = firstDiffering(before, after);
    return `the prompt differs at character ${at + 1}, where “${before.slice(at, at + SHOWN)}” became “${after.slice(at, at + SHOWN)}”`;
  }
  for (let index = 0; index < Math.max(was.messages.length, now.messages.length); index++) {
    const [one, other] = [was.messages[index], now.messages[index]];
    if (!one || !other) return `${was.messages.length} messages were shown, and now ${now.messages.length}`;
    const [then, here] = [one, other].map(({ role, parts }) => canonicalJson([role, parts]));
    if (then === here) continue;
    const at = Math.max(0, firstDiffering(then!, here!) - SHOWN / 4);
    return `message ${index + 1} differs: “${then!.slice(at, at + SHOWN)}” became “${here!.slice(at, at + SHOWN)}”`;
  }
  return canonicalJson(was.tools) === canonicalJson(now.tools) ? null : "the tools that are shown differ";
}

/** Lines of a prompt that name who it is of, and when it was rendered. */
const withoutIds = (system: string) =>
  system.replaceAll(/^- (AGENT_ID|CONVERSATION_ID|System prompt last recompiled): .*$/gm, "- $1");

function firstDiffering(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
