import { applyWrites, parseArguments } from "@/lib/engine/call-tools";
import type { MemoryWrite } from "@/lib/engine/memory";
import type { Tool, ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { requiresApproval, type ToolRule } from "@/lib/engine/tool-rules";
import { attempt, stringArg, type ToolArgs } from "@/lib/engine/tools/tool-args";
import { underPolicies } from "@/lib/engine/write-policy";
import type { Ctx } from "../../core/core";
import type { Json, SandboxFunctions } from "../../sandbox/sandbox";
import { liveOutput, onceOnly } from "../custom/run-tool-code";
import { createRedactor } from "../custom/secrets";
import { toCodeResult } from "./code-result";

const MAX_CALLS = 200;

/** Tools that end a turn or start code of the model's again make no sense inside of it. */
const NOT_INSIDE: ReadonlySet<string> = new Set(["run_code_with_tools", "send_message"]);

/**
 * `run_code_with_tools`: Python of the model's in which the agent's other tools are functions of their names. A call
 * reaches only tools that are attached to the agent and need no approval; calls are answered one after another, each on
 * the blocks that those before it left. What they write is kept with the return of the whole, or not at all.
 */
export function runCodeWithTools(
  ctx: Ctx,
  tools: readonly Tool[],
  args: ToolArgs,
  call: ToolContext,
): Promise<ToolOutcome> {
  return attempt("run_code_with_tools", async () => {
    const source = stringArg(args, "code");
    const rules = await rulesOf(ctx, call.agentId);
    const callable = tools.filter(({ name, run }) => run && !NOT_INSIDE.has(name) && !requiresApproval(rules, name));
    const inner = createInnerCalls(callable, call);
    const output = liveOutput(ctx, call, createRedactor(new Map()), "run_code_with_tools");
    const result = await ctx.sandbox
      .run({
        organizationId: ctx.actor.organizationId,
        language: "python",
        source,
        entry: null,
        args: {},
        env: {},
        functions: inner.functions,
        ...(output && { onOutput: output.write }),
        signal: call.signal,
      })
      .finally(() => output?.end());
    const answer = { ...toCodeResult(result), tool_calls: inner.made };
    const outcome: ToolOutcome = {
      status: "success",
      content: JSON.stringify(answer),
      value: answer,
      stdout: result.stdout,
      stderr: result.stderr,
      sandbox: "python",
      memoryBytes: result.memoryBytes,
    };
    const writes = inner.writes();
    return writes.length === 0 ? outcome : onceOnly({ ...outcome, writes }, call.blocks);
  });
}

async function rulesOf(ctx: Ctx, agentId: string): Promise<ToolRule[]> {
  const [row] = await ctx.db.query<{ rules: ToolRule[] }>(
    `SELECT v.config->'toolRules' AS rules FROM agent a JOIN agent_version v ON v.id = a.version_id
     WHERE a.id = $1 AND a.organization_id = $2`,
    [agentId, ctx.actor.organizationId],
  );
  return row?.rules ?? [];
}

/** The calls that code makes of the agent's tools, and what came of them. */
function createInnerCalls(tools: readonly Tool[], call: ToolContext) {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  const made: { name: string; status: ToolOutcome["status"] }[] = [];
  const writes: MemoryWrite[] = [];
  let blocks = [...call.blocks];
  let last: Promise<unknown> = Promise.resolve();

  const act = async (name: string, args: { [key: string]: Json }): Promise<Json> => {
    const tool = byName.get(name);
    if (!tool?.run) throw new Error(`Tool not found: ${name}`);
    if (made.length >= MAX_CALLS) throw new Error(`One run of code may call tools ${MAX_CALLS} times.`);
    call.signal.throwIfAborted();
    const given = { ...call, blocks, pending: [...call.pending, ...writes] };
    const outcome = underPolicies(await tool.run(args, given), blocks);
    made.push({ name, status: outcome.status });
    if (outcome.status === "error") throw new Error(textOf(outcome));
    blocks = applyWrites(blocks, outcome);
    writes.push(...(outcome.writes ?? []));
    return (outcome.value as Json | undefined) ?? parsed(textOf(outcome));
  };
  const functions: SandboxFunctions = {
    names: [...byName.keys()],
    call(name, args) {
      const answer = last.then(() => act(name, args));
      last = answer.catch(() => {});
      return answer;
    },
  };
  return { functions, made, writes: () => writes };
}

function textOf({ content }: ToolOutcome): string {
  return typeof content === "string" ? content : JSON.stringify(content);
}

/** A return that is a JSON object as an object; other text as it is. */
function parsed(text: string): Json {
  return text.trimStart().startsWith("{") ? ((parseArguments(text) as Json | null) ?? text) : text;
}
