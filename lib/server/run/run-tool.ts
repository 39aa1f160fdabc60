import type { RunSource, WireToolExecution } from "@/lib/api/tool-runs";
import { type Answer, runCalls } from "@/lib/engine/call-tools";
import type { Block } from "@/lib/engine/memory";
import type { Tool, ToolOutcome } from "@/lib/engine/tool";
import { itemToWire } from "@/lib/stream/wire";
import { runToolCode } from "../calls/custom/run-tool-code";
import { readAgentSecrets, requirementsOf, type ToolCode } from "../calls/custom/tool-code";
import { resolveTools } from "../calls/resolve";
import { apiCause, type Ctx } from "../core/core";
import { conflict, notFound } from "../core/errors";
import { newId } from "../core/ids";
import { inThread } from "../threads/threads";
import { languageOf } from "../tools/tool-schema";
import { DEFAULT_RETURN_CHARS, toolSettings } from "../tools/tool-settings";
import { type Loaded, loadConversation } from "./load";
import { multiAgentTools } from "./multi-agent-tools";
import { startRun } from "./start";
import { writeMemory } from "./write-memory";

const ATTEMPTS = 10;

/**
 * Runs a tool that is attached to an agent, as the agent would: with its state, memory and secrets. What the tool writes
 * is kept, caused by the caller; messages are not touched.
 *
 * @throws ApiError `not-found` for an agent, or a tool that is not attached to it; `conflict` where memory is being
 * changed by others all the time.
 */
export async function runAgentTool(
  ctx: Ctx,
  call: { agentId: string; toolName: string; args: Record<string, unknown> },
  signal: AbortSignal,
): Promise<WireToolExecution> {
  const loaded = await loadConversation(ctx, { agentId: call.agentId });
  const tools = resolveTools(ctx, loaded.tools, [], multiAgentTools(ctx, startRun, []));
  const tool = tools.find(({ name }) => name === call.toolName);
  if (!tool?.run) throw notFound(`tool of agent ${call.agentId}`, call.toolName);
  const { outcome, ...at } = await runForAgent(ctx, loaded, { tool, args: call.args }, signal);
  return {
    status: outcome.status,
    ...returnedOf(outcome),
    agent_state: null,
    stdout: outcome.stdout ?? null,
    sandbox_config_fingerprint: null,
    duration_ms: Math.max(0, Date.parse(at.endedAt) - Date.parse(at.startedAt)),
    memory_bytes: outcome.memoryBytes ?? null,
  };
}

/** What a tool returned, in the contract's words: what failed returns nothing, and says why in one text. */
export function returnedOf(outcome: ToolOutcome): Pick<WireToolExecution, "func_return" | "stderr"> {
  const lines = (outcome.stderr ?? []).join("\n");
  if (outcome.status === "success") {
    return {
      func_return: outcome.value === undefined ? outcome.content : outcome.value,
      stderr: lines ? [lines] : null,
    };
  }
  const why = typeof outcome.content === "string" ? outcome.content : JSON.stringify(outcome.content);
  return { func_return: null, stderr: [lines.includes(why) || !why ? lines : [why, lines].filter(Boolean).join("\n")] };
}

/**
 * Runs the function of a source, for an agent if one is named. The answer is the contract's message, with the time and
 * the memory that it took. A caller who goes away ends the code: `signal`.
 *
 * @throws ApiError `bad-request` for a source without a function, `not-found` for an agent.
 */
export async function runSource(ctx: Ctx, body: RunSource, signal: AbortSignal) {
  const loaded = body.agent_id ? await loadConversation(ctx, { agentId: body.agent_id }) : null;
  const code = await codeOf(ctx, body);
  const env = body.env_vars ?? {};
  const tool: Tool = {
    name: code.name,
    description: "",
    parameters: { type: "object", properties: {} },
    returnLimitChars: null,
    parallel: false,
    run: (args, agent) => runToolCode(ctx, code, { args, env, agent, signal: agent.signal }),
  };
  const started = ctx.monotonic();
  const outcome = loaded
    ? (await runForAgent(ctx, loaded, { tool, args: body.args }, signal)).outcome
    : await runToolCode(ctx, code, { args: body.args, env, agent: null, signal });
  const durationMs = Math.round(ctx.monotonic() - started);
  const message = returnMessageOf(ctx, code.name, outcome);
  return { ...message, duration_ms: durationMs, memory_bytes: outcome.memoryBytes ?? null };
}

async function codeOf(ctx: Ctx, body: RunSource): Promise<ToolCode> {
  const language = languageOf(body.source_type);
  const owner = ctx.actor.organizationId;
  const given = body.json_schema
    ? (await inThread(owner, "schemaOf", { ...body, source_type: language })).name
    : body.name;
  const name = given ?? (await inThread(owner, "functionsOf", { source: body.source_code, language })).at(-1)?.name;
  return {
    toolId: null,
    // What is wrong with a source that has no function is told as it is when a schema is derived.
    name: name ?? (await inThread(owner, "deriveSchema", { source: body.source_code, language })).name,
    language,
    source: body.source_code,
    requirements: requirementsOf(language, body.pip_requirements, body.npm_requirements),
    returnCharLimit: body.return_char_limit ?? DEFAULT_RETURN_CHARS,
    settings: toolSettings(body.metadata_, ctx.config.sandbox.ceilings),
    secrets: body.agent_id ? await readAgentSecrets(ctx, body.agent_id) : new Map(),
    projectId: null,
  };
}

/** Runs a tool on an agent's default conversation; a pure one again where others changed the blocks meanwhile. */
async function runForAgent(
  ctx: Ctx,
  loaded: Loaded,
  { tool, args }: { tool: Tool; args: Record<string, unknown> },
  signal: AbortSignal,
): Promise<Answer> {
  let answer = await callTool(ctx, loaded, loaded.blocks, { tool, args }, signal);
  for (let attempt = 1; ; attempt++) {
    const { status, writes = [], rebase } = answer.outcome;
    if (status === "error" || (await writeMemory(ctx, loaded.agentId, writes, apiCause(ctx)))) return answer;
    if (attempt === ATTEMPTS) throw conflict("CONFLICT: the memory is being changed by others; try again");
    const { blocks } = await loadConversation(ctx, { agentId: loaded.agentId });
    answer = rebase
      ? { ...answer, outcome: rebase(blocks) }
      : await callTool(ctx, loaded, blocks, { tool, args }, signal);
  }
}

async function callTool(
  ctx: Ctx,
  loaded: Loaded,
  blocks: Block[],
  { tool, args }: { tool: Tool; args: Record<string, unknown> },
  signal: AbortSignal,
): Promise<Answer> {
  const { answers } = await runCalls(
    {
      calls: [{ id: newId("call"), name: tool.name, arguments: JSON.stringify(args) }],
      tools: new Map([[tool.name, tool]]),
      refusal: () => null,
      ownArguments: (own) => own,
      prefilled: () => null,
      blocks,
      agentId: loaded.agentId,
      conversationId: loaded.conversationId,
      runId: "",
      stepId: "",
      timezone: loaded.config.timezone,
      signal,
    },
    { clock: { now: () => ctx.now().toISOString(), monotonic: () => ctx.monotonic() } },
  );
  return answers[0]!;
}

function returnMessageOf(ctx: Ctx, name: string, { status, content, stdout, stderr }: ToolOutcome) {
  const returned = {
    toolCallId: newId("call"),
    name,
    status,
    content,
    stdout: stdout ?? null,
    stderr: stderr?.length ? [stderr.join("\n")] : null,
  };
  const head = { otid: null, name: null, senderId: null, stepId: null, runId: null, seqId: null };
  const [date, isErr] = [ctx.now().toISOString(), status === "error"];
  return itemToWire({ id: newId("message"), date, ...head, isErr, type: "tool-return", returns: [returned] });
}
