import type { z } from "@hono/zod-openapi";
import type { agentStateAtSchema } from "@/lib/api/ledger";
import type { Cause } from "@/lib/engine/cause";
import type { Message } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import { toWireConfig } from "../agent-config/wire-config";
import { toWireBlockVersion } from "../blocks/blocks";
import { DEFAULT_PRESENT, messagesToWire } from "../conversations/present";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { BlockVersionModel } from "../db/generated/models";
import { type MessageRow, toMessage } from "../records/message-rows";
import { getStep, type StepRow } from "../run/steps";
import { readSnapshot } from "./step-request";

/** As the model was shown it, or with what the step then did. */
export type Moment = "before" | "after";

/** The whole state as of a step, as records. */
export type StateAt = {
  step: StepRow;
  agentVersion: { id: string; number: number; cause: Cause; config: AgentConfig };
  blocks: BlockVersionModel[];
  messages: Message[];
  tools: { name: string; description: string }[];
  passages: { id: string; text: string; tags: string[]; created_at: Date }[];
  passageCount: number;
};

const PASSAGES_SHOWN = 100;

/** Reads the state as of a step from the records: nothing of it is kept a second time. */
export async function readStateAt(ctx: Ctx, stepId: string, moment: Moment): Promise<StateAt> {
  const step = await getStep(ctx, stepId);
  const [agentVersion, snapshot, passages] = await Promise.all([
    agentVersionAt(ctx, step, moment),
    readSnapshot(ctx, step),
    passagesAt(ctx, step, moment),
  ]);
  const done = moment === "after" ? await messagesOfStep(ctx, step) : [];
  return {
    step,
    agentVersion,
    blocks: await blocksAt(ctx, step, moment, agentVersion.config),
    messages: [...snapshot.messages, ...done],
    tools: snapshot.sections
      .filter((section) => section.kind === "tools")
      .map((section) => JSON.parse(section.text) as { name: string; description: string }),
    ...passages,
  };
}

async function agentVersionAt(ctx: Ctx, step: StepRow, moment: Moment): Promise<StateAt["agentVersion"]> {
  const [row] = await ctx.db.query<StateAt["agentVersion"]>(
    `SELECT id, number, cause, config FROM agent_version WHERE agent_id = $1 AND (id = $2 OR ($3 AND step_id = $4))
     ORDER BY number DESC LIMIT 1`,
    [step.agent_id, step.agent_version_id, moment === "after", step.id],
  );
  if (!row) throw notFound("agent version", step.agent_version_id);
  return row;
}

/** The heads that the step began with, moved on by what the step itself wrote. */
async function blocksAt(ctx: Ctx, step: StepRow, moment: Moment, config: AgentConfig): Promise<BlockVersionModel[]> {
  const { blockVersion } = ctx.db.prisma;
  const before = await blockVersion.findMany({ where: { id: { in: step.block_version_ids } } });
  const written =
    moment === "after" ? await blockVersion.findMany({ where: { stepId: step.id }, orderBy: { seq: "asc" } }) : [];
  const heads = new Map([...before, ...written].map((version) => [version.blockId, version]));
  const known = step.block_version_ids.flatMap((id) => before.find((version) => version.id === id)?.blockId ?? []);
  const attached =
    moment === "before"
      ? known
      : [
          ...known.filter((id) => isAttached(id, config, known)),
          ...config.blockIds.filter((id) => !known.includes(id)),
        ];
  return attached.flatMap((id) => heads.get(id) ?? []);
}

/** Blocks that only the conversation has are not in the agent's configuration, and stay. */
function isAttached(blockId: string, config: AgentConfig, known: readonly string[]): boolean {
  return config.blockIds.includes(blockId) || !known.some((id) => config.blockIds.includes(id));
}

async function messagesOfStep(ctx: Ctx, step: StepRow): Promise<Message[]> {
  const rows = await ctx.db.query<MessageRow>(
    "SELECT * FROM message WHERE step_id = $1 AND conversation_id = $2 ORDER BY seq",
    [step.id, step.conversation_id],
  );
  return rows.map(toMessage);
}

/** Passages of the agent's archives that were there: inserted before, and not deleted until later. */
async function passagesAt(
  ctx: Ctx,
  step: StepRow,
  moment: Moment,
): Promise<Pick<StateAt, "passages" | "passageCount">> {
  const rows = await ctx.db.query<StateAt["passages"][number] & { total: number }>(
    `WITH bound AS (SELECT greatest($2::bigint, CASE WHEN $3 THEN (SELECT max(seq) FROM passage_event WHERE step_id = $4) END) AS seq)
     SELECT p.id, p.text, p.tags, p.created_at, count(*) OVER ()::int AS total
     FROM bound, passage p JOIN agent_archive aa ON aa.archive_id = p.archive_id
     WHERE aa.agent_id = $1 AND EXISTS (SELECT 1 FROM passage_event e WHERE e.passage_id = p.id AND e.type = 'insert' AND e.seq <= bound.seq)
       AND NOT EXISTS (SELECT 1 FROM passage_event e WHERE e.passage_id = p.id AND e.type = 'delete' AND e.seq <= bound.seq)
     ORDER BY p.created_at DESC, p.id LIMIT ${PASSAGES_SHOWN}`,
    [step.agent_id, step.seq, moment === "after", step.id],
  );
  return { passages: rows, passageCount: rows[0]?.total ?? 0 };
}

export type WireStateAt = z.input<typeof agentStateAtSchema>;

/** @throws ApiError `not-found` for a step of another agent. */
export async function agentStateAt(ctx: Ctx, agentId: string, stepId: string, moment: Moment): Promise<WireStateAt> {
  const state = await readStateAt(ctx, stepId, moment);
  const { step, agentVersion } = state;
  if (step.agent_id !== agentId) throw notFound("step", stepId);
  return {
    step_id: step.id,
    moment,
    agent_id: agentId,
    conversation_id: step.conversation_id,
    at: (moment === "after" ? (step.completed_at ?? step.created_at) : step.created_at).toISOString(),
    agent_version: { ...agentVersion, config: toWireConfig(agentVersion.config) },
    blocks: state.blocks.map(toWireBlockVersion),
    tools: state.tools.map(({ name, description }) => ({ name, description })),
    messages_in_context: messagesToWire(state.messages, { ...DEFAULT_PRESENT, compaction: true }),
    passages: {
      count: state.passageCount,
      items: state.passages.map((passage) => ({
        id: passage.id,
        text: passage.text,
        tags: passage.tags,
        created_at: passage.created_at.toISOString(),
      })),
    },
  };
}
