import type { ToolContext, ToolOutcome } from "@/lib/engine/tool";
import { attempt, findEnumArg, findStringArg, stringArg, type ToolArgs } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import type { SandboxLanguage } from "../../sandbox/sandbox";
import { liveOutput } from "../custom/run-tool-code";
import { createRedactor } from "../custom/secrets";
import { toCodeResult } from "./code-result";
import { sessionAnswer, sessionOf } from "./code-session";

const LANGUAGES = ["python", "js", "ts", "r", "java"] as const;
const SANDBOX_LANGUAGES: Partial<Record<(typeof LANGUAGES)[number], SandboxLanguage>> = {
  python: "python",
  js: "javascript",
  ts: "typescript",
};

/**
 * `run_code`: a script of the model's, in the sandbox, without secrets, network, or anything of the agent's. What it
 * prints and its last expression come back; that the code threw is part of the answer, not a failure of the tool. With
 * `session`, which Letta has not, it runs on what earlier calls of that session left, and the answer says whether it did.
 */
export function runCodeTool(ctx: Ctx, args: ToolArgs, call: ToolContext): Promise<ToolOutcome> {
  return attempt("run_code", async () => {
    const source = stringArg(args, "code");
    const asked = findEnumArg(args, "language", LANGUAGES) ?? "python";
    const language = SANDBOX_LANGUAGES[asked];
    if (!language) {
      const error = `This server runs python, js and ts, and no ${asked}.`;
      return { status: "error", content: JSON.stringify({ error }) };
    }
    const session = sessionOf(findStringArg(args, "session"), call);
    const output = liveOutput(ctx, call, createRedactor(new Map()), "run_code");
    const result = await ctx.sandbox
      .run({
        organizationId: ctx.actor.organizationId,
        language,
        source,
        entry: null,
        args: {},
        env: {},
        ...(session && { session: session.key }),
        ...(output && { onOutput: output.write }),
        signal: call.signal,
      })
      .finally(() => output?.end());
    const answer = {
      ...toCodeResult(result),
      ...(session && result.session && { session: await sessionAnswer(ctx, call, session, language, result.session) }),
    };
    return {
      status: "success",
      content: JSON.stringify(answer),
      value: answer,
      stdout: result.stdout,
      stderr: result.stderr,
      sandbox: language,
      memoryBytes: result.memoryBytes,
    };
  });
}
