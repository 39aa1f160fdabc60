import { fold, joinRequests } from "@/lib/stream/fold";
import type { Item } from "@/lib/stream/item";
import type { ApprovalDecision, Message, Part } from "@/lib/stream/message";
import { AGENT_TYPES, type AgentTypeName } from "../agent-types";
import type { Block } from "../memory";
import type { CallWatch, RunEnd } from "../ports";
import { runAgent } from "../run";
import type { Run } from "../state";
import type { Tool, ToolContext, ToolOutcome } from "../tool";
import { memoryStore, promptSections, testPorts } from "./memory-store";
import { type Script, type ScriptedModel, scriptedModel } from "./scripted-model";
import { requestProblems, transcriptProblems } from "./transcript";

export type Bench = Partial<Omit<Run, "type" | "model" | "summarizer">> & {
  type?: AgentTypeName;
  scripts: Script[];
  /** Of the summarizer, where it is another model than the agent's. */
  summaries?: Script[];
  /** Cancels the run when this many items were yielded. */
  cancelAfterItems?: number;
  /** Where calls can be cancelled one by one. */
  watch?: CallWatch;
  store?: ReturnType<typeof memoryStore>;
};

export type Ran = {
  items: Item[];
  end: RunEnd;
  store: ReturnType<typeof memoryStore>;
  model: ScriptedModel;
  summarizer: ScriptedModel;
};

/**
 * Runs an agent on a script and a store in memory, and checks what holds for every run: what each model was shown is
 * valid, what is in context afterwards is valid, the end that was returned was kept once, and the items that were
 * yielded tell of the messages that were kept.
 */
export async function runBench(bench: Bench): Promise<Ran> {
  const { type = "letta_v1_agent", scripts, summaries, cancelAfterItems, watch, ...changes } = bench;
  const blocks = changes.blocks ?? [];
  const transcript = changes.transcript ?? [userMessage("Hi")];
  const prompt = { compileId: "compile-0", sections: promptSections(blocks) };
  const store = bench.store ?? memoryStore({ messages: transcript, blocks, prompt });
  const model = scriptedModel(scripts);
  const summarizer = scriptedModel(summaries ?? [], { handle: "scripted/summarizer" });
  const controller = new AbortController();
  const run: Run = {
    id: "run-1",
    agentId: "agent-1",
    conversationId: "conv-1",
    type: AGENT_TYPES[type],
    model,
    summarizer,
    settings: {},
    contextWindow: 32_000,
    parallelToolCalls: true,
    innerThoughtsInKwargs: true,
    prompt,
    instructions: null,
    extraSections: [],
    tools: [],
    rules: [],
    blocks,
    transcript,
    decisions: null,
    compaction: {
      model: null,
      modelSettings: null,
      prompt: null,
      promptAcknowledgement: false,
      clipChars: null,
      mode: "sliding_window",
      slidingWindowPercentage: 0.3,
    },
    contextTokens: null,
    maxSteps: 10,
    timezone: "UTC",
    tokens: true,
    compactionItems: true,
    signal: controller.signal,
    ...changes,
  };
  const items: Item[] = [];
  const source = runAgent(run, { ...testPorts(store), ...(watch && { calls: watch }) });
  let end: RunEnd;
  for (;;) {
    const next = await source.next();
    if (next.done) {
      end = next.value;
      break;
    }
    items.push(next.value);
    if (items.length === cancelAfterItems) controller.abort();
  }
  const ran = { items, end, store, model, summarizer };
  const problems = runProblems(ran, new Set(transcript.map((message) => message.id)));
  if (problems.length > 0) throw new Error(problems.join("\n"));
  return ran;
}

function runProblems({ items, end, store, model }: Ran, given: ReadonlySet<string>): string[] {
  const problems = model.requests.flatMap((request) => requestProblems(request.messages));
  problems.push(...transcriptProblems(store.context(), { pending: end.stopReason === "requires_approval" }));
  if (store.ends.length !== 1) problems.push(`the run was ended ${store.ends.length} times`);
  if (JSON.stringify(store.ends[0]) !== JSON.stringify(end)) problems.push("the end that was kept is another");
  const told = new Map(fold(joinRequests(items)).map((message) => [message.id, message]));
  for (const message of store.messages) {
    const isMade = !given.has(message.id) && message.role !== "user";
    if (isMade && JSON.stringify(told.get(message.id)?.parts) !== JSON.stringify(message.parts) && !isCut(end)) {
      problems.push(`items and message ${message.id} (${message.role}) differ`);
    }
  }
  return problems;
}

/** Of a turn that was cut, less is kept than was sent. */
const isCut = (end: RunEnd) => end.stopReason === "cancelled" || end.error !== null;

let messageCount = 0;

export function userMessage(text: string): Message {
  return message("user", [{ type: "text", text }]);
}

export function assistantMessage(text: string): Message {
  return message("assistant", [{ type: "text", text }]);
}

/** The answer to an approval request, as a message of the client. */
export function approvalMessage(decisions: ApprovalDecision[]): Message {
  return message(
    "approval",
    decisions.map((decision) => ({ type: "approval", decision })),
  );
}

function message(role: Message["role"], parts: Part[]): Message {
  return {
    id: `message-given-${++messageCount}`,
    role,
    parts,
    otid: null,
    name: null,
    senderId: null,
    groupId: null,
    runId: role === "approval" ? "run-client" : null,
    stepId: null,
    model: null,
    isErr: null,
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

export function block(label: string, value: string): Block {
  return {
    id: `block-${label}`,
    versionId: "version-0",
    label,
    value,
    description: null,
    limitChars: 1000,
    readOnly: false,
  };
}

/** A tool with one optional argument, that returns what it is told to or what a function makes of its call. */
export function tool(
  name: string,
  returns: string | ((args: Record<string, unknown>, call: ToolContext) => ToolOutcome | Promise<ToolOutcome>) = "OK",
  changes: Partial<Tool> = {},
): Tool {
  return {
    name,
    description: `The tool ${name}.`,
    parameters: { type: "object", properties: { x: { type: "string" } } },
    returnLimitChars: null,
    parallel: false,
    run: async (args, call) =>
      typeof returns === "string" ? { status: "success", content: returns } : returns(args, call),
    ...changes,
  };
}

/** A tool that the client has. */
export function clientTool(name: string): Tool {
  const { run: _, ...rest } = tool(name);
  return rest;
}
