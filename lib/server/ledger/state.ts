import type { z } from "@hono/zod-openapi";
import type { Query } from "@/lib/api/endpoint";
import type { agentStateAtSchema, LEDGER_ENDPOINTS } from "@/lib/api/ledger";
import type { Cause } from "@/lib/engine/cause";
import type { Message } from "@/lib/stream/message";
import type { AgentConfig } from "../agent-config/agent-config";
import { toWireConfig } from "../agent-config/wire-config";
import { toWireBlockVersion } from "../blocks/blocks";
import { DEFAULT_PRESENT, messagesToWire } from "../conversations/present";
import type { Ctx } from "../core/core";
import { notFound } from "../core/errors";
import type { BlockVersionModel } from "../db/generated/models";
import { withImageData } from "../images/images";
import { type MessageRow, toMessage } from "../records/message-rows";
import { getStep, type StepRow } from "../run/steps";
import { type Attached, type AttachedArchive, archivesAt, identitiesAt } from "./attached";
import type { PromptAt } from "./fork-prompt";
import { boundOf, type Moment, type MomentBound } from "./moment";
import { isInPast } from "./origin";
import { type FolderAt, foldersAt } from "./state-folders";
import { type PassagesAt, passagesAt } from "./state-passages";
import { messagesInRanges, readSnapshot } from "./step-request";

/** The state as of a step, as records; passages are read by `passagesAt`, a page at a time. */
export type StateAt = {
  step: StepRow;
  bound: MomentBound;
  agentVersion: { id: string; number: number; cause: Cause; config: AgentConfig };
  blocks: BlockVersionModel[];
  messages: Message[];
  /** Places of `messages`, in their order. */
  seqs: number[];
  tools: { name: string; description: string }[];
  archives: AttachedArchive[];
  folders: FolderAt[];
  identities: Attached[];
  /** Of the state that an agent has now: the prompt in force and what is counted in context. Otherwise the step says both. */
  now?: { prompt: PromptAt; contextTokens: number | null };
};

/** Reads the state as of a step from the records: nothing of it is kept a second time, and nothing asked of today. */
export async function readStateAt(ctx: Ctx, stepId: string, moment: Moment): Promise<StateAt> {
  const step = await getStep(ctx, stepId);
  const [agentVersion, snapshot, bound] = await Promise.all([
    agentVersionAt(ctx, step, moment),
    readSnapshot(ctx, step),
    boundOf(ctx, step, moment),
  ]);
  const done = moment === "after" ? await messagesSince(ctx, step, snapshot.rows, bound) : [];
  const rows = [...snapshot.rows, ...done];
  return {
    step,
    bound,
    agentVersion,
    blocks: await blocksAt(ctx, { step, moment, config: agentVersion.config, bound }),
    messages: rows.map(toMessage),
    seqs: rows.map((row) => row.seq),
    tools: snapshot.sections
      .filter((section) => section.kind === "tools")
      .map((section) => JSON.parse(section.text) as { name: string; description: string }),
    archives: await archivesAt(ctx.db, bound),
    folders: await foldersAt(ctx.db, step, agentVersion.config, bound),
    identities: await identitiesAt(ctx.db, bound),
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

type Place = { step: StepRow; moment: Moment; config: AgentConfig; bound: MomentBound };

/** The heads that the step began with, moved on by what the step itself wrote. */
async function blocksAt(ctx: Ctx, { step, moment, config, bound }: Place): Promise<BlockVersionModel[]> {
  const { blockVersion } = ctx.db.prisma;
  const before = await blockVersion.findMany({ where: { id: { in: step.block_version_ids } } });
  const written =
    moment === "after" ? await blockVersion.findMany({ where: { stepId: step.id }, orderBy: { seq: "asc" } }) : [];
  const heads = new Map([...before, ...written].map((version) => [version.blockId, version]));
  const known = step.block_version_ids.flatMap((id) => before.find((version) => version.id === id)?.blockId ?? []);
  const own = moment === "after" ? await ownMemoryAfter(ctx, step, known) : null;
  if (own) return own.flatMap((id) => heads.get(id) ?? []);
  const attached =
    moment === "before"
      ? known
      : [...known.filter((id) => isAttached(id, config, known)), ...(await attachedBy(ctx, step, config))];
  const missing = attached.filter((id) => !heads.has(id));
  // Older versions kept no step with the first version of a block that a tool made.
  for (const version of await latestAt(ctx, missing, bound.seq)) heads.set(version.blockId, version);
  return attached.flatMap((id) => heads.get(id) ?? []);
}

/**
 * Blocks that the step itself attached. Others that the agent has, and the step did not begin with, are hidden in its
 * conversation behind blocks of its own.
 */
async function attachedBy(ctx: Ctx, step: StepRow, config: AgentConfig): Promise<string[]> {
  const [row] = await ctx.db.query<{ config: AgentConfig }>("SELECT config FROM agent_version WHERE id = $1", [
    step.agent_version_id,
  ]);
  return config.blockIds.filter((id) => !row?.config.blockIds.includes(id));
}

function latestAt(ctx: Ctx, blockIds: readonly string[], seq: number): Promise<BlockVersionModel[]> | [] {
  if (blockIds.length === 0) return [];
  return ctx.db.prisma.blockVersion.findMany({
    where: { blockId: { in: [...blockIds] }, seq: { lte: seq } },
    orderBy: { number: "asc" },
  });
}

/** The blocks that a conversation which owns its memory has after a step; null for one that has its agent's memory. */
async function ownMemoryAfter(ctx: Ctx, step: StepRow, known: readonly string[]): Promise<string[] | null> {
  const [row] = await ctx.db.query<{ owns_memory: boolean; gone: string[]; made: string[] }>(
    `SELECT owns_memory, ARRAY(SELECT resource_id FROM resource_event WHERE agent_id = $2 AND resource = 'block'
         AND operation = 'detach' AND cause->>'step' = $3) AS gone,
       ARRAY(SELECT block_id FROM block_version WHERE step_id = $3 AND operation = 'create' ORDER BY seq) AS made
     FROM conversation WHERE id = $1`,
    [step.conversation_id, step.agent_id, step.id],
  );
  if (!row?.owns_memory) return null;
  const made = row.made.filter((id) => !known.includes(id));
  return [...known, ...made].filter((id) => !row.gone.includes(id));
}

/** Blocks that only the conversation has are not in the agent's configuration, and stay. */
function isAttached(blockId: string, config: AgentConfig, known: readonly string[]): boolean {
  return config.blockIds.includes(blockId) || !known.some((id) => config.blockIds.includes(id));
}

/** What came into context by the step: its own messages, and answers that it waited for. */
async function messagesSince(
  ctx: Ctx,
  step: StepRow,
  shown: readonly MessageRow[],
  { messageSeq }: MomentBound,
): Promise<MessageRow[]> {
  const from = shown.reduce((last, row) => Math.max(last, row.seq), 0) + 1;
  const first = await firstOwnSeq(ctx, step);
  const start = Math.max(from, first ?? from);
  return start > messageSeq ? [] : messagesInRanges(ctx, step.conversation_id, [[start, messageSeq]]);
}

async function firstOwnSeq(ctx: Ctx, step: StepRow): Promise<number | null> {
  const [row] = await ctx.db.query<{ seq: number | null }>(
    "SELECT min(seq) AS seq FROM message WHERE conversation_id = $1 AND step_id = $2 AND role <> 'summary'",
    [step.conversation_id, step.id],
  );
  return row?.seq ?? null;
}

type StateQuery = Query<Extract<(typeof LEDGER_ENDPOINTS)[number], { id: "agents.state" }>>;
export type WireStateAt = z.input<typeof agentStateAtSchema>;

/**
 * The state as of a step of an agent, or of the agent that it was forked from, up to the fork.
 *
 * @throws ApiError `not-found` for a step of another agent.
 */
export async function agentStateAt(ctx: Ctx, agentId: string, query: StateQuery): Promise<WireStateAt> {
  const { moment } = query;
  if (!(await isInPast(ctx, agentId, await getStep(ctx, query.step_id)))) throw notFound("step", query.step_id);
  const state = await readStateAt(ctx, query.step_id, moment);
  const { step, agentVersion, bound } = state;
  const archiveIds = state.archives.map((archive) => archive.id);
  const page = { limit: query.passage_limit, after: query.passage_after };
  const passages = await passagesAt(ctx.db, { archiveIds, seq: bound.seq }, page);
  return {
    step_id: step.id,
    moment,
    agent_id: step.agent_id,
    conversation_id: step.conversation_id,
    at: bound.at.toISOString(),
    agent_version: { ...agentVersion, config: toWireConfig(agentVersion.config) },
    blocks: state.blocks.map(toWireBlockVersion),
    tools: state.tools.map(({ name, description }) => ({ name, description })),
    archives: state.archives.map(({ id, name, assumed }) => ({ id, name, assumed })),
    folders: state.folders,
    identities: state.identities,
    messages_in_context: messagesToWire(await withImageData(ctx, state.messages), {
      ...DEFAULT_PRESENT,
      compaction: true,
    }),
    passages: toWirePassages(passages),
  };
}

function toWirePassages({ count, items }: PassagesAt): WireStateAt["passages"] {
  return { count, items: items.map((passage) => ({ ...passage, created_at: passage.created_at.toISOString() })) };
}
