import type { MessageItem } from "@/lib/stream/item";
import { type Message, partOtid, type ToolCall, type ToolReturn } from "@/lib/stream/message";
import { parsePythonLiteral } from "@/lib/stream/python-literal";
import type { Block, MemoryWrite } from "./memory";
import type { FinishedCall, Ports } from "./ports";
import type { Tool, ToolOutcome } from "./tool";
import { underPolicies } from "./write-policy";

export type CallInput = {
  calls: ToolCall[];
  tools: ReadonlyMap<string, Tool>;
  /** Why a call may not run now, as the model is told; null lets it run. */
  refusal: (call: ToolCall) => string | null;
  /** The arguments that are the tool's own, without those that the dialect adds. */
  ownArguments: (args: Record<string, unknown>) => Record<string, unknown>;
  /** Arguments that a tool rule sets, by tool name. */
  prefilled: (name: string) => Record<string, unknown> | null;
  blocks: Block[];
  /** What calls of this turn have written that are not run here. */
  pending?: readonly MemoryWrite[];
  agentId: string;
  conversationId: string;
  runId: string;
  stepId: string | null;
  timezone: string;
  signal: AbortSignal;
};

/** A call and what came of it. */
export type Answer = {
  call: ToolCall;
  outcome: ToolOutcome;
  status: FinishedCall["status"];
  startedAt: string;
  endedAt: string;
};

const ERROR_LIMIT_CHARS = 1000;

type CallPorts = Pick<Ports, "clock" | "calls">;

/**
 * Runs calls and answers them in their order. Neighbouring calls of tools that allow it run side by side; the others
 * one after another. Each sees the blocks as the calls before it left them. A tool that throws is an error return, and
 * so is a call that a person cancelled: whatever its tool says afterwards is dropped, with its writes.
 */
export async function runCalls(input: CallInput, ports: CallPorts): Promise<{ answers: Answer[]; blocks: Block[] }> {
  const answers: Answer[] = [];
  let blocks = input.blocks;
  let pending = input.pending ?? [];
  for (const group of groupParallel(input.calls, input.tools)) {
    const done = await Promise.all(group.map((call) => runCall(call, { ...input, blocks, pending }, ports)));
    for (const answer of done) {
      answers.push(answer);
      blocks = applyWrites(blocks, answer.outcome);
      pending = [...pending, ...writesOf(answer.outcome)];
    }
  }
  return { answers, blocks };
}

function groupParallel(calls: ToolCall[], tools: ReadonlyMap<string, Tool>): ToolCall[][] {
  const groups: ToolCall[][] = [];
  let open = false;
  for (const call of calls) {
    const parallel = tools.get(call.name)?.parallel ?? false;
    if (open && parallel) groups.at(-1)!.push(call);
    else groups.push([call]);
    open = parallel;
  }
  return groups;
}

async function runCall(call: ToolCall, input: CallInput, ports: CallPorts): Promise<Answer> {
  const startedAt = ports.clock.now();
  const outcome = input.signal.aborted
    ? failure("The run was cancelled before this tool was called.")
    : await outcomeOf(call, input, ports, startedAt);
  return { call, outcome, status: outcome.status, startedAt, endedAt: ports.clock.now() };
}

async function outcomeOf(call: ToolCall, input: CallInput, ports: CallPorts, startedAt: string): Promise<ToolOutcome> {
  const refused = input.refusal(call);
  if (refused) return failure(refused);
  const tool = input.tools.get(call.name);
  if (!tool?.run) return failure(`Tool not found: ${call.name}`);
  const args = parseArguments(call.arguments);
  if (!args)
    return failure(`Error: the arguments of ${call.name} are not a JSON object. Call it again with valid JSON.`);
  const runnable = { ...tool, run: tool.run };
  const watched = ports.calls?.begin({ callId: call.id, name: call.name, stepId: input.stepId, startedAt });
  if (!watched) return runTool(runnable, args, call, input, ports);
  const work = runTool(runnable, args, call, { ...input, signal: watched.signal }, ports);
  const ended = await Promise.race([work, watched.stopped]);
  const outcome = "status" in ended && !watched.isCancelled() ? ended : cancelled(call, ended);
  watched.end(outcome.status);
  return outcome;
}

/** Never throws. */
async function runTool(
  tool: Tool & Required<Pick<Tool, "run">>,
  args: Record<string, unknown>,
  call: ToolCall,
  input: CallInput,
  ports: CallPorts,
): Promise<ToolOutcome> {
  try {
    const outcome = await tool.run(
      { ...input.ownArguments(args), ...input.prefilled(call.name) },
      {
        agentId: input.agentId,
        conversationId: input.conversationId,
        runId: input.runId,
        stepId: input.stepId,
        toolCallId: call.id,
        blocks: input.blocks,
        pending: input.pending ?? [],
        now: ports.clock.now(),
        timezone: input.timezone,
        signal: input.signal,
      },
    );
    return underPolicies(limited(outcome, tool.returnLimitChars), input.blocks);
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return failure(`Error executing function ${call.name}: ${text}`.slice(0, ERROR_LIMIT_CHARS));
  }
}

/** What the model is told of a call that a person cancelled, with what it had printed. */
function cancelled(call: ToolCall, printed: Partial<ToolOutcome>): ToolOutcome {
  const { stdout, stderr, sandbox, memoryBytes } = printed;
  const content =
    `Error: a person cancelled this call of ${call.name} while it was running. It has no result, and nothing that it ` +
    "wrote to memory was kept; what it did elsewhere may remain.";
  return {
    ...failure(content),
    ...(stdout && { stdout }),
    ...(stderr && { stderr }),
    ...(sandbox && { sandbox }),
    ...(memoryBytes !== undefined && { memoryBytes }),
  };
}

const STRINGS = /"(?:[^"\\]|\\[\s\S])*"/g;
const CONTROLS = /[\u0000-\u001f]/g;

/**
 * JSON, also with line breaks and tabs as they are in its strings, which models write though JSON does not have them; or
 * the same values as a Python literal.
 */
function parseLenient(text: string): unknown {
  const escaped = (one: string) => one.replace(CONTROLS, (control) => JSON.stringify(control).slice(1, -1));
  for (const read of [JSON.parse, (given: string) => JSON.parse(given.replace(STRINGS, escaped))]) {
    try {
      return read(text);
    } catch {}
  }
  return parsePythonLiteral(text);
}

/** @returns null for what is not a JSON object. */
export function parseArguments(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = text.trim() === "" ? {} : parseLenient(text);
    return value && typeof value === "object" && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function failure(content: string): ToolOutcome {
  return { status: "error", content };
}

/** Cuts a long return with the contract's note (letta-v1 §3.7). */
function limited(outcome: ToolOutcome, limitChars: number | null): ToolOutcome {
  if (limitChars === null || typeof outcome.content !== "string" || outcome.content.length <= limitChars)
    return outcome;
  const note = `... [NOTE: function output was truncated since it exceeded the character limit: ${outcome.content.length} > ${limitChars}]`;
  const { value: _, ...rest } = outcome;
  return { ...rest, content: outcome.content.slice(0, limitChars) + note };
}

/** What of an outcome is kept: a call that failed writes nothing. */
export function writesOf({ status, writes }: ToolOutcome): readonly MemoryWrite[] {
  return status === "error" ? [] : (writes ?? []);
}

/** The blocks as a tool's writes leave them, for the calls that follow before anything is committed. */
export function applyWrites(blocks: Block[], outcome: ToolOutcome): Block[] {
  if (outcome.status === "error") return blocks;
  return (outcome.writes ?? []).reduce((current, write) => {
    if (write.type === "block-update") {
      return current.map((block) => (block.id === write.blockId ? { ...block, ...write.changes } : block));
    }
    if (write.type === "block-detach") return current.filter((block) => block.id !== write.blockId);
    return current;
  }, blocks);
}

/** The one message that carries all returns of a step, and its item. */
export function returnMessage(answers: { call: ToolCall; outcome: ToolOutcome }[], at: ReturnContext): Message {
  return {
    id: at.messageId,
    role: "tool",
    parts: answers.map(({ call, outcome }) => ({ type: "tool_return", ...toolReturn(call, outcome) })),
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: at.runId,
    stepId: at.stepId,
    model: null,
    isErr: answers.some(({ outcome }) => outcome.status === "error"),
    createdAt: at.now,
  };
}

export type ReturnContext = { messageId: string; runId: string; stepId: string | null; now: string };

function toolReturn(call: ToolCall, outcome: ToolOutcome): ToolReturn {
  return {
    toolCallId: call.id,
    name: call.name,
    status: outcome.status,
    content: outcome.content,
    stdout: outcome.stdout ?? null,
    stderr: outcome.stderr ?? null,
  };
}

export function returnItem(message: Message): MessageItem {
  return {
    id: message.id,
    otid: partOtid(message.id, 0),
    date: message.createdAt,
    name: message.name,
    senderId: null,
    stepId: message.stepId,
    runId: message.runId,
    isErr: message.isErr,
    seqId: null,
    type: "tool-return",
    returns: message.parts.filter((part) => part.type === "tool_return").map(({ type: _, ...ret }) => ret),
  };
}
