import type { Model, ModelRequest } from "@/lib/engine/model";
import type { Tool } from "@/lib/engine/tool";
import { MEMORY_TOOLS } from "@/lib/engine/tools/memory-tools";
import { requestHash, unpackEvents } from "../records/cassette";
import type { Tape } from "../run/run-request";
import type { RecordedRun } from "./recorded-run";
import { differenceFrom } from "./replay-ports";

/** A tape of a record, and what was taken from it. */
export type ReplayTape = Tape & {
  told(): { model_calls: number; tool_returns: number; first_difference: string | null };
};

type Fork = { agent_id: string };

/** What writes into the fork is run there, and comes to the same. */
const WRITES: ReadonlySet<string> = new Set([...Object.keys(MEMORY_TOOLS), "archival_memory_insert"]);

/**
 * Gives a run on a fork what was recorded of the original: answers of the model as long as each request is the recorded
 * one, but for the fork's own id; returns for the calls of those answers, or others that are given for them.
 */
export function replayTape(recorded: RecordedRun, fork: Fork, returns: Readonly<Record<string, string>>): ReplayTape {
  const tape = recorded.cassettes.filter((cassette) => cassette.kind === "step");
  let turns = 0;
  let [modelCalls, toolReturns] = [0, 0];
  let firstDifference: string | null = null;
  const fromRecord = new Set<string>();

  const asThen = (request: ModelRequest): ModelRequest => ({
    ...request,
    system: asOriginal(request.system, recorded, fork),
  });

  return {
    model: (model: Model): Model => ({
      ...model,
      async *stream(request, signal) {
        const asked = asThen(request);
        const hash = firstDifference === null ? requestHash(model.handle, asked) : null;
        const at = tape.findIndex((cassette) => cassette.request_hash === hash);
        if (at < 0) {
          firstDifference ??= differenceFrom(recorded, model.handle, asked, { turnsSaved: turns });
          return yield* model.stream(request, signal);
        }
        const [cassette] = tape.splice(at, 1);
        modelCalls++;
        turns++;
        for (const event of unpackEvents(cassette!.response)) {
          if (event.type === "tool-call") fromRecord.add(event.id);
          yield event;
        }
      },
    }),
    tool: (tool: Tool): Tool => {
      const { run } = tool;
      if (!run) return tool;
      return {
        ...tool,
        run: async (args, call) => {
          const other = returns[call.toolCallId];
          if (other !== undefined) return { status: "success", content: other };
          const given = recorded.returns.get(call.toolCallId);
          if (!given || !fromRecord.has(call.toolCallId) || WRITES.has(tool.name)) return run(args, call);
          toolReturns++;
          const { status, content, stdout, stderr } = given;
          return { status, content, ...(stdout && { stdout }), ...(stderr && { stderr }) };
        },
      };
    },
    told: () => ({ model_calls: modelCalls, tool_returns: toolReturns, first_difference: firstDifference }),
  };
}

const CONVERSATION = /^- CONVERSATION_ID: .*$/mu;

/** A prompt of the fork with the ids of the original. */
function asOriginal(system: string, { run, prompt }: RecordedRun, fork: Fork): string {
  const line = prompt.sections.map(({ text }) => CONVERSATION.exec(text)?.[0]).find((found) => found !== undefined);
  const named = system.replaceAll(fork.agent_id, run.agentId);
  return line === undefined ? named : named.replace(CONVERSATION, () => line);
}
