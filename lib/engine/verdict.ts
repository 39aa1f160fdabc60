import type { StopReason, ToolCall } from "@/lib/stream/message";
import { type Answer, parseArguments } from "./call-tools";
import { heartbeatRequested } from "./dialect";
import type { FinishReason } from "./model";
import { continues, isTerminal, requiredBeforeExit, type ToolRule, type ToolUse } from "./tool-rules";

/** After a step: stop, or go on, if need be with a word to the model why. */
export type Verdict = { stop: StopReason } | { goOn: true; heartbeat: string | null };

export type StepOutcome = {
  finish: FinishReason;
  calls: ToolCall[];
  answers: Answer[];
  rules: readonly ToolRule[];
  /** With this step's calls. */
  history: readonly ToolUse[];
};

const HIDDEN = "[This is an automated system message hidden from the user] ";

/** Native tool calling: text ends the turn, a call goes on (letta-v1 §3.3). */
export function nativeVerdict(step: StepOutcome): Verdict {
  const owed = requiredBeforeExit(step.rules, step.history);
  const ended = endingCall(step);
  if (ended || step.calls.length === 0) {
    if (owed.length > 0) {
      return goOn(`${HIDDEN}ToolRuleViolated: You must call ${owed.join(", ")} at least once to exit the loop.`);
    }
    if (ended) return { stop: "tool_rule" };
    return { stop: step.finish === "length" ? "max_tokens_exceeded" : "end_turn" };
  }
  return { goOn: true, heartbeat: null };
}

/** MemGPT: one call a step, and another step only where it is asked for (letta-v1 §3.4). */
export function memgptVerdict(step: StepOutcome): Verdict {
  const [answer] = step.answers;
  if (!answer) return { stop: step.finish === "length" ? "max_tokens_exceeded" : "no_tool_call" };
  const args = parseArguments(answer.call.arguments) ?? {};
  const owed = requiredBeforeExit(step.rules, step.history);
  if (answer.status !== "success") {
    return goOn(
      String(answer.outcome.content).startsWith("[ToolConstraintError]")
        ? `${HIDDEN}Continuing: tool rule violation.`
        : `${HIDDEN}Function call failed, returning control`,
    );
  }
  if (owed.length > 0 && (endingCall(step) || !heartbeatRequested(args))) {
    return goOn(`${HIDDEN}Continuing, user expects these tools: [${owed.join(", ")}] to be called still.`);
  }
  if (endingCall(step)) return { stop: heartbeatRequested(args) ? "tool_rule" : "end_turn" };
  const ruled = continues(step.rules, answer.call.name);
  if (ruled) return goOn(`${HIDDEN}Continuing: ${ruled}.`);
  if (heartbeatRequested(args)) return goOn(`${HIDDEN}Function called using request_heartbeat=true, returning control`);
  return { stop: "end_turn" };
}

const goOn = (heartbeat: string): Verdict => ({ goOn: true, heartbeat });

function endingCall(step: StepOutcome): boolean {
  return step.answers.some((answer) => answer.status === "success" && isTerminal(step.rules, answer.call.name));
}
