import type { Block } from "@/lib/engine/memory";
import { rebaseWrites, replacedNotes } from "@/lib/engine/rebase";
import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { retrieveAgent } from "../../agents/agents";
import type { Ctx } from "../../core/core";
import type { Json, SandboxCall, SandboxResult } from "../../sandbox/sandbox";
import { aboveCeiling } from "../../tools/tool-settings";
import { type AgentMemory, openAgentMemory } from "./agent-port";
import { createLiveOutput, type LiveOutput, type OutputStream } from "./live-output";
import { createRedactor, type Redactor, redactOutcome } from "./secrets";
import type { ToolCode } from "./tool-code";

const ERROR_LIMIT_CHARS = 1000;

/** What the code of a tool is called for: an agent's call, or a person who tries it. */
export type CodeCall = {
  args: Record<string, unknown>;
  /** Beside the secrets, which stand for entries of the same key. */
  env: Record<string, string>;
  /** Null where it runs for no agent. */
  agent: ToolContext | null;
  signal: AbortSignal;
};

/**
 * Runs a tool's function in the sandbox. What the code does is the outcome; what it returns, prints and writes comes
 * without the secrets it was given. Memory that it changed comes as writes, to be kept with the return.
 */
export async function runToolCode(ctx: Ctx, code: ToolCode, call: CodeCall): Promise<ToolOutcome> {
  const tooMuch = aboveCeiling(code.settings, ctx.config.sandbox.ceilings);
  if (tooMuch) {
    const content = `Error executing function ${code.name}: LimitError: ${tooMuch}`;
    return { status: "error", content, sandbox: code.language };
  }
  const redactor = createRedactor(code.secrets);
  const memory = call.agent && (await agentMemory(ctx, code, call.agent));
  const output = call.agent && liveOutput(ctx, call.agent, redactor, code.name);
  const result = await ctx.sandbox
    .run({
      organizationId: ctx.actor.organizationId,
      language: code.language,
      source: code.source,
      entry: code.name,
      args: call.args,
      env: environmentOf(code, call),
      limits: {
        timeoutMs: code.settings.timeoutMs,
        memoryBytes: code.settings.memoryBytes,
        // What is cut is cut here, where a secret can't be cut in two.
        returnChars: code.returnCharLimit + redactor.tailChars,
      },
      allowedHosts: code.settings.allowedHosts,
      requirements: code.requirements,
      agent: memory?.port ?? null,
      ...(output && { onOutput: output.write }),
      signal: call.signal,
    } satisfies SandboxCall)
    .finally(() => output?.end());
  const blocks = call.agent?.blocks ?? [];
  const outcome = result.status === "success" ? success(result, memory, blocks) : failed(code.name, result);
  return shown(outcome, (one) => ({
    ...shortened(redactOutcome(one, redactor), code.returnCharLimit, result),
    sandbox: code.language,
    memoryBytes: result.memoryBytes,
  }));
}

/** An outcome as it may be seen, and so after it was made to fit other blocks. */
function shown(outcome: ToolOutcome, show: (outcome: ToolOutcome) => ToolOutcome): ToolOutcome {
  const { rebase } = outcome;
  return { ...show(outcome), ...(rebase && { rebase: (blocks) => shown(rebase(blocks), show) }) };
}

function success(result: SandboxResult, memory: AgentMemory | null, blocks: readonly Block[]): ToolOutcome {
  const notes = memory?.keepEdits(result.memoryEdits) ?? [];
  const outcome: ToolOutcome = {
    status: "success",
    content: result.text,
    value: result.value ?? (result.text === "None" || result.text === "null" ? null : result.text),
    stdout: result.stdout,
    stderr: [...result.stderr, ...notes],
  };
  const writes = memory?.writes() ?? [];
  return writes.length === 0 ? outcome : onceOnly({ ...outcome, writes }, blocks);
}

/** An outcome of what must not run twice: when others have changed the blocks, its writes are made to fit. */
export function onceOnly(outcome: ToolOutcome, before: readonly Block[]): ToolOutcome {
  return {
    ...outcome,
    rebase(after) {
      const { writes, replaced } = rebaseWrites(outcome.writes ?? [], before, after);
      return onceOnly({ ...outcome, writes, stderr: [...(outcome.stderr ?? []), ...replacedNotes(replaced)] }, after);
    },
  };
}

/** The contract's text for what a function threw (letta-v1 §3.7); the traceback is in stderr. */
function failed(name: string, { error, stdout, stderr, status }: SandboxResult): ToolOutcome {
  const { type, message, traceback } = error ?? { type: "SandboxError", message: status, traceback: "" };
  const text = `Error executing function ${name}: ${type}: ${message}`;
  return {
    status: "error",
    content: text,
    stdout,
    stderr: traceback ? [...stderr, ...traceback.trimEnd().split("\n")] : stderr,
  };
}

/** Cut at the tool's limit with the contract's note; an error at 1000 characters. */
function shortened(outcome: ToolOutcome, limitChars: number, { text, textLength }: SandboxResult): ToolOutcome {
  const { content, status } = outcome;
  if (typeof content !== "string") return outcome;
  if (status === "error") return { ...outcome, content: content.slice(0, ERROR_LIMIT_CHARS) };
  // The sandbox may have cut it before.
  const whole = textLength > text.length ? textLength : content.length;
  if (whole <= limitChars) return outcome;
  const note = `... [NOTE: function output was truncated since it exceeded the character limit: ${whole} > ${limitChars}]`;
  const cut = content.slice(0, limitChars) + note;
  return { ...outcome, content: cut, value: cut };
}

function environmentOf(code: ToolCode, call: CodeCall): Record<string, string> {
  return {
    ...call.env,
    ...Object.fromEntries(code.secrets),
    ...(call.agent && { LETTA_AGENT_ID: call.agent.agentId }),
    ...(code.projectId && { LETTA_PROJECT_ID: code.projectId }),
    ...(code.toolId && { LETTA_TOOL_ID: code.toolId }),
  };
}

async function agentMemory(ctx: Ctx, code: ToolCode, call: ToolContext): Promise<AgentMemory> {
  return openAgentMemory(ctx, {
    agentId: call.agentId,
    // The whole state is read only for those who look at it.
    state: /\bagent_?state\b/i.test(code.source) ? await stateOf(ctx, call) : {},
    blocks: call.blocks,
    operation: code.name,
    signal: call.signal,
  });
}

/** The agent as the API shows it, without its secrets, its blocks as they stand in the middle of this turn. */
async function stateOf(ctx: Ctx, call: ToolContext): Promise<{ [key: string]: Json }> {
  const agent = await retrieveAgent(ctx, call.agentId);
  const stored = new Map(agent.blocks.map((block) => [block.id, block]));
  const blocks = call.blocks.map((block) => ({
    ...stored.get(block.id),
    id: block.id,
    label: block.label,
    value: block.value,
    description: block.description,
    limit: block.limitChars,
    read_only: block.readOnly,
  }));
  const state = {
    ...agent,
    secrets: [],
    tool_exec_environment_variables: [],
    blocks,
    memory: { ...agent.memory, blocks },
  };
  return JSON.parse(JSON.stringify(state)) as { [key: string]: Json };
}

/** Output of a call that runs, kept with its run and told as events, for those who watch the agent work. */
export function liveOutput(ctx: Ctx, call: ToolContext, redactor: Redactor, toolName: string): LiveOutput | null {
  const run = ctx.runs.find(call.runId);
  if (!run) return null;
  return createLiveOutput(redactor, (stream: OutputStream, text: string) => {
    const offset = run.calls.print(call.toolCallId, stream, text);
    if (offset === null) return;
    ctx.events.publish({
      type: "tool-output",
      organizationId: ctx.actor.organizationId,
      agentId: call.agentId,
      conversationId: call.conversationId,
      runId: call.runId,
      id: call.toolCallId,
      at: ctx.now().toISOString(),
      detail: { step_id: call.stepId, tool_name: toolName, stream, text, offset },
    });
  });
}
