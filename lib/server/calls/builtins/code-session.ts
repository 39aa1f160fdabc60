import type { ToolContext } from "@/lib/engine/tool";
import { ToolFailure } from "@/lib/engine/tools/tool-args";
import type { Ctx } from "../../core/core";
import type { SandboxLanguage, SessionNews } from "../../sandbox/sandbox";

const MAX_NAME_CHARS = 100;
/** How many of an agent's latest calls are looked through for an earlier one of the same session. */
const LOOK_BACK = 500;

export type CodeSession = { name: string; key: string };

/** What `run_code` answers of its session: whether what earlier calls left was there, in words if not. */
export type SessionAnswer = { name: string; state: "new" | "continued" | "lost"; note?: string };

/**
 * The session that a call names, which is its own conversation's and nobody else's; null for none.
 *
 * @throws ToolFailure for a name that is too long.
 */
export function sessionOf(name: string | undefined, call: ToolContext): CodeSession | null {
  if (name === undefined || name === "") return null;
  if (name.length > MAX_NAME_CHARS) {
    throw new ToolFailure(`Argument 'session' may have ${MAX_NAME_CHARS} characters, got ${name.length}.`);
  }
  return { name, key: JSON.stringify([call.agentId, call.conversationId, name]) };
}

export async function sessionAnswer(
  ctx: Ctx,
  call: ToolContext,
  { name }: CodeSession,
  language: SandboxLanguage,
  news: SessionNews,
): Promise<SessionAnswer> {
  const over = news.ended && `The session ended with this run (${news.ended}): its state is lost.`;
  if (news.began === "continued") return { name, state: "continued", ...(over && { note: over }) };
  const why = news.lost ?? ((await wasUsed(ctx, call, name, language)) ? "the server no longer has it" : null);
  const lost = why && `The state of this session was lost (${why}): a new session was started for this run.`;
  const note = [lost, over].filter(Boolean).join(" ");
  return { name, state: lost ? "lost" : "new", ...(note && { note }) };
}

/** Whether an earlier call of this conversation ran code in the session: that of a server that was stopped meanwhile. */
async function wasUsed(ctx: Ctx, call: ToolContext, name: string, language: SandboxLanguage): Promise<boolean> {
  const rows = await ctx.db.query<{ arguments: string }>(
    `SELECT arguments FROM tool_call
     WHERE agent_id = $1 AND organization_id = $2 AND conversation_id = $3 AND name = 'run_code'
       AND status IN ('success', 'error', 'interrupted') AND NOT (run_id = $4 AND call_id = $5)
     ORDER BY seq DESC LIMIT ${LOOK_BACK}`,
    [call.agentId, ctx.actor.organizationId, call.conversationId, call.runId, call.toolCallId],
  );
  return rows.some((row) => {
    const args = argumentsOf(row.arguments);
    const isPython = (args.get("language") ?? "python") === "python";
    return args.get("session") === name && isPython === (language === "python");
  });
}

function argumentsOf(json: string): Map<string, unknown> {
  try {
    return new Map(Object.entries(Object(JSON.parse(json))));
  } catch {
    return new Map();
  }
}
