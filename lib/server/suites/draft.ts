import type { SuiteCheck } from "@/lib/api/suite-file";
import type { Ctx } from "../core/core";
import { badRequest, notFound } from "../core/errors";
import { getRun } from "../run/runs";
import { inThread } from "../threads/threads";
import { readTurn } from "./observe";
import { manyPeople, memoryBasics, poisoning, type SuiteDraft } from "./ready-suites";
import { findAgent } from "./start-case";

type Wanted = {
  run_id?: string | null | undefined;
  message_id?: string | null | undefined;
  replay: boolean;
  agent_id?: string | null | undefined;
  ready?: "basics" | "poisoning" | "people" | null | undefined;
};

const READY = { basics: memoryBasics, poisoning, people: manyPeople };

/**
 * A file to begin with: what was said and done in a run, as a case that starts where the run did, or a ready suite for an
 * agent.
 *
 * @throws ApiError `not-found`; 400 for a run in which nobody said anything, or where nothing is named.
 */
export async function draftSuite(ctx: Ctx, wanted: Wanted): Promise<string> {
  if (wanted.message_id)
    return written(ctx, await ofRun(ctx, await runOfMessage(ctx, wanted.message_id), wanted.replay));
  if (wanted.run_id) return written(ctx, await ofRun(ctx, wanted.run_id, wanted.replay));
  if (!wanted.agent_id) throw badRequest("INVALID_ARGUMENT: name what the suite is to be of, by run_id or agent_id");
  const name = await nameOf(ctx, await findAgent(ctx, wanted.agent_id));
  return written(ctx, READY[wanted.ready ?? "basics"](name));
}

const written = (ctx: Ctx, content: SuiteDraft) =>
  inThread(ctx.actor.organizationId, "writeSuite", { content, format: "yaml" });

/** Its name where no other agent has it, otherwise its id. */
async function nameOf(ctx: Ctx, agentId: string): Promise<string> {
  const agent = await ctx.db.prisma.agent.findUniqueOrThrow({ where: { id: agentId }, select: { name: true } });
  const { organizationId } = ctx.actor;
  const same = await ctx.db.prisma.agent.count({ where: { organizationId, suiteRunId: null, name: agent.name } });
  return same === 1 ? agent.name : agentId;
}

async function runOfMessage(ctx: Ctx, messageId: string): Promise<string> {
  const where = { id: messageId, organizationId: ctx.actor.organizationId };
  const row = await ctx.db.prisma.message.findFirst({ where, select: { runId: true } });
  if (!row) throw notFound("message", messageId);
  if (!row.runId)
    throw badRequest(`INVALID_ARGUMENT: message '${messageId}' came without a run: there is nothing to test`);
  return row.runId;
}

async function ofRun(ctx: Ctx, runId: string, replay: boolean): Promise<SuiteDraft> {
  const run = await getRun(ctx, runId);
  const said = await ctx.db.query<{ parts: { type: string; text?: string }[] }>(
    "SELECT parts FROM message WHERE run_id = $1 AND role = 'user' ORDER BY seq",
    [runId],
  );
  const texts = said
    .map(({ parts }) => parts.flatMap((part) => part.text ?? []).join("\n"))
    .filter((text) => text !== "");
  if (texts.length === 0)
    throw badRequest(`INVALID_ARGUMENT: nobody says anything in run '${runId}': there is nothing to test`);
  const [first] = await ctx.db.query<{ id: string }>(
    "SELECT id FROM step WHERE run_id = $1 ORDER BY position LIMIT 1",
    [runId],
  );
  const before = first && (await stepBefore(ctx, first.id));
  const turn = await readTurn(ctx, runId, texts[0]!);
  const agent = await ctx.db.prisma.agent.findUniqueOrThrow({ where: { id: run.agentId }, select: { name: true } });
  const called = [...new Set(turn.calls.map(({ name }) => name))].filter((name) => name !== "send_message");
  const written = await ctx.db.query<{ label: string }>(
    "SELECT DISTINCT v.label FROM block_version v JOIN step s ON s.id = v.step_id WHERE s.run_id = $1 ORDER BY 1",
    [runId],
  );
  const checks: SuiteCheck[] = [
    ...(called.length > 0 ? [{ tools: { called } }] : []),
    ...written.map(({ label }) => ({ memory: { block: label, unchanged: false } })),
    ...(written.length === 0 ? [{ memory: { unchanged: true } }] : []),
    { limits: { stop: turn.stop_reason ?? "end_turn" } },
  ];
  const title = texts[0]!.replaceAll(/\s+/g, " ").slice(0, 60);
  return {
    suite: `${agent.name}: ${title}`,
    description: `Made of ${runId}.`,
    cases: [
      {
        name: title,
        // As the agent was before anything of the run was said.
        start: before ? { step: before, moment: "after" } : { agent: run.agentId },
        conversation: replay ? { recorded: runId, replay } : texts,
        checks,
      },
    ],
  };
}

/** The step before a step in its conversation; null for the first. */
async function stepBefore(ctx: Ctx, stepId: string): Promise<string | null> {
  const [row] = await ctx.db.query<{ id: string }>(
    `SELECT p.id FROM step s JOIN step p ON p.conversation_id = s.conversation_id AND p.seq < s.seq
     WHERE s.id = $1 ORDER BY p.seq DESC LIMIT 1`,
    [stepId],
  );
  return row?.id ?? null;
}
