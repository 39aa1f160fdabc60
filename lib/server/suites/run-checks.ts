import type { SuiteCheck } from "@/lib/api/suite-file";
import type { Check, CheckKind, Finding, Observed } from "@/lib/engine/checks/check";
import { evaluate, needsThread } from "@/lib/engine/checks/evaluate";
import type { Ctx } from "../core/core";
import { ApiError } from "../core/errors";
import { sentenceOf } from "../run/busy";
import { inThread } from "../threads/threads";
import { judge, runCode } from "./judge";

/** What all checks find. One that can't be answered has failed, and says why. */
export async function runChecks(
  ctx: Ctx,
  {
    agentId,
    checks,
    observed,
    signal,
  }: { agentId: string; checks: readonly SuiteCheck[]; observed: Observed; signal: AbortSignal },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    if (check.judge) findings.push(...(await judge(ctx, agentId, check.judge, observed, signal)));
    else if (check.code) findings.push(...(await runCode(ctx, check.code, observed, signal)));
    else findings.push(...(await evaluated(ctx, check, observed)));
  }
  return findings;
}

async function evaluated(ctx: Ctx, check: Check, observed: Observed): Promise<Finding[]> {
  if (!needsThread(check)) return evaluate(check, observed);
  try {
    return await inThread(ctx.actor.organizationId, "evaluate", { check, observed });
  } catch (error) {
    if (!(error instanceof ApiError) && !(error instanceof Error)) throw error;
    const found = error instanceof ApiError ? sentenceOf(error) : error.message;
    const kind = Object.keys(check)[0] as CheckKind;
    return [{ kind, expected: "its patterns and schemas can be tried", passed: false, found, step_id: null }];
  }
}
